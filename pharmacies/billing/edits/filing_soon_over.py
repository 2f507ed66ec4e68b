from datetime import date, timedelta

from ..edit import Edit, Severity, say_day

WARN_DAYS = 14


def check(facts):
    """Two weeks before the last day for filing, the sentence goes with the claim: a correction has to be quick."""
    last = facts.snapshot.service_on + timedelta(days=facts.filing_days)
    if facts.filed_on is None or not 0 <= (left := (last - facts.filed_on).days) <= WARN_DAYS:
        return None
    days = "today is the last day" if left == 0 else f"{left} day{'s are' if left > 1 else ' is'} left"
    return f"Filing ends on {say_day(last)}: {days}. Mend whatever the payer asks at once."


EDIT = Edit(
    code="filing_soon_over",
    title="Filing ends soon",
    severity=Severity.WARN,
    check=check,
    source="domain/billing.md 5.6, edit 14",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
