"""Checks between the fields of one line. Each returns nothing and appends what is wrong to `problems`.

What is impossible is a problem, and the line is rejected. What is merely unusual in real feeds (paid before the day
of service, a discharge after the claim's last day) is counted in `notes` and kept: the payer's record is the record.
"""

from datetime import date, timedelta
from typing import NamedTuple

from carecoord.kernel.periods import EPOCH

FIRST_DAY = EPOCH.toordinal()
ICD_10_FROM = date(2015, 10, 1)  # US claims switched from ICD-9-CM to ICD-10-CM by day of service: 45 CFR 162.1002
LONGEST_SUPPLY_DAYS = 366
TOMORROW = timedelta(days=1)  # a feed from a zone ahead of ours may carry tomorrow's date


class Problem(NamedTuple):
    """What is wrong with one field of a line: the column as the feed names it, a code, a sentence without PHI."""

    field: str
    code: str
    message: str


class Rejected(ValueError):
    """A line has these problems."""

    def __init__(self, problems):
        super().__init__(problems)
        self.problems = problems


def problem(field, code, message):
    return Problem(field, code, f"{field} {message}")


def day_number(day):
    """Days since 1970-01-01; None for None."""
    return None if day is None else day.toordinal() - FIRST_DAY


def present(problems, field, value):
    if value is None or value == "":
        problems.append(problem(field, "missing", "is empty, and is needed."))


def not_in_the_future(problems, field, day, today):
    if day is not None and day > today + TOMORROW:
        problems.append(problem(field, "in_the_future", "lies in the future."))


def in_order(problems, field, first, last, *, earlier):
    if first is not None and last is not None and last < first:
        problems.append(problem(field, "end_before_start", f"is before {earlier}."))


def not_before_birth(problems, field, day, born_on):
    if day is not None and born_on is not None and day < born_on:
        problems.append(problem(field, "before_birth", "is before the date of birth."))


def supply(problems, field, days, *, is_reversal):
    """Days supply of 1 to 366; 0 or empty means that the feed does not say (None). A reversal may carry it negated."""
    if not days:
        return None
    if is_reversal:
        days = abs(days)
    if not 0 < days <= LONGEST_SUPPLY_DAYS:
        problems.append(problem(field, "out_of_range", f"is outside 0 to {LONGEST_SUPPLY_DAYS} days."))
        return None
    return days
