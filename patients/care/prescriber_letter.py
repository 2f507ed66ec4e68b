"""A letter to the prescriber about one open gap of a patient: the numbers and claims of its evidence, and no others.

A result with the label of substance use leaves the pharmacy in no letter: that asks for a consent that names the receiver
(42 CFR 2.31), and such consents are not kept here. Nor does a list of all medicines.
"""

from dataclasses import dataclass, field
from typing import Any

from patients.measures import queries
from patients.measures.measure import Measure
from patients.measures.models import MeasureResult

REPLIES = (
    "I agree, and will prescribe or arrange what is missing.",
    "I will see the patient about it first.",
    "It does not suit this patient, because:",
    "Please call me.",
)


@dataclass(frozen=True, kw_only=True)
class PrescriberLetter:
    """`prescribers`: who wrote the medicines of the evidence, as the feed names them, the last one first; perhaps nobody."""

    result: MeasureResult
    measure: Measure
    prescribers: tuple[str, ...]
    explained: dict[str, Any] = field(repr=False)

    @property
    def value(self) -> str:
        return self.measure.value_words(self.result)

    @property
    def closes(self) -> str:
        """What would close the gap, while something can."""
        return self.measure.closes_words(self.result) if self.result.last_day else ""


def letters(who, *, patient, measure: Measure) -> tuple[PrescriberLetter, ...]:
    """One for each payer by whose rules the gap is open; none where it is not, or must not be told."""
    rows = queries.newest_results(patient_id=patient.pk, who=who, measures=[measure.code])
    return tuple(_letter(row, measure) for row in rows if may_be_told(row) and measure.is_open(row))


def may_be_told(row: MeasureResult) -> bool:
    return not row.sensitivity


def _letter(row: MeasureResult, measure: Measure) -> PrescriberLetter:
    asked = {"payer": row.payer, "patient_id": row.patient_id, "as_of": row.as_of, "year": row.year}
    explained = queries.outside_the_pharmacy(queries.explain(measure=measure.code, **asked))
    return PrescriberLetter(result=row, measure=measure, prescribers=_prescribers(explained), explained=explained)


def _prescribers(explained: dict[str, Any]) -> tuple[str, ...]:
    fills = sorted(explained.get("fills", ()), key=lambda fill: fill["day"], reverse=True)
    return tuple(dict.fromkeys(fill["prescriber_ref"] for fill in fills if fill["prescriber_ref"]))
