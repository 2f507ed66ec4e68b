"""Opioids at 50 or more morphine milligram equivalents a day."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="opioid_dose_50",
    title="Opioid dose of 50 MME or more",
    measure="opioid_50_mme",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: (
        f"On average {case.value} over the time of treatment; from 50 on the risk of an overdose grows."
    ),
    do="Offer naloxone; ask whether the pain is better for it; tell the prescriber.",
    unless=("ohd",),
    source="CDC 2022 on opioids; domain notes on measures 3.3.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
