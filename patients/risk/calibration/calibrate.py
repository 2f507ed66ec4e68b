"""From past claims to a report and a challenger, in one pass; actions.keep_model stores it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from carecoord.kernel.parameters.parameter import Parameter

from .. import points
from . import judging, report
from .past import Case, Outcome, cases

OUTCOME_DAYS = Parameter(
    "risk.outcome_days",
    default=180,
    unit="days",
    low=30,
    high=365,
    why="Half a year is what outreach can change. House rule.",
)
OUTCOME_VISITS = Parameter(
    "risk.outcome_emergency_visits",
    default=2,
    unit="days with a visit",
    low=1,
    high=10,
    why="One may be chance. House rule.",
)
WINDOWS = Parameter(
    "risk.calibrate_windows",
    default=2,
    unit="index days",
    low=1,
    high=6,
    why="More index days, more to learn from. House rule.",
)
MOST_PEOPLE = Parameter(
    "risk.calibrate_most_people",
    default=50_000,
    unit="people an index day",
    low=1_000,
    high=5_000_000,
    why="Figures do not change beyond; memory and time do. House rule.",
)
PARAMETERS = (OUTCOME_DAYS, OUTCOME_VISITS, WINDOWS, MOST_PEOPLE, *judging.PARAMETERS, *points.PARAMETERS)


@dataclass(frozen=True)
class Calibrated:
    coefficients: dict[str, int]
    outcome: dict[str, int]
    report: dict[str, Any]
    text: str

    @property
    def why_not(self) -> list[str]:
        return self.report["why_not"]


def index_days(*, as_of: date, days: int, windows: int) -> tuple[list[date], date]:
    """(days to train on, day to judge on). Each outcome's days end before the next index day's begin, the last on `as_of`."""
    test = as_of - timedelta(days=days)
    return [test - timedelta(days=days * back) for back in range(windows, 0, -1)], test


def calibrate(*, payer, as_of: date, champion: dict[str, int] | None = None) -> Calibrated:
    """Fits a challenger on earlier index days and judges it on a later one. `champion`: coefficients of the model in force.

    Raises CannotCalibrate, CannotFit and NotInstalled.
    """
    limits = {one.code: one.on(as_of) for one in PARAMETERS}
    outcome = Outcome(limits[OUTCOME_DAYS.code], limits[OUTCOME_VISITS.code])
    earlier, later = index_days(as_of=as_of, days=outcome.days, windows=limits[WINDOWS.code])
    most = limits[MOST_PEOPLE.code]
    train = [case for day in earlier for case in cases(payer=payer, index_day=day, outcome=outcome, most=most)]
    judging.enough("Days to train on", train, limits)
    test = list(cases(payer=payer, index_day=later, outcome=outcome, most=most))
    judging.enough("Day to judge on", test, limits)
    coefficients = judging.challenger(train, limits)
    scores = _scores(train, test, coefficients, champion or {}, limits)
    against = "champion" if champion else "points"
    told = {
        "payer": payer.code,
        "as_of": as_of.isoformat(),
        "outcome": asdict(outcome),
        "train": _about(train, earlier),
        "test": _about(test, [later]),
        "coefficients": coefficients,
        "scores": scores,
        "against": against,
        "why_not": judging.verdict(scores["challenger"], scores[against], limits),
        "limits": limits,
    }
    return Calibrated(coefficients, asdict(outcome), told, report.text(told))


def _scores(train, test, coefficients, champion, limits) -> dict[str, dict[str, Any]]:
    chances = [points.chance(case.inputs, limits, coefficients) / 1_000_000 for case in test]
    found = {"challenger": judging.judge("challenger", chances, chances, test).figures}
    for name, scorer in judging.scorers(limits, champion).items():
        values = [scorer(case) for case in test]
        own = values if name == "champion" else judging.as_chance(train, test, scorer)
        found[name] = judging.judge(name, values, own, test).figures
    return found


def _about(found: Sequence[Case], days: Sequence[date]) -> dict[str, Any]:
    return {
        "index_days": [day.isoformat() for day in days],
        "people": len(found),
        "events": sum(case.event for case in found),
    }
