"""Treatment of opioid use disorder that may end."""

from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from ..gap_rule import gap_rule
from ..persistence import headline, so_far
from ..rule import Severity, Who

TREATMENT_DAYS = Parameter(
    "flags.treatment_ends_days",
    default=15,
    unit="days",
    low=8,
    high=60,
    why="Supply may end for a week before the treatment counts as broken off: with fifteen days it ends within a week, or has ended.",
)

RULE = gap_rule(
    code="oud_treatment_gap",
    title="Treatment may end",
    measure="pod",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.URGENT,
    when=lambda case: case.days_to_act is not None and case.days_to_act <= case.limits[TREATMENT_DAYS],
    reason=lambda case: f"The treatment is to go on for 180 days without a gap of 8. {so_far(case)}{case.closes}",
    do="Call today, in private: stopping is dangerous; help with the refill, the ride or the prescriber.",
    headline=headline,
    limits=(TREATMENT_DAYS,),
    source="POD, domain notes on measures 3.2. Labelled as substance use: 42 CFR part 2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
