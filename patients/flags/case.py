"""What claims say of an enrolled member, as rules judge it: adherence to a class, a gap that one fill closes, what happened."""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from carecoord.kernel.parameters.parameter import Parameter


class Limits:
    """Parameters as of a day, of a network where it has values of its own, each asked once: `limits[PARAMETER]`."""

    def __init__(self, day: date, network_id: int | None = None):
        self.day, self.network_id, self._known = day, network_id, {}

    def __getitem__(self, parameter: Parameter) -> int:
        if parameter.code not in self._known:
            self._known[parameter.code] = parameter.on(self.day, network_id=self.network_id)
        return self._known[parameter.code]


@dataclass(kw_only=True)
class Whole:
    """All that a pass knows of one member: a rule may look beyond its own case. conditions: code -> when last seen in claims."""

    conditions: dict[str, date] = field(default_factory=dict)
    cases: list["Case"] = field(default_factory=list)

    def gap(self, measure: str) -> "Gap | None":
        """The open gap in that measure, if there is one."""
        return next(
            (one for one in self.cases if isinstance(one, Gap) and one.measure == measure and one.is_open), None
        )

    def case(self, measure: str) -> "Case | None":
        """The case about that measure or event, if there is one; of a result: only where the member counts."""
        return next((case for case in self.cases if case.measure == measure and not isinstance(case, FirstFill)), None)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What claims say of an enrolled member, at their pharmacy, that a rule may judge. Days are dates.

    `measure` says what it is about: a measure's code, or what happened. `contacts`: protocol -> the newest day on which that
    service was given.
    """

    payer_id: int
    patient_id: int
    pharmacy_id: int
    program_id: int
    measure: str
    year: int
    as_of: date
    limits: Limits
    died_on: date | None = None
    in_hospice: bool = False
    has_declined: bool = False
    contacts: dict[str, date] = field(default_factory=dict)
    whole: Whole = field(default_factory=Whole, repr=False, compare=False)

    is_about_substance_use: bool = False

    is_out_of_supply = False

    def facts(self) -> list[Any]:
        """What changes with claims and not with the calendar: a person's closing is respected until it does."""
        raise NotImplementedError

    def evidence(self) -> dict[str, Any]:
        """The numbers behind a flag, ready for JSON."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Adherence(Case):
    """A result in a PDC measure. `value` is the quotient to date.

    `last_day` is the last day on which a fill keeps the goal in reach; None once nothing can be done.
    """

    measure_title: str
    version: str
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
    def percent(self) -> str:
        """'71%': cut off, never rounded up, so that nobody below the goal reads as if they had reached it."""
        share = Decimal(100 * self.covered_days) / max(self.period_days, 1)
        return f"{share.quantize(Decimal(1), ROUND_DOWN)}%"

    @property
    def goal(self) -> str:
        """'80%', or '82.5%'."""
        whole, part = divmod(self.threshold_bp, 100)
        return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%" if part else f"{whole}%"

    def facts(self) -> list[Any]:
        """Covered days that known supply leads to are the same seen from any day, as long as no claim comes or goes."""
        seen_on = min(self.as_of, self.period_ends_on)
        to_come = max(0, (min(self.supply_ends_on, self.period_ends_on) - seen_on).days)
        days = [self.index_on, self.period_ends_on, self.supply_ends_on]
        return [self.measure, self.year, self.fills, *days, self.covered_days + to_come]

    def evidence(self) -> dict[str, Any]:
        """The claims are in measures.queries.explain."""
        return {
            "as_of": self.as_of.isoformat(),
            "version": self.version,
            "covered_days": self.covered_days,
            "period_days": self.period_days,
            "threshold_bp": self.threshold_bp,
            "days_left": self.days_left,
            "last_day": self.last_day and self.last_day.isoformat(),
            "first_fill_on": self.index_on.isoformat(),
            "supply_ends_on": self.supply_ends_on.isoformat(),
            "period_ends_on": self.period_ends_on.isoformat(),
            "fills": self.fills,
        }


@dataclass(frozen=True, kw_only=True)
class FirstFill(Case):
    """A PDC measure's class of which there was one fill in the year, so that nothing is judged yet."""

    measure_title: str
    version: str
    index_on: date
    supply_ends_on: date
    period_ends_on: date
    fills: int

    @property
    def is_out_of_supply(self) -> bool:
        return self.supply_ends_on < self.as_of

    def facts(self) -> list[Any]:
        return [self.measure, self.year, self.fills, self.index_on, self.supply_ends_on, self.period_ends_on]

    def evidence(self) -> dict[str, Any]:
        """The claims are in measures.queries.explain."""
        return {
            "as_of": self.as_of.isoformat(),
            "version": self.version,
            "fills": self.fills,
            "first_fill_on": self.index_on.isoformat(),
            "supply_ends_on": self.supply_ends_on.isoformat(),
            "period_ends_on": self.period_ends_on.isoformat(),
        }


