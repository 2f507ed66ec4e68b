"""Home from hospital: medicines changed, and nobody has put the old and the new list together yet."""

from datetime import date, timedelta

from carecoord.kernel.parameters.parameter import Parameter

from ..case import Events
from ..happened import DISCHARGE, DISCHARGE_DAYS
from ..rule import Rule, Severity, Who, days, short_day
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given

FIRST_DAYS = Parameter(
    "flags.discharge_first_days",
    default=7,
    unit="days",
    low=1,
    high=30,
    why="Most harm from changed medicines happens in the first week at home.",
)


def last_day(case):
    """The last day on which a reconciliation still counts."""
    return case.newest.last_on + timedelta(days=case.limits[DISCHARGE_DAYS])


def nights(case):
    """'4 nights'."""
    count = (case.newest.last_on - case.newest.first_on).days
    return f"{count} night{'' if count == 1 else 's'}"


RULE = Rule(
    code="recent_discharge",
    title="Home from hospital",
    about=Events,
    protocol="medication_review",
    service_code="99606",
    who=Who.PHARMACIST,
    when=lambda case: case.measure == DISCHARGE,
    severity=lambda case: Severity.URGENT if case.days_since <= case.limits[FIRST_DAYS] else Severity.HIGH,
    headline=lambda case: f"Home for {days(case.days_since)}, review by {short_day(last_day(case))}",
    reason=lambda case: (
        f"Came home on {short_day(case.newest.last_on)} after {nights(case)} in hospital or a nursing facility, by claims."
    ),
    do=lambda case: "Compare the discharge list with what is taken and filled; call the prescriber about what differs.",
    due_on=last_day,
    yields_to=("discharged_diabetes_no_a1c",),
    limits=(DISCHARGE_DAYS, FIRST_DAYS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("medication_review")),
    source="TRC-MRP (day of discharge and 30 days after), domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
