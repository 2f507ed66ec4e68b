"""Will miss the goal of the year unless filled by a day."""

from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from ..case import Adherence
from ..rule import Rule, Severity, Who, days, headline, short_day, supply_words
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given

ABOUT_TO_FAIL_DAYS = Parameter(
    "flags.about_to_fail_days",
    default=10,
    unit="days",
    low=1,
    high=60,
    why="Two weekends to reach a patient and one to fill, as asked by pharmacists.",
)

RULE = Rule(
    code="about_to_fail",
    title="Will miss the goal unless filled",
    about=Adherence,
    protocol="adherence_call",
    service_code="99606",
    who=Who.ANYONE,
    when=lambda case: (
        case.in_denominator
        and not case.has_failed
        and not case.is_secured
        and case.last_day is not None
        and case.days_left <= case.limits[ABOUT_TO_FAIL_DAYS]
    ),
    severity=lambda case: Severity.URGENT,
    headline=headline,
    reason=lambda case: (
        f"{case.measure_title}: PDC {case.percent} ({case.covered_days} of {days(case.period_days)}); "
        f"{days(case.days_left)} may still be missed this year; {supply_words(case)}."
    ),
    do=lambda case: f"Call before {short_day(case.last_day)}; offer synchronisation or delivery.",
    due_on=lambda case: case.last_day,
    limits=(ABOUT_TO_FAIL_DAYS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("adherence_call")),
    source="Allowable days of the PDC family, domain notes on measures 3.1.",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)
