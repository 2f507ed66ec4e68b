"""Heart disease without a strong enough statin."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="statin_intensity",
    title="Heart disease without a statin of enough strength",
    measure="spc",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: (
        f"Heart or vessel disease, and no statin of moderate or high intensity this year. {case.closes}"
    ),
    do="Ask about statins tried before and why they ended; propose one to the prescriber, or note why not.",
    unless=("supd",),
    source="SPC, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
