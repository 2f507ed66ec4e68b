from datetime import date

from ..edit import Edit, Severity, say_day


def check(facts):
    """A span of the payer's cover must contain the day of service."""
    coverage, day = facts.snapshot.coverage, facts.snapshot.service_on
    if coverage is None:
        return (
            f"The payer's eligibility file shows no cover on {say_day(day)}. "
            "Check the member id and the day of service; if the patient has another plan, bill that one."
        )
    if day < coverage.starts_on:
        return (
            f"Cover begins on {say_day(coverage.starts_on)}, after the service on {say_day(day)}. "
            "Correct the day of service, or bill the plan that was in force."
        )
    if coverage.ends_on and day > coverage.ends_on:
        return (
            f"Cover ended on {say_day(coverage.ends_on)}, before the service on {say_day(day)}. "
            "Ask the patient for the new card and bill that plan."
        )
    return None


EDIT = Edit(
    code="eligible_on_the_day",
    title="Covered on the day of service",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 1; CARC 26 and 27 are the denials that it spares",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)
