"""What one fill would close: presence measures of a patient, open, closed or not counted, with the fills behind each."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from carecoord.kernel.periods import date_of
from patients.measures import definitions, queries
from patients.measures.kinds.presence import Presence
from patients.measures.models import MeasureResult
from patients.measures.reasons import why_not


@dataclass(frozen=True, kw_only=True)
class CareGap:
    """One presence measure of one payer's member. `why_not`: the sentence for somebody who is not counted, or ''.

    `asked_by` and `closed_by`: (day, product) of the fills that ask for something and of those that close it, oldest first.
    """

    result: MeasureResult
    title: str
    why_not: str
    last_day: date | None
    asked_by: tuple[tuple[date, str], ...]
    closed_by: tuple[tuple[date, str], ...]

    @property
    def is_open(self) -> bool:
        return self.result.denominator and not self.result.numerator


def gaps(who, *, patient) -> tuple[CareGap, ...]:
    """By measure, of every payer whose results `who` may see."""
    found = queries.newest_results(patient_id=patient.pk, who=who, kind=Presence)
    return tuple(_gap_of(result, patient) for result in found)


def gap(who, *, patient, measure, payer_id) -> CareGap | None:
    """That of one measure, or None."""
    return next(
        (one for one in gaps(who, patient=patient) if (one.result.measure, one.result.payer_id) == (measure, payer_id)),
        None,
    )


def _gap_of(result: MeasureResult, patient) -> CareGap:
    explained = queries.explain(
        payer=result.payer, patient_id=patient.pk, measure=result.measure, as_of=result.as_of, year=result.year
    )
    return CareGap(
        result=result,
        title=definitions.find(result.measure).title,
        why_not=why_not(result),
        last_day=date_of(result.last_day),
        asked_by=_fills(explained["fills"]),
        closed_by=_fills(explained["needed"]),
    )


def _fills(rows: list[dict[str, Any]]) -> tuple[tuple[date, str], ...]:
    return tuple((date.fromisoformat(row["day"]), row["product"]) for row in rows)
