"""An antipsychotic or a benzodiazepine of an older member, and no diagnosis that asks for it."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="high_risk_no_diagnosis",
    title="High-risk medicine without a diagnosis",
    measure="hrm_unless_diagnosed",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.ROUTINE,
    reason=lambda case: (
        f"{case.value} of an antipsychotic or a benzodiazepine, and no diagnosis in claims that it is meant for."
    ),
    do="Ask the prescriber what it is for, and about a slow taper; never stop it at once.",
    source="DAE/HRM, second rate, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
