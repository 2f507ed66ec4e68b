"""Heart disease, and the statin that is not taken often enough."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="statin_kept_up",
    title="Heart disease, and gaps in the statin",
    measure="spc_adherence",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: (
        f"Heart or vessel disease, and the statin covers less than 80% of the days so far. {case.closes}"
    ),
    do="Call: ask what stands in the way, offer synchronisation or delivery.",
    when=lambda case: case.whole.case("pdc_sta") is None,  # else its adherence is judged with more numbers
    protocol="adherence_call",
    source="SPC, second rate, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
