"""What a flag is about, in words (the tabs of a worklist), and which kinds of patients it belongs to (its filters)."""

from carecoord.kernel.parameters.parameter import Parameter
from patients.measures import definitions

from .case import Adherence, Case, FirstFill
from .happened import DISCHARGE, TITLES
from .models import Flag

Segment = Flag.Segment
NEAR_MISS_BP = Parameter(
    "flags.near_miss_from",
    default=6_000,
    unit="hundredths of a percent of days covered",
    low=0,
    high=8_000,
    why="Near misses are 60% to just below the goal: a few fills lift them over it.",
    by_network=True,
)
ABANDONED_DAYS = Parameter(
    "flags.abandoned_days",
    default=30,
    unit="days without supply",
    low=7,
    high=180,
    why="A month without tablets is no late refill any more: the treatment was given up, or goes on elsewhere.",
    by_network=True,
)
LIMITS = (NEAR_MISS_BP, ABANDONED_DAYS)


def title(code: str) -> str:
    """'Hypertension medicines', 'Home from hospital'; the code itself for one that was taken away since."""
    known = definitions.every()
    return known[code].short if code in known else TITLES.get(code, code)


def of(case: Case) -> list[str]:
    """The segments that a flag about the case belongs to, in the order of Flag.Segment."""
    found = set()
    if isinstance(case, FirstFill):
        found.add(Segment.FIRST_FILL_ONLY)
    if isinstance(case, Adherence | FirstFill):
        days = case.limits[ABANDONED_DAYS]
        if (case.as_of - case.supply_ends_on).days >= days and case.as_of <= case.period_ends_on:
            found.add(Segment.ABANDONED)
    if isinstance(case, Adherence):
        from_bp = case.limits[NEAR_MISS_BP]
        if case.is_below_goal and case.covered_days * 10_000 >= from_bp * case.period_days:
            found.add(Segment.NEAR_MISS)
    if case.whole.case(DISCHARGE):
        found.add(Segment.RECENT_DISCHARGE)
    return [segment.value for segment in Segment if segment in found]