@dataclass(frozen=True, kw_only=True)
class Gap(Case):
    """A result in a measure other than adherence. `is_met`: it is as it should be, whatever the numerator counts.

    `last_day`: the last day on which acting still counts; None when nothing can be done or need be. Values are thousandths of
    `unit`; None where a measure has none. `value` says it in words ('138/88 mmHg', or ''), `closes` what would close it, `short`
    the measure in a few words. `is_inverse`: the numerator counts what should not happen, so there may be no last day.
    """

    measure_title: str
    version: str
    in_denominator: bool
    is_met: bool
    short: str = ""
    value: str = ""
    closes: str = ""
    is_inverse: bool = False
    last_day: date | None
    index_on: date | None
    period_ends_on: date | None
    fills: int
    unit: str = ""
    value_milli: int | None = None
    second_milli: int | None = None
    limit_milli: int | None = None
    value_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Not as it should be, and something can be done."""
        return self.in_denominator and not self.is_met and (self.is_inverse or self.last_day is not None)

    @property
    def days_to_act(self) -> int | None:
        return None if self.last_day is None else (self.last_day - self.as_of).days

    def facts(self) -> list[Any]:
        values = [self.value_milli, self.second_milli, self.value_on]
        return [self.measure, self.year, self.fills, self.index_on, self.period_ends_on, self.is_met, *values]

    def evidence(self) -> dict[str, Any]:
        """The claims are in measures.queries.explain."""
        return {
            "as_of": self.as_of.isoformat(),
            "version": self.version,
            "fills": self.fills,
            "first_fill_on": self.index_on and self.index_on.isoformat(),
            "period_ends_on": self.period_ends_on and self.period_ends_on.isoformat(),
            "last_day": self.last_day and self.last_day.isoformat(),
            "value_milli": self.value_milli,
            "second_milli": self.second_milli,
            "limit_milli": self.limit_milli,
            "value_on": self.value_on and self.value_on.isoformat(),
        }


@dataclass(frozen=True)
class Happened:
    """One claim of something that happened: its event, and its first and last day (of a visit: the same); by whom, where it matters."""

    event_id: int
    first_on: date
    last_on: date
    what: str
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Events(Case):
    """Things that happened, oldest first: a hospital stay that ended, visits to an emergency department, controlled medicines.

    `before`: how many happened in as long a time before the look-back, where that is known.
    """

    happened: tuple[Happened, ...]
    before: int = 0

    @property
    def newest(self) -> Happened:
        return self.happened[-1]

    @property
    def days_since(self) -> int:
        """From the last day of the newest to the as-of day."""
        return (self.as_of - self.newest.last_on).days

    def facts(self) -> list[Any]:
        """The newest alone: one that leaves the look-back is no news."""
        return [self.measure, self.newest.first_on, self.newest.last_on]

    def evidence(self) -> dict[str, Any]:
        """The claims, one by one."""
        claims = [
            {
                "event_id": h.event_id,
                "first_on": h.first_on.isoformat(),
                "last_on": h.last_on.isoformat(),
                "what": h.what,
            }
            | ({"by": h.by} if h.by else {})
            for h in self.happened
        ]
        return {"as_of": self.as_of.isoformat(), "claims": claims}
