"""Care gaps: measures of a patient other than adherence, open, closed or not counted, with the claims behind each."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from carecoord.kernel.periods import date_of
from patients.measures import definitions, queries
from patients.measures.kinds.pdc import Pdc
from patients.measures.models import MeasureResult
from patients.measures.reasons import why_not


@dataclass(frozen=True, kw_only=True)
class CareGap:
    """One measure of one payer's member. `why_not`: the sentence for somebody who is not counted, or ''.

    `asked_by` and `closed_by`: (day, words) of the claims that ask for something and of those that met it, oldest first.
    """

    result: MeasureResult
    title: str
    why_not: str
    last_day: date | None
    asked_by: tuple[tuple[date, str], ...]
    closed_by: tuple[tuple[date, str], ...]

    @property
    def is_open(self) -> bool:
        return self.result.denominator and not definitions.find(self.result.measure).is_good(self.result)


def gaps(who, *, patient) -> tuple[CareGap, ...]:
    """By measure, of every payer whose results `who` may see."""
    adherence = definitions.of_kind(Pdc)
    others = [code for code in definitions.every() if code not in adherence]
    found = queries.newest_results(patient_id=patient.pk, who=who, measures=others)
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
        asked_by=_claims(explained["claims"], "asks"),
        closed_by=_claims(explained["claims"], "meets", "value"),
    )


def _claims(rows: list[dict[str, Any]], *roles: str) -> tuple[tuple[date, str], ...]:
    return tuple((date.fromisoformat(row["day"]), row["what"]) for row in rows if row["role"] in roles)
