"""Back in hospital within 30 days."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who, short_day


def newest(case):
    """', last on 3 Mar'."""
    return f", last on {short_day(case.value_on)}" if case.value_on else ""


RULE = gap_rule(
    code="readmitted",
    title="Back in hospital",
    measure="readmission_30",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: f"After {case.value} of this year back in hospital within 30 days, unplanned{newest(case)}.",
    do="Put the lists of both stays together; call in the first week at home; bring the medicines if needed.",
    unless=("trc_reconciliation",),
    source="Readmission, background knowledge; domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
