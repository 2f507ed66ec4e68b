"""Three medicines that act on the central nervous system."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="cns_medicines",
    title="Several medicines for the nerves",
    measure="poly_cns",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: (
        f"Three or more medicines that act on the central nervous system overlapped on {case.value}; 30 are the limit."
    ),
    do="Ask about falls and drowsiness; ask the prescribers to taper or stop one.",
    source="Poly-CNS, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
