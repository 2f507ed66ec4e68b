"""What adherence a history must come out with: a pill box for each ingredient, opened day by day.

This is the yardstick for the measure engine, so it shares nothing with it: no sums, no sorting, no shifted dates. On
the day of a fill its days' supply goes into the box of each target ingredient. On every day at home the box gives one
dose, if it holds one. A day on which any box gave a dose is covered. On a day in hospital no box is opened, so what is
in it lasts longer. Early refills, same-day fills and combinations need no rule of their own in this picture.

Rules of the family (domain notes, measures 3 and 3.1): the period runs from the first fill of the class in the year to
31 December, the end of unbroken coverage, or death; at least 91 days of it counting both ends; at least two fill dates
in it; age 18 on 1 January; a fill without days supply makes the measure uncomputable; covered >= 80% without rounding.
Stays leave the reckoning in years up to 2025. Days are whole numbers from 1 January = 0.
"""

from dataclasses import dataclass
from typing import NamedTuple

SHORTEST_PERIOD_DAYS = 91
NUMERATOR_PERCENT = 80
LAST_YEAR_WITH_STAYS = 2025


class Fill(NamedTuple):
    """One dispensing that stands. `days` is the days' supply, or None where the line has none."""

    day: int
    ingredients: tuple
    days: int | None


@dataclass(frozen=True, slots=True)
class Life:
    """What the measure must know about one member besides fills.

    insured: one byte a day of the year, 1 = covered and alive. away: one byte a day, 1 = a night in hospital or SNF.
    """

    insured: bytes
    away: bytes
    exclusions: tuple = ()
    age: int = 65


@dataclass(frozen=True, slots=True)
class Expectation:
    denominator: bool = False
    exclusion: str = ""
    covered_days: int | None = None
    period_days: int | None = None
    numerator: bool = False
    not_computed: str = ""
    reason: str = ""


def calendar(year_days, spans):
    """One byte a day of the year, 1 where a span (first day, last day, both included) lies on it."""
    days = bytearray(year_days)
    for first, last in spans:
        for day in range(max(first, 0), min(last, year_days - 1) + 1):
            days[day] = 1
    return bytes(days)


def doses(fills, first, last, away):
    """(covered days, period days) between two days, both included."""
    length = last - first + 1
    at_home = [not out for out in away[first : last + 1]]
    boxes = {}
    for fill in fills:
        for ingredient in fill.ingredients:
            box = boxes.setdefault(ingredient, [0] * length)
            box[fill.day - first] += fill.days
    covered = bytearray(length)
    for box in boxes.values():
        held = 0
        for day in range(length):
            held += box[day]
            if held and at_home[day]:
                covered[day] = 1
                held -= 1
    return sum(covered), sum(at_home)


def expect(*, fills, life, year, today):
    """The Expectation of one class for one member: `fills` of the class, of any year, in any order; `today` = as of."""
    fills = [fill for fill in fills if 0 <= fill.day <= today]
    if not fills:
        return Expectation(reason="no_fill")
    exclusion = life.exclusions[0] if life.exclusions else ""
    first = min(fill.day for fill in fills)
    if not life.insured[first]:
        return Expectation(exclusion=exclusion, reason="under_age" if life.age < 18 else "no_coverage")
    gap = life.insured.find(0, first)
    last = len(life.insured) - 1 if gap < 0 else gap - 1
    until = min(last, today)
    fills = [fill for fill in fills if fill.day <= until]
    reason = ""
    if life.age < 18:
        reason = "under_age"
    elif last - first + 1 < SHORTEST_PERIOD_DAYS:
        reason = "late_first_fill"
    elif len({fill.day for fill in fills}) < 2:
        reason = "one_fill"
    away = life.away if year <= LAST_YEAR_WITH_STAYS else bytes(len(life.insured))
    if any(not fill.days for fill in fills):
        period = away[first : until + 1].count(0)
        return Expectation(exclusion=exclusion, period_days=period, not_computed="no_days_supply", reason=reason)
    covered, period = doses(fills, first, until, away)
    denominator = not reason and not exclusion
    return Expectation(
        denominator=denominator,
        exclusion=exclusion,
        covered_days=covered,
        period_days=period,
        numerator=denominator and covered * 100 >= NUMERATOR_PERCENT * period > 0,
        reason=reason,
    )
