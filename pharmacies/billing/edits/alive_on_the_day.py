from datetime import date

from ..edit import Edit, Severity, say_day


def check(facts):
    """The day of service is not after the patient's death."""
    died, served = facts.snapshot.patient.died_on, facts.snapshot.service_on
    if died is None or served <= died:
        return None
    return (
        f"By the plan's file the patient died on {say_day(died)}, before the service on {say_day(served)}. "
        "If the file is wrong, tell the PBM; if the day of service is, correct the visit."
    )


EDIT = Edit(
    code="alive_on_the_day",
    title="Served while the patient lived",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 22",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
