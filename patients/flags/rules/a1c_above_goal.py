"""The last A1c is 8% or more."""

from datetime import date

from ..gap_rule import gap_rule, seen
from ..rule import Severity, Who, short_day

RULE = gap_rule(
    code="a1c_above_goal",
    title="A1c above the goal",
    measure="gsd_control",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.ROUTINE,
    reason=lambda case: f"Last known A1c {case.value}{seen(case)}; the goal is below 8%.",
    headline=lambda case: f"A1c {case.value}, goal below 8%, by {short_day(case.last_day)}",
    do="Look at doses and refills with the patient; agree on the next test.",
    when=lambda case: case.value_milli is not None,
    unless=("gsd_poor_control",),
    source="GSD, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
