"""A discharge whose medicines nobody has put together."""

from datetime import date

from ..gap_rule import gap_rule
from ..happened import DISCHARGE
from ..rule import Severity, Who, short_day

RULE = gap_rule(
    code="reconciliation_due",
    title="Medicines not reconciled after discharge",
    measure="trc_reconciliation",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: (
        f"By claims medicines were put together after {case.value} of this year; the last was on {short_day(case.index_on)}. "
        f"{case.closes}"
    ),
    do="Compare the discharge list with what is taken and filled; call the prescriber about what differs.",
    when=lambda case: case.whole.case(DISCHARGE) is None,
    source="TRC-MRP, domain notes on measures 3.2. While the member is just home, that flag says it.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
