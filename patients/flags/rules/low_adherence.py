"""Below the goal to date, with or without a way back."""

from datetime import date

from ..case import Adherence
from ..rule import Rule, Severity, Who, days, headline, supply_words
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given

RULE = Rule(
    code="low_adherence",
    title="Low adherence",
    about=Adherence,
    protocol="adherence_call",
    service_code="99606",
    who=Who.PHARMACIST,
    when=lambda case: (
        case.in_denominator
        and case.period_days > 0
        and (case.is_below_goal or case.has_failed)
        and not case.is_secured  # below today, yet enough at hand for the year
    ),
    severity=lambda case: Severity.ROUTINE if case.has_failed else Severity.HIGH,
    headline=headline,
    reason=lambda case: (
        f"{case.measure_title}: PDC {case.percent} ({case.covered_days} of {days(case.period_days)}), "
        f"goal {case.goal}; "
        + (
            f"{days(-case.days_left)} too many missed for this year's goal; "
            if case.has_failed
            else f"{days(case.days_left)} may still be missed this year; "
        )
        + f"{supply_words(case)}."
    ),
    do=lambda case: (
        "Ask what keeps the patient from taking it, and prepare next year: 90-day fills, synchronisation, simpler regimen."
        if case.has_failed
        else "Call; ask about cost, side effects and routine; offer 90-day fills, synchronisation or delivery."
    ),
    due_on=lambda case: case.last_day,
    limits=(REST_DAYS,),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("adherence_call")),
    yields_to=("about_to_fail",),
    source="PDC family, domain notes on measures 3.1.",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)
