from datetime import date, timedelta

from carecoord.kernel.parameters.parameter import Parameter

from ..edit import Edit, Severity, say_day

FILING_DAYS = Parameter(
    "billing.timely_filing_days",
    default=365,
    unit="days",
    low=30,
    high=1_095,
    why="Medicare's own limit is one calendar year from the day of service (42 CFR 424.44).",
)


def check(facts):
    """The claim, or the one that it corrects, reaches the payer within the days that it allows."""
    last = facts.snapshot.service_on + timedelta(days=facts.filing_days)
    if facts.filed_on is None or facts.filed_on <= last:
        return None
    return (
        f"The last day for filing was {say_day(last)}, {facts.filing_days} days after the service. "
        "If an earlier claim for this visit was received in time, correct that one; otherwise the payer will not pay."
    )


EDIT = Edit(
    code="timely_filing",
    title="Filed in time",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 14; CARC 29 is the denial that it spares",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
