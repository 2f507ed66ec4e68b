"""Opioids at 90 or more morphine milligram equivalents a day."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="opioid_dose_90",
    title="Opioid dose of 90 MME or more",
    measure="ohd",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.URGENT,
    reason=lambda case: f"On average {case.value} over the time of treatment; 90 are the limit.",
    do="Offer naloxone; ask the prescriber about the dose and a slow taper; never stop at once.",
    source="OHD and CDC 2022 factors, domain notes on measures 3.2 and 3.3.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
