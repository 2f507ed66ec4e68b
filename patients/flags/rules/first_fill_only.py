"""A treatment that was begun and, by claims, not gone on with: no share of days tells of it, since measures ask for two fills."""

from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from ..case import FirstFill
from ..rule import Rule, Severity, Who, days, short_day
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given

FIRST_FILL_DAYS = Parameter(
    "flags.first_fill_days",
    default=7,
    unit="days without supply",
    low=0,
    high=60,
    why="Many refill some days late; after a week somebody should ask how the new medicine is borne.",
)

RULE = Rule(
    code="first_fill_only",
    title="Filled once and not again",
    about=FirstFill,
    protocol="adherence_call",
    service_code="99606",
    who=Who.PHARMACIST,
    when=lambda case: (
        case.as_of <= case.period_ends_on and (case.as_of - case.supply_ends_on).days >= case.limits[FIRST_FILL_DAYS]
    ),
    severity=lambda case: Severity.HIGH,
    headline=lambda case: f"One fill, on {short_day(case.index_on)}; none since",
    reason=lambda case: (
        f"{case.measure_title}: filled once in {case.year}, on {short_day(case.index_on)}; supply ended on "
        f"{short_day(case.supply_ends_on)}, {days((case.as_of - case.supply_ends_on).days)} ago."
    ),
    do=lambda case: (
        "Ask whether it was stopped, and why: side effects, cost, doubts. Tell the prescriber; a second fill brings it into the measure."
    ),
    due_on=lambda case: None,
    limits=(FIRST_FILL_DAYS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("adherence_call")),
    source="First fill only, domain notes on measures 3.1; the rule is ours.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
