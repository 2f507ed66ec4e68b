"""ACE inhibitor or ARB, diuretic and NSAID together."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="kidney_at_risk",
    title="Kidneys at risk: three medicines together",
    measure="triple_whammy",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: f"ACE inhibitor or ARB, diuretic and NSAID overlapped on {case.value}.",
    do="Ask about the pain; propose another medicine than the NSAID; ask for creatinine and potassium.",
    source="ACE/ARB, diuretic and NSAID: public drug safety notices; the limit is ours.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
