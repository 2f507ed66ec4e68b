"""Reasons not to bother a patient, whatever the numbers say."""

from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from .case import Case
from .rule import Suppression, short_day

REST_DAYS = Parameter(
    "flags.rest_days_after_service",
    default=7,
    unit="days",
    low=0,
    high=90,
    why="A patient who was just called needs time to act, and a claim needs days to arrive.",
)

HOSPICE = Suppression("hospice", lambda case, today: "In hospice care." if case.in_hospice else "")
DECEASED = Suppression("deceased", lambda case, today: "The patient has died." if case.died_on else "")
DECLINED = Suppression(
    "opted_out", lambda case, today: "The patient declined pharmacy services." if case.has_declined else ""
)


def service_given(protocol: str) -> Suppression:
    """That service was given within REST_DAYS."""

    def why(case: Case, today: date) -> str:
        given = case.contacts.get(protocol)
        return f"Service given on {short_day(given)}." if given and is_recent(given, case, today) else ""

    return Suppression("service_given", why)


def is_recent(given: date, case: Case, today: date) -> bool:
    """Within REST_DAYS of the as-of day; of today where a historical feed is judged by days that lie before the service."""
    since = case.as_of if given <= case.as_of else max(today, given)
    return (since - given).days < case.limits[REST_DAYS]
