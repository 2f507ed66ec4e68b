"""What a rule is: when to flag, how urgent, what to say, and by when. Rules are data objects in rules/; the pass is in actions.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from .case import Adherence, Case
from .models import Flag


@dataclass(frozen=True)
class Suppression:
    """A reason not to flag, whatever the numbers: `why` returns its sentence, or ''."""

    code: str
    why: Callable[[Case, date], str]


Who = Flag.Who


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`about`: the kind of case that it judges. `yields_to`: rules that are tried first and, when they hold, speak for it too.

    `limits`: the parameters that it judges by; a flag keeps their values. `protocol` and `service_code` name the
    service that the rule calls for, and what it is paid by; `who` may give it. A rule that looks beyond its case (case.whole)
    says with `facts` what of that it saw: a person's closing is respected until it changes; and with `beside` what else the
    flag should keep as evidence.
    """

    code: str
    title: str
    about: type[Case]
    protocol: str
    service_code: str
    who: str
    when: Callable[[Case], bool]
    severity: Callable[[Case], str]
    headline: Callable[[Case], str]
    reason: Callable[[Case], str]
    do: Callable[[Case], str]
    due_on: Callable[[Case], date | None]
    suppress: tuple[Suppression, ...]
    is_about_substance_use: Callable[[Case], bool] = lambda case: case.is_about_substance_use
    facts: Callable[[Case], list] = lambda case: []
    beside: Callable[[Case], dict] = lambda case: {}
    limits: tuple[Parameter, ...] = ()
    yields_to: tuple[str, ...] = ()
    source: str
    reviewed_on: date
    review_due: date


Severity = Flag.Severity


def short_day(day: date) -> str:
    """'3 Dec'."""
    return f"{day.day} {day:%b}"


def times(number: int, thing: str) -> str:
    """'1 visit', '9 visits'."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def days(number: int) -> str:
    """'1 day', '9 days'."""
    return times(number, "day")


def supply_words(case: Adherence) -> str:
    """'supply ended 5 Jul', 'supply ends 12 Feb 2027': with the year where it is another."""
    year = "" if case.supply_ends_on.year == case.as_of.year else f" {case.supply_ends_on.year}"
    return f"supply {'ended' if case.is_out_of_supply else 'ends'} {short_day(case.supply_ends_on)}{year}"


def headline(case: Adherence) -> str:
    """'PDC 71%, 9 days left, act by 3 Dec': the number that matters, short."""
    start = f"PDC {case.percent}"
    if case.has_failed:
        return f"{start}, cannot reach {case.goal} this year"
    act = f", act by {short_day(case.last_day)}" if case.last_day else ""
    return f"{start}, {days(case.days_left)} left{act}"
