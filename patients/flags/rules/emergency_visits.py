"""Two or more visits to an emergency department."""

from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from ..case import Events
from ..happened import EMERGENCY, EMERGENCY_LOOK_BACK_DAYS
from ..rule import Rule, Severity, Who, short_day
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given

LEAST_VISITS = Parameter(
    "flags.emergency_least_visits",
    default=2,
    unit="visits",
    low=1,
    high=10,
    why="One may be chance; two ask for a reason.",
)
SHOWN = 4


def visits(case):
    """'12 Aug, 3 Oct' or, when there are many, the newest four and how many before them."""
    shown = [short_day(one.first_on) for one in case.happened[-SHOWN:]]
    earlier = len(case.happened) - len(shown)
    return ", ".join([f"{earlier} earlier", *shown] if earlier else shown)


RULE = Rule(
    code="emergency_visits",
    title="Emergency visits",
    about=Events,
    protocol="medication_review",
    service_code="99606",
    who=Who.PHARMACIST,
    when=lambda case: case.measure == EMERGENCY and len(case.happened) >= case.limits[LEAST_VISITS],
    severity=lambda case: Severity.HIGH,
    headline=lambda case: f"{len(case.happened)} emergency visits, newest {short_day(case.newest.first_on)}",
    reason=lambda case: (
        f"{len(case.happened)} visits to an emergency department in {case.limits[EMERGENCY_LOOK_BACK_DAYS]} days: {visits(case)}."
    ),
    do=lambda case: (
        "Ask what led there: medicines missed or doubled, side effects, no doctor at hand; involve the prescriber."
    ),
    due_on=lambda case: None,
    yields_to=("rising_emergency_visits",),
    limits=(LEAST_VISITS, EMERGENCY_LOOK_BACK_DAYS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("medication_review")),
    source="Two or more emergency visits, as the programme of the sources asks; background knowledge, to be reviewed.",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
