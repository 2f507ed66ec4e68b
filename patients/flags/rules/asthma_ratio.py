"""Asthma medicines that only relieve."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="asthma_ratio",
    title="Too many relievers, too few controllers",
    measure="amr",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: (
        f"{case.value} of the asthma medicines of the year control it; half are asked for. {case.closes}"
    ),
    do="Ask how often the reliever is used and why the controller is not; check the technique; involve the prescriber.",
    source="AMR, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
