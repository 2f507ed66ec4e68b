"""Diabetes without a statin this year."""

from datetime import date

from ..case import Gap
from ..rule import Rule, Severity, Who, days, short_day
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given

RULE = Rule(
    code="statin_gap",
    title="Diabetes without a statin",
    about=Gap,
    protocol="medication_review",
    service_code="99606",
    who=Who.PHARMACIST,
    when=lambda case: case.measure == "supd" and case.in_denominator and not case.is_met and case.last_day is not None,
    severity=lambda case: Severity.HIGH,
    headline=lambda case: f"No statin in {case.year}, fill by {short_day(case.last_day)}",
    reason=lambda case: (
        f"{case.fills} fill{'' if case.fills == 1 else 's'} for diabetes since {short_day(case.index_on)}, and no statin in "
        f"{case.year}; {days(case.days_to_act)} left."
    ),
    do=lambda case: (
        "Ask about statins tried before and why they ended; propose one to the prescriber, or note why not."
    ),
    due_on=lambda case: case.last_day,
    limits=(REST_DAYS,),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("medication_review")),
    source="SUPD, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
