"""Opioid and benzodiazepine at the same time."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="opioid_and_benzodiazepine",
    title="Opioid and benzodiazepine together",
    measure="cob",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: f"Opioid and benzodiazepine overlapped on {case.value}; 30 are the limit.",
    do="Ask both prescribers whether one of the two can be tapered; nobody stops at once.",
    unless=("opioid_benzo_no_naloxone",),
    source="COB, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
