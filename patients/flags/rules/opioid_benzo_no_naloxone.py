"""Opioid and benzodiazepine, and no naloxone in the house."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="opioid_benzo_no_naloxone",
    title="Opioid, benzodiazepine, no naloxone",
    measure="opioid_benzo_no_naloxone",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.URGENT,
    reason=lambda case: (
        f"Opioid and benzodiazepine overlapped on {case.value}, and no naloxone was filled in the last year."
    ),
    do="Offer naloxone today, and show somebody at home how it is used; then ask the prescribers about a taper.",
    source="CDC 2022 on opioids; the combination is ours.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
