"""A medicine that older people should not have."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="high_risk_medicine",
    title="High-risk medicine",
    measure="hrm",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.ROUTINE,
    reason=lambda case: (
        f"{case.value} of a class that is risky from 65 on (Beers criteria, as public measures list it)."
    ),
    do="Ask the prescriber for a safer medicine before the next fill.",
    source="DAE/HRM, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
