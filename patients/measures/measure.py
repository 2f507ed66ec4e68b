"""What a measure is: codes, numbers, years and sources. The logic is in its kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol


class NoSuchYear(LookupError):
    """The measure has no rules for that year."""


@dataclass(frozen=True)
class Ages:
    """Completed years of age on 1 January of the measurement year, both ends included; `most` None: no upper end."""

    least: int
    most: int | None = None

    def born_by(self, year: int) -> date:
        """The last day of birth of somebody who is old enough for the measurement year."""
        return date(year - self.least, 1, 1)

    def born_after(self, year: int) -> date:
        """The day after which everybody is born who is not too old for the measurement year."""
        return date.min if self.most is None else date(year - self.most - 1, 1, 1)


@dataclass(frozen=True)
class Exclusion:
    """What takes somebody out of the denominator: one claim or enrolment indicator in the year, up to the as-of day.

    drugs: a drug set, one fill of it. diagnoses, services: names of code lists. settings: one claim of that setting.
    stays: one stay of that kind. coverage_flag: a flag of the coverage.
    """

    code: str
    drugs: str = ""
    diagnoses: str = ""
    services: str = ""
    settings: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    coverage_flag: str = ""

    @classmethod
    def hospice(cls) -> "Exclusion":
        return cls("hospice", settings=("hospice",), stays=("hospice",), coverage_flag="is_hospice")

    @classmethod
    def esrd(cls) -> "Exclusion":
        return cls("esrd", diagnoses="esrd_diagnoses", services="dialysis_services", coverage_flag="is_esrd")

    @classmethod
    def any_fill(cls, drugs: str, *, code: str = "") -> "Exclusion":
        return cls(code or drugs, drugs=drugs)


@dataclass(frozen=True, kw_only=True)
class Years:
    """The rules of a run of measurement years; None leaves that end open.

    enrolment_gap_days: days without coverage between two spans that still make one continuous span.
    stay_includes_discharge_day: whether the day of discharge is a stay day too.
    """

    since: int | None = None
    until: int | None = None
    stay_adjustment: bool
    enrolment_gap_days: int
    stay_includes_discharge_day: bool = False

    def holds(self, year: int) -> bool:
        return (self.since is None or self.since <= year) and (self.until is None or year <= self.until)


@dataclass(frozen=True)
class Scope:
    """Whom and when a run is about. patient_ids None means every patient of the payer."""

    payer_id: int
    year: int
    as_of: date
    patient_ids: Sequence[int] | None = None


class Kind(Protocol):
    """The logic of a family of measures, as one SELECT over facts and a row type that reads it."""

    columns: tuple[str, ...]

    def select(self, measure: "Measure", scope: Scope) -> tuple[str, dict[str, Any]]:
        """SQL text and parameters: one row a patient, columns in the order of `columns`."""

    def rows(self, cursor, measure: "Measure", scope: Scope) -> Iterator[Any]:
        """The same rows as frozen dataclasses."""

    def explain(self, cursor, measure: "Measure", scope: Scope) -> dict[str, Any]:
        """The evidence behind the one patient of the scope, ready for JSON."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    code: str
    title: str
    short: str  # for tabs and rows
    kind: Kind
    ages: Ages
    exclude: tuple[Exclusion, ...]  # in the order in which a code is chosen when several apply
    years: tuple[Years, ...]
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

    def version(self, year: int) -> str:
        """What a result is stored under: the measurement year and the revision of the definition."""
        self.rules(year)
        return f"{year}.{self.revision}"
