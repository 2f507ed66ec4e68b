from datetime import date

from ..edit import Edit, Severity, say_day


def check(facts):
    """Every code has a fee, in a contract that was in force on the day."""
    if not facts.without_fee:
        return None
    return (
        f"No contract of your network sets a fee for {', '.join(facts.without_fee)} on "
        f"{say_day(facts.snapshot.service_on)}. Ask your network or the PBM for the fee, then submit again."
    )


EDIT = Edit(
    code="fee_in_force",
    title="Fee agreed for the day",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edits 7 and 18",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)
