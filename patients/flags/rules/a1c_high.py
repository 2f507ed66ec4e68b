"""The last A1c is above 9%."""

from datetime import date

from ..gap_rule import gap_rule, seen
from ..rule import Severity, Who

RULE = gap_rule(
    code="a1c_high",
    title="A1c above 9%",
    measure="gsd_poor_control",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: f"Last known A1c {case.value}{seen(case)}; above 9% is out of control.",
    do="Ask about missed doses, cost and fear of low sugar; propose a change to the prescriber.",
    when=lambda case: case.value_milli is not None,
    source="GSD, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
