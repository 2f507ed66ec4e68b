"""What a rule is: when to flag, how urgent, what to say, and by when. Rules are data objects in rules/; the pass is in actions.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from carecoord.kernel.parameters.parameter import Parameter

from .models import Flag


class Limits:
    """Parameters as of a day, each asked once: `limits[PARAMETER]`."""

    def __init__(self, day: date):
        self.day, self._known = day, {}

    def __getitem__(self, parameter: Parameter) -> int:
        if parameter.code not in self._known:
            self._known[parameter.code] = parameter.on(self.day)
        return self._known[parameter.code]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One enrolled member's result in one measure, at their pharmacy. Days are dates; `value` is the quotient to date.

    `last_day` is the last day on which a fill keeps the goal in reach; None once nothing can be done.
    `contacts`: protocol -> the newest day on which that service was given.
    """

    payer_id: int
    patient_id: int
    pharmacy_id: int
    program_id: int
    measure: str
    measure_title: str
    version: str
    year: int
    as_of: date
    in_denominator: bool
    covered_days: int
    period_days: int
    threshold_bp: int
    days_left: int
    last_day: date | None
    index_on: date
    period_ends_on: date
    supply_ends_on: date
    fills: int
    limits: Limits
    died_on: date | None = None
    in_hospice: bool = False
    has_declined: bool = False
    contacts: dict[str, date] = field(default_factory=dict)

    @property
    def is_below_goal(self) -> bool:
        """By integers, without rounding."""
        return self.covered_days * 10_000 < self.threshold_bp * self.period_days

    @property
    def has_failed(self) -> bool:
        return self.days_left < 0

    @property
    def is_secured(self) -> bool:
        """The goal is reached even if nothing more is filled in the treatment period."""
        return not self.has_failed and (self.last_day is None or self.last_day > self.period_ends_on)

    @property
    def is_out_of_supply(self) -> bool:
        return self.supply_ends_on < self.as_of

    @property
    def days_to_act(self) -> int | None:
        """From the as-of day to the last day to act."""
        return None if self.last_day is None else (self.last_day - self.as_of).days

    @property
    def percent(self) -> str:
        """'71%': cut off, never rounded up, so that nobody below the goal reads as if they had reached it."""
        share = Decimal(100 * self.covered_days) / max(self.period_days, 1)
        return f"{share.quantize(Decimal(1), ROUND_DOWN)}%"

    @property
    def goal(self) -> str:
        """'80%', or '82.5%'."""
        whole, part = divmod(self.threshold_bp, 100)
        return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%" if part else f"{whole}%"


@dataclass(frozen=True)
class Suppression:
    """A reason not to flag, whatever the numbers: `why` returns its sentence, or ''."""

    code: str
    why: Callable[[Case, date], str]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`yields_to`: rules that are tried first and, when they hold, speak for this one too.

    `limits`: the parameters that it judges by; a flag keeps their values. `protocol` and `service_code` name the
    service that the rule calls for, and what it is paid by.
    """

    code: str
    title: str
    protocol: str
    service_code: str
    when: Callable[[Case], bool]
    severity: Callable[[Case], str]
    headline: Callable[[Case], str]
    reason: Callable[[Case], str]
    do: Callable[[Case], str]
    due_on: Callable[[Case], date | None]
    suppress: tuple[Suppression, ...]
    limits: tuple[Parameter, ...] = ()
    yields_to: tuple[str, ...] = ()
    source: str
    reviewed_on: date
    review_due: date


Severity = Flag.Severity


def short_day(day: date) -> str:
    """'3 Dec'."""
    return f"{day.day} {day:%b}"


def days(number: int) -> str:
    """'1 day', '9 days'."""
    return f"{number} day" if number == 1 else f"{number} days"


def headline(case: Case) -> str:
    """'PDC 71%, 9 days left, act by 3 Dec': the number that matters, short."""
    start = f"PDC {case.percent}"
    if case.has_failed:
        return f"{start}, cannot reach {case.goal} this year"
    act = f", act by {short_day(case.last_day)}" if case.last_day else ""
    return f"{start}, {days(case.days_left)} left{act}"


def evidence(case: Case) -> dict[str, Any]:
    """The numbers behind a flag, ready for JSON; the claims are in measures.queries.explain."""
    return {
        "as_of": case.as_of.isoformat(),
        "version": case.version,
        "covered_days": case.covered_days,
        "period_days": case.period_days,
        "threshold_bp": case.threshold_bp,
        "days_left": case.days_left,
        "last_day": case.last_day and case.last_day.isoformat(),
        "first_fill_on": case.index_on.isoformat(),
        "supply_ends_on": case.supply_ends_on.isoformat(),
        "period_ends_on": case.period_ends_on.isoformat(),
        "fills": case.fills,
    }
