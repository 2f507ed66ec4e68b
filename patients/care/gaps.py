"""Care gaps: measures of a patient other than adherence: open, closed or not counted; and the claims behind one of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from carecoord.kernel.periods import date_of
from patients.measures import definitions, queries
from patients.measures.kinds.pdc import Pdc
from patients.measures.measure import Measure
from patients.measures.models import MeasureResult
from patients.measures.reasons import why_not


@dataclass(frozen=True, kw_only=True)
class CareGap:
    """One measure of one payer's member. `why_not`: the sentence for somebody who is not counted, or ''."""

    result: MeasureResult
    measure: Measure
    why_not: str

    @property
    def title(self) -> str:
        return self.measure.title

    @property
    def last_day(self) -> date | None:
        return date_of(self.result.last_day)

    @property
    def value_on(self) -> date | None:
        return date_of(self.result.value_day)

    @property
    def is_open(self) -> bool:
        return self.measure.is_open(self.result)

    @property
    def is_met(self) -> bool:
        """As it should be, or it will be though nothing more is done."""
        return self.result.denominator and not self.is_open

    @property
    def value(self) -> str:
        """'138/88 mmHg', '7.9 %', or ''."""
        return self.measure.value_words(self.result)

    @property
    def closes(self) -> str:
        """What would close it, while something can: 'One statin fill by 31 December 2026.'"""
        return self.measure.closes_words(self.result) if self.is_open and self.last_day else ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A gap with what stands behind it. `asked_by` and `closed_by`: (day, words) of claims that put somebody into the measure
    and of those that met it, oldest first."""

    gap: CareGap
    asked_by: tuple[tuple[date, str], ...]
    closed_by: tuple[tuple[date, str], ...]


def gaps(who, *, patient) -> tuple[CareGap, ...]:
    """By measure, of every payer whose results `who` may see: open ones first, then those that are met, then the others."""
    found = queries.newest_results(patient_id=patient.pk, who=who, measures=_others())
    ones = [_gap_of(result) for result in found]
    return tuple(sorted(ones, key=lambda one: (not one.is_open, not one.is_met)))


def gap(who, *, patient, measure, payer_id) -> Evidence | None:
    """That of one measure, or None; None too for adherence and for what is no measure."""
    if measure not in _others():
        return None
    found = queries.newest_results(patient_id=patient.pk, who=who, measures=[measure])
    return next((_evidence(one, patient) for one in found if one.payer_id == payer_id), None)


def _others() -> list[str]:
    adherence = definitions.of_kind(Pdc)
    return [code for code in definitions.every() if code not in adherence]


def _gap_of(result: MeasureResult) -> CareGap:
    return CareGap(result=result, measure=definitions.find(result.measure), why_not=why_not(result))


def _evidence(result: MeasureResult, patient) -> Evidence:
    explained = queries.explain(
        payer=result.payer, patient_id=patient.pk, measure=result.measure, as_of=result.as_of, year=result.year
    )
    return Evidence(
        gap=_gap_of(result),
        asked_by=told(explained["claims"], "asks"),
        closed_by=told(explained["claims"], "meets", "value"),
    )


def told(rows: list[dict[str, Any]], *roles: str) -> tuple[tuple[date, str], ...]:
    """(day, words) of the claims with one of the roles, oldest first: 'Suboxone, 28 days'."""
    found = [(date.fromisoformat(row["day"]), _words(row)) for row in rows if row["role"] in roles]
    return tuple(sorted(found, key=lambda one: one[0]))


def _words(row: dict[str, Any]) -> str:
    days = row.get("days_supply")
    return f"{row['what']}, {days} day{'' if days == 1 else 's'}" if days else row["what"]
