"""The last blood pressure is above the goal."""

from datetime import date

from ..gap_rule import gap_rule, seen
from ..rule import Severity, Who

RULE = gap_rule(
    code="blood_pressure_high",
    title="Blood pressure above the goal",
    measure="cbp",
    who=Who.ANYONE,
    severity=lambda case: (
        Severity.URGENT if case.value_milli >= 180_000 or (case.second_milli or 0) >= 120_000 else Severity.HIGH
    ),
    reason=lambda case: f"Last known blood pressure {case.value}{seen(case)}; the goal is below 140/90.",
    do="Measure it here; ask about tablets missed, salt, pain and NSAIDs; tell the prescriber the readings.",
    when=lambda case: case.value_milli is not None,
    protocol="bp_check",
    service_code="BP-CHECK",
    source="CBP, domain notes on measures 3.2; from 180/120 on it is urgent (AHA).",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
