"""More visits to an emergency department than in the half year before."""

from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from ..case import Events
from ..happened import EMERGENCY, EMERGENCY_LOOK_BACK_DAYS
from ..rule import Rule, Severity, Who, times
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given
from .emergency_visits import visits

LEAST_RISING = Parameter(
    "flags.emergency_least_rising",
    default=3,
    unit="visits",
    low=2,
    high=10,
    why="Two may be chance; three, and at least twice as many as before, are a change.",
)

RULE = Rule(
    code="rising_emergency_visits",
    title="More and more emergency visits",
    about=Events,
    protocol="medication_review",
    service_code="99606",
    who=Who.PHARMACIST,
    when=lambda case: (
        case.measure == EMERGENCY
        and len(case.happened) >= case.limits[LEAST_RISING]
        and len(case.happened) >= 2 * case.before
    ),
    severity=lambda case: Severity.URGENT,
    headline=lambda case: f"{times(len(case.happened), 'emergency visit')}, {case.before} before",
    reason=lambda case: (
        f"{times(len(case.happened), 'visit')} to an emergency department in {case.limits[EMERGENCY_LOOK_BACK_DAYS]} days, "
        f"{case.before} in the {case.limits[EMERGENCY_LOOK_BACK_DAYS]} days before: {visits(case)}."
    ),
    do=lambda case: (
        "Call now: ask what led there each time, look at what was started or stopped, and tell the prescriber."
    ),
    due_on=lambda case: None,
    facts=lambda case: [case.before],
    limits=(LEAST_RISING, EMERGENCY_LOOK_BACK_DAYS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("medication_review")),
    source="Rising emergency use, as the programme of the sources asks; the limits are background knowledge, to be reviewed.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
