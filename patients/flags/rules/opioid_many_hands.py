"""Opioids of four or more prescribers and pharmacies."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="opioid_many_hands",
    title="Opioids from many hands",
    measure="omp",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.URGENT,
    reason=lambda case: f"Opioids of {case.value} within 180 days.",
    do="Look in the state's prescription monitoring programme; agree on one prescriber and one pharmacy.",
    source="OMP, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
