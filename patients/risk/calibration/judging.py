"""The challenger beside the points score and the HCC factor, on days that it was not fitted on; and whether it may take over."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from carecoord.kernel.parameters.parameter import Parameter

from .. import points
from . import figures, fitting
from .past import Case

HOUSE = "House rule."
LEAST_PEOPLE = Parameter(
    "risk.calibrate_least_people",
    default=1_000,
    unit="people",
    low=200,
    high=1_000_000,
    why=f"Fewer make deciles of noise. {HOUSE}",
)
LEAST_EVENTS = Parameter(
    "risk.calibrate_least_events",
    default=100,
    unit="events",
    low=20,
    high=100_000,
    why="Validation needs at least 100 events and 100 non-events (Vergouwe 2005; background knowledge).",
)
GAIN = Parameter(
    "risk.promote_gain",
    default=5,
    unit="thousandths of AUC",
    low=0,
    high=200,
    why=f"A change that nobody can feel is not worth that points can be added by hand. {HOUSE}",
)
SLOPE_OFF = Parameter(
    "risk.promote_slope_off",
    default=200,
    unit="thousandths",
    low=10,
    high=900,
    why=f"Slope between 0.8 and 1.2. {HOUSE}",
)
INTERCEPT_OFF = Parameter(
    "risk.promote_intercept_off",
    default=250,
    unit="thousandths of a logit",
    low=10,
    high=2_000,
    why=f"About a quarter more or fewer events than foretold. {HOUSE}",
)
GROUP_EVENTS = Parameter(
    "risk.promote_group_events",
    default=50,
    unit="events",
    low=10,
    high=10_000,
    why=f"Smaller groups are shown, not judged. {HOUSE}",
)
GROUP_OFF = Parameter(
    "risk.promote_group_off",
    default=250,
    unit="thousandths",
    low=50,
    high=2_000,
    why=f"In no group a quarter more or fewer events than foretold. {HOUSE}",
)
PARAMETERS = (LEAST_PEOPLE, LEAST_EVENTS, GAIN, SLOPE_OFF, INTERCEPT_OFF, GROUP_EVENTS, GROUP_OFF)
LEAST_OF_INPUT = 10
"""People with the outcome, and without, who differ in an input, without whom it is left out: ten events a coefficient."""


class CannotCalibrate(RuntimeError):
    """There is too little to learn from; the text says how much there is and how much is needed."""


@dataclass(frozen=True)
class Judged:
    """A score by its name, with figures on the days that it was judged on."""

    name: str
    figures: dict[str, Any]


def enough(name: str, cases: Sequence[Case], limits: dict[str, int]) -> None:
    """Raises CannotCalibrate where people, events or people without one are too few."""
    events = sum(case.event for case in cases)
    people, least, others = len(cases), limits[LEAST_EVENTS.code], len(cases) - events
    if people < limits[LEAST_PEOPLE.code]:
        raise CannotCalibrate(f"{name}: {people} people, at least {limits[LEAST_PEOPLE.code]} are needed.")
    if events < least or others < least:
        raise CannotCalibrate(
            f"{name}: {events} people with the outcome and {others} without, {least} of each are needed."
        )


def challenger(cases: Sequence[Case], limits: dict[str, int]) -> dict[str, int]:
    """Coefficients in millionths. Raises CannotFit."""
    events = [case.event for case in cases]
    rows = fitting.enough([points.features(case.inputs, limits) for case in cases], events, least=LEAST_OF_INPUT)
    found = fitting.fit(rows, events)
    return {name: round(1_000_000 * value) for name, value in found.items()}


def scorers(limits: dict[str, int], champion: dict[str, int]) -> dict[str, Callable[[Case], float]]:
    """The scores that a challenger is measured against. What cannot be known counts as nothing, as it does for the points."""
    found: dict[str, Callable[[Case], float]] = {
        "points": lambda case: float(points.score(case.inputs, limits).points),
        "hcc": lambda case: float(case.inputs.raf_milli or 0),
    }
    if champion:
        found["champion"] = lambda case: points.chance(case.inputs, limits, champion) / 1_000_000
    return found


def judge(name: str, scores, chances, test: Sequence[Case]) -> Judged:
    """All figures of one score on the test cases. `chances`: what it foretells, between 0 and 1."""
    events = [case.event for case in test]
    area, low, high = figures.auc(scores, events)
    intercept, slope = fitting.line(chances, events)
    return Judged(
        name,
        {
            "auc": area,
            "auc_low": low,
            "auc_high": high,
            "average_precision": figures.average_precision(scores, events),
            "capture_5": figures.capture(scores, events, 0.05),
            "capture_10": figures.capture(scores, events, 0.10),
            "brier": figures.brier(chances, events),
            "intercept": intercept,
            "slope": slope,
            "deciles": figures.deciles(chances, events),
            "groups": _groups(scores, chances, test),
        },
    )


def _groups(scores, chances, test: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """'age 75-84' -> people, events, foretold events, and the AUC where both kinds are there."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, case in enumerate(test):
        for kind, value in case.groups:
            found[f"{kind} {value}"].append(place)
    answer = {}
    for name, places in sorted(found.items()):
        events = [test[place].event for place in places]
        both = 0 < sum(events) < len(events)
        answer[name] = {
            "people": len(places),
            "events": sum(events),
            "foretold": sum(chances[place] for place in places),
            "auc": figures.auc([scores[place] for place in places], events)[0] if both else None,
        }
    return answer


def as_chance(train: Sequence[Case], test: Sequence[Case], scorer: Callable[[Case], float]) -> list[float]:
    """A score without a scale of its own becomes a chance by one logistic line, fitted on the training days alone."""
    values = [scorer(case) for case in train]
    most = max(max(values), 1.0)
    found = fitting.fit([{"score": value / most} for value in values], [case.event for case in train])
    return [fitting.chance_of(found["constant"] + found.get("score", 0.0) * scorer(case) / most) for case in test]


def verdict(new: dict[str, Any], old: dict[str, Any], limits: dict[str, int]) -> list[str]:
    """Why the challenger may not take over from the champion; nothing: it may."""
    why = []
    if new["auc"] < old["auc"] + limits[GAIN.code] / 1000:
        why.append(
            f"AUC {new['auc']:.3f} is not {limits[GAIN.code] / 1000:.3f} above the {old['auc']:.3f} of the champion."
        )
    if new["brier"] > old["brier"]:
        why.append(f"Brier score {new['brier']:.4f} is worse than the champion's {old['brier']:.4f}.")
    if abs(new["slope"] - 1) > limits[SLOPE_OFF.code] / 1000:
        why.append(f"Calibration slope {new['slope']:.2f} is more than {limits[SLOPE_OFF.code] / 1000:.2f} from 1.")
    if abs(new["intercept"]) > limits[INTERCEPT_OFF.code] / 1000:
        why.append(
            f"Calibration intercept {new['intercept']:.2f} is more than {limits[INTERCEPT_OFF.code] / 1000:.2f} from 0."
        )
    for name, group in new["groups"].items():
        off = abs(group["foretold"] / group["events"] - 1) if group["events"] >= limits[GROUP_EVENTS.code] else 0
        if off > limits[GROUP_OFF.code] / 1000:
            why.append(f"{name}: {group['foretold']:.0f} events foretold, {group['events']} happened.")
    return why
