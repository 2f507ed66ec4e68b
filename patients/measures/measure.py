"""What a measure is: codes, numbers, years and sources. The logic is in its kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from carecoord.kernel.periods import date_of
from patients.models import LineOfBusiness

EVERY_LINE = (LineOfBusiness.COMMERCIAL, LineOfBusiness.MEDICAID, LineOfBusiness.MEDICARE)
ONE = {
    "days": "day",
    "discharges": "discharge",
    "doses": "dose",
    "fills": "fill",
    "stays": "stay",
    "tests": "test",
    "US dollars": "US dollar",
}
"""Units that have a singular."""
SHARE = " of {}"
"""As `second_words` of a measure: the value is so many of the second value, '1 of 2 stays'."""
MEDICARE_ALONE = (LineOfBusiness.MEDICARE,)


class NoSuchYear(LookupError):
    """The measure has no rules for that year."""


@dataclass(frozen=True)
class Ages:
    """Completed years of age, both ends included; `most` None: no upper end.

    They are counted on 1 January of the measurement year, or `at_year_end` on 31 December of it.
    """

    least: int
    most: int | None = None
    at_year_end: bool = False

    def born_by(self, year: int) -> date:
        """The last day of birth of somebody who is old enough for the measurement year."""
        return self._day(year - self.least)

    def born_after(self, year: int) -> date:
        """The day after which everybody is born who is not too old for the measurement year."""
        return date.min if self.most is None else self._day(year - self.most - 1)

    def _day(self, year: int) -> date:
        return date(year, 12, 31) if self.at_year_end else date(year, 1, 1)


@dataclass(frozen=True)
class Exclusion:
    """What takes somebody out of the denominator: one claim or enrolment indicator in the year, up to the as-of day.

    drugs: a drug set, one fill of it. diagnoses, services: names of code lists. settings: one claim of that setting.
    stays: one stay of that kind. coverage_flag: a flag of the coverage. years_back: whole years before the year that count too;
    is_ever: diagnoses and services of any earlier time count. least_days: on how many days there must be something.
    least_age: completed years on 31 December. also: of which one must hold too.
    """

    code: str
    drugs: str = ""
    diagnoses: str = ""
    services: str = ""
    settings: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    coverage_flag: str = ""
    years_back: int = 0
    is_ever: bool = False
    least_days: int = 1
    least_age: int = 0
    also: tuple["Exclusion", ...] = ()

    @classmethod
    def hospice(cls) -> "Exclusion":
        return cls("hospice", settings=("hospice",), stays=("hospice",), coverage_flag="is_hospice")

    @classmethod
    def esrd(cls) -> "Exclusion":
        return cls("esrd", diagnoses="esrd_diagnoses", services="dialysis_services", coverage_flag="is_esrd")

    @classmethod
    def hospice_or_billed(cls) -> "Exclusion":
        """As `hospice`, and services billed for people in hospice."""
        return replace(cls.hospice(), services="hospice_services")

    @classmethod
    def palliative(cls) -> "Exclusion":
        return cls("palliative_care", diagnoses="palliative_care", services="palliative_services")

    @classmethod
    def institutional(cls) -> "Exclusion":
        return cls("institutional", coverage_flag="is_institutional", least_age=66)

    @classmethod
    def frail(cls, code: str = "frailty", *, least_age: int = 81) -> "Exclusion":
        return cls(code, diagnoses="frailty", services="frailty_services", least_days=2, least_age=least_age)

    @classmethod
    def frail_and_ill(cls) -> "Exclusion":
        """Frail, and an advanced illness on two days of this year or the one before, or a medicine for dementia."""
        illness = cls("advanced_illness", diagnoses="advanced_illness", least_days=2, years_back=1)
        dementia = cls("dementia", drugs="dementia_medicines", years_back=1)
        return replace(cls.frail("frailty_and_illness", least_age=66), also=(illness, dementia))

    @classmethod
    def any_fill(cls, drugs: str, *, code: str = "") -> "Exclusion":
        return cls(code or drugs, drugs=drugs)


@dataclass(frozen=True, kw_only=True)
class Years:
    """The rules of a run of measurement years; None leaves that end open.

    enrolment_gap_days: days without coverage between two spans that still make one continuous span.
    stay_includes_discharge_day: whether the day of discharge is a stay day too.
    least_dollars: a yearly cost of medicines in US dollars, where a measure asks for one.
    """

    since: int | None = None
    until: int | None = None
    stay_adjustment: bool
    enrolment_gap_days: int
    stay_includes_discharge_day: bool = False
    least_dollars: int = 0

    def holds(self, year: int) -> bool:
        return (self.since is None or self.since <= year) and (self.until is None or year <= self.until)


@dataclass(frozen=True)
class Scope:
    """Whom and when a run is about. patient_ids None means every patient of the payer, or those of `patient_range`: the first

    and the last id, both included. A run names the one or the other.
    """

    payer_id: int
    year: int
    as_of: date
    patient_ids: Sequence[int] | None = None
    patient_range: tuple[int, int] | None = None


@dataclass(frozen=True)
class InWords:
    """What a kind does, for people: `asks` says whom it is about, `counts` what puts them into the numerator. Whole sentences."""

    asks: str
    counts: str


class Kind(Protocol):
    """The logic of a family of measures: an SQL file over sources, and the row that it gives (see kinds/text.py).

    `frame` is the SQL file of the period, or ''. `row` is a dataclass; the CTE `counted` of the file has its fields, save
    those that tail.sql makes (denominator, exclusion, numerator), and is_met (0 or 1).
    """

    file: str
    frame: str
    row: type

    def reads(self, rules: Years) -> Any:
        """What it looks at: sources.Reads."""

    def words(self) -> dict[str, str]:
        """Texts for the braces of the file and of the frame, made by code_lists.in_sql."""

    def parameters(self, rules: Years) -> dict[str, Any]:
        """Its own parameters, by the rules of the year."""

    def in_words(self, rules: Years) -> InWords:
        """What the SQL does, by the rules of the year: the page of the measure is made from it."""

    def explain(self, cursor, measure: "Measure", scope: Scope, *, result: Any) -> dict[str, Any]:
        """The evidence behind `result`, the row of the one patient of the scope or None; ready for JSON (explained.common).

        Kinds other than adherence list "claims" (explained.claim): all that puts somebody in and all that meets the measure.
        """


def _thousandths(milli: int, places: int = 3) -> str:
    cut = milli - milli % 10 ** (3 - places)
    whole = f"{Decimal(cut) / 1_000:f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def long_day(day: date) -> str:
    """'31 December 2026'."""
    return f"{day.day} {day:%B %Y}"


class Family(StrEnum):
    """What a measure is about, as pages group them."""

    ADHERENCE = "adherence"
    STATINS = "statins"
    OPIOIDS = "opioids"
    SAFETY = "safety"
    RESPIRATORY = "respiratory"
    BEHAVIORAL = "behavioral"
    CHRONIC = "chronic"
    PREVENTION = "prevention"
    TRANSITIONS = "transitions"


@dataclass(frozen=True, kw_only=True)
class Measure:
    code: str
    title: str
    short: str  # for tabs and rows
    kind: Kind
    ages: Ages
    exclude: tuple[Exclusion, ...]  # in the order in which a code is chosen when several apply
    years: tuple[Years, ...]
    family: Family
    lines: tuple[LineOfBusiness, ...]  # whom it is for: members whose cover is of another line alone do not count
    unit: str = ""  # of the value: "%", "mmHg", "MME a day"; '' when there is none
    value_places: int = 3  # of the value as people read it, cut off and never rounded up
    second_words: str = "/{}"  # how a second value stands behind the first
    lower_is_better: bool = False  # the numerator counts what should not happen
    is_about_substance_use: bool = False  # its results are for those alone who may see such records
    revision: int
    closes: str
    source: str
    reviewed_on: date
    review_due: date

    def rules(self, year: int) -> Years:
        """The rules of that measurement year. Raises NoSuchYear."""
        for rules in self.years:
            if rules.holds(year):
                return rules
        raise NoSuchYear(f"{self.title} has no rules for {year}.")

    @property
    def lines_words(self) -> str:
        """'Medicare', 'commercial, Medicaid and Medicare'."""
        *first, last = [line.label if line != LineOfBusiness.COMMERCIAL else "commercial" for line in self.lines]
        return f"{', '.join(first)} and {last}" if first else last

    def is_good(self, row) -> bool:
        """Whether somebody in the denominator is where they should be."""
        return row.numerator != self.lower_is_better

    def is_open(self, row) -> bool:
        """Whether somebody is not where they should be, and will not be there by themselves.

        Adherence below its goal today, whose supply outlasts what may still be missed, has its last day to act after the period.
        """
        is_adherence = row.days_left is not None and row.last_day is not None
        needs_nothing = is_adherence and row.last_day > row.period_end_day
        return row.denominator and not self.is_good(row) and not needs_nothing

    def value_words(self, row) -> str:
        """The value of a result as people write it: '7.9 %', '138/88 mmHg', '1 of 2 stays'; '' when there is none."""
        if row.value_milli is None:
            return ""
        second = "" if row.second_milli is None else self.second_words.format(_thousandths(row.second_milli))
        counted = row.second_milli if second and self.second_words == SHARE else row.value_milli
        unit = ONE.get(self.unit, self.unit) if counted == 1000 else self.unit
        return f"{_thousandths(row.value_milli, self.value_places)}{second} {unit}".strip()

    def closes_words(self, row) -> str:
        """What would close the gap of a result: `closes` with its day and the days that are left."""
        last_day = "" if row.last_day is None else long_day(date_of(row.last_day))
        return self.closes.format(last_day=last_day, days_left=getattr(row, "days_left", None))

    def version(self, year: int) -> str:
        """What a result is stored under: the measurement year and the revision of the definition."""
        self.rules(year)
        return f"{year}.{self.revision}"
