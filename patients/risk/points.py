"""The points score: named inputs, points and limits as parameters, a sum that can be done by hand. Pure.

Points are a house rule, to be judged against claims by `calibrate_risk`; no published weights stand behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import exp
from typing import Any

from carecoord.kernel.parameters.parameter import Parameter

VERSION = "points.1"
HOUSE = "House rule, to be judged by calibrate_risk."


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Numbers as of a day; None where something cannot be known, which is never taken for 0.

    conditions: chronic conditions found. raf_milli: risk adjustment factor in thousandths. emergency_visits: in 180 days.
    stays: hospital stays that ended in 365 days. recent_discharge: 1 within 30 days of coming home. low_adherence: classes whose
    days covered are below the goal. medicines: different ingredients filled in 120 days. opioid_and_benzodiazepine: 1 with
    fills of both in 90 days. recent_cents, usual_cents: paid for fills in the last 90 days, and in 90 of the 270 before.
    """

    conditions: int | None
    raf_milli: int | None
    emergency_visits: int | None
    stays: int | None
    recent_discharge: int | None
    low_adherence: int | None
    medicines: int | None
    opioid_and_benzodiazepine: int | None
    recent_cents: int | None
    usual_cents: int | None


NAMES = tuple(one.name for one in fields(Inputs))


def _points(code: str, default: int, why: str) -> Parameter:
    return Parameter(f"risk.points_{code}", default=default, unit="points", low=0, high=200, why=f"{why} {HOUSE}")


def _limit(code: str, default: int, unit: str, low: int, high: int, why: str) -> Parameter:
    return Parameter(f"risk.{code}", default=default, unit=unit, low=low, high=high, why=f"{why} {HOUSE}")


CONDITION = _points("condition", 4, "Each chronic condition adds medicines and doctors.")
CONDITIONS_AT_MOST = _limit("conditions_at_most", 5, "conditions", 1, 30, "Beyond five, the other lines tell more.")
RAF_HIGH = _limit("raf_high", 1500, "thousandths", 100, 20_000, "Half as much again as the average person of Medicare.")
RAF_VERY_HIGH = _limit("raf_very_high", 2500, "thousandths", 100, 20_000, "Two and a half times the average.")
RAF_POINTS = _points("raf_high", 10, "Expected cost above the average.")
RAF_VERY_HIGH_POINTS = _points("raf_very_high", 20, "Instead of the points for high.")
EMERGENCY = _points("emergency_visit", 8, "Emergency visits foretell more of them.")
EMERGENCY_AT_MOST = _limit("emergency_at_most", 3, "visits", 1, 20, "A fourth says no more than the third.")
STAY = _points("stay", 15, "A hospital stay is the strongest single sign of another.")
STAYS_AT_MOST = _limit("stays_at_most", 2, "stays", 1, 20, "Two show a pattern.")
DISCHARGE = _points("recent_discharge", 15, "Medicines change at discharge, and most readmissions fall in 30 days.")
ADHERENCE = _points("low_adherence", 6, "Each class with too few days covered.")
ADHERENCE_AT_MOST = _limit("low_adherence_at_most", 3, "classes", 1, 10, "There are three classes in the Stars.")
MEDICINES_MANY = _limit(
    "medicines_many", 8, "ingredients", 2, 40, "Eight part D drugs are what MTM programmes ask for."
)
MEDICINES_VERY_MANY = _limit(
    "medicines_very_many", 15, "ingredients", 2, 60, "About the top twentieth of older people."
)
MEDICINES_POINTS = _points("medicines_many", 6, "Interactions grow with the number of medicines.")
MEDICINES_VERY_MANY_POINTS = _points("medicines_very_many", 12, "Instead of the points for many.")
OPIOID = _points("opioid_and_benzodiazepine", 12, "Both together suppress breathing (CDC guideline of 2022).")
COST_PERCENT = _limit("cost_rising_percent", 150, "percent", 101, 1000, "Half as much again as usual.")
COST_CENTS = _limit("cost_rising_cents", 50_000, "cents", 0, 10_000_000, "Less than $500 more is noise.")
COST = _points("cost_rising", 8, "Cost that rises comes before use that rises.")
RISING = _limit("tier_rising", 20, "points", 1, 500, "One sign beside chronic conditions.")
HIGH = _limit("tier_high", 40, "points", 1, 500, "A stay and several signs.")
VERY_HIGH = _limit("tier_very_high", 65, "points", 1, 500, "Stays, visits and conditions together.")
CHANCE_RISING = _limit("chance_rising", 100, "permille", 1, 999, "One in ten. For models in force.")
CHANCE_HIGH = _limit("chance_high", 200, "permille", 1, 999, "One in five. For models in force.")
CHANCE_VERY_HIGH = _limit("chance_very_high", 400, "permille", 1, 999, "Two in five. For models in force.")
PARAMETERS = tuple(one for one in list(globals().values()) if isinstance(one, Parameter))

LABELS = {
    "conditions": "Chronic conditions",
    "raf_milli": "Risk adjustment factor",
    "emergency_visits": "Emergency visits in 180 days",
    "stays": "Hospital stays in 365 days",
    "recent_discharge": "Home from hospital within 30 days",
    "low_adherence": "Classes below the adherence goal",
    "medicines": "Medicines in 120 days",
    "opioid_and_benzodiazepine": "Opioid and benzodiazepine in 90 days",
    "cost": "Pharmacy cost rising",
}
NOT_KNOWN = "Cannot be known"


@dataclass(frozen=True)
class Line:
    """One line of the sum. `points` None: the input cannot be known, and adds nothing either way."""

    code: str
    label: str
    points: int | None
    words: str


@dataclass(frozen=True)
class Result:
    points: int
    tier: str
    chance_ppm: int | None
    lines: tuple[Line, ...]
    unknown: int


def limits_on(day) -> dict[str, int]:
    """Every parameter as it stands on a day, by code."""
    return {one.code: one.on(day) for one in PARAMETERS}


def score(inputs: Inputs, limits: Mapping[str, int], model: Mapping[str, int] | None = None) -> Result:
    """Lines, their sum and the tier. `model`: coefficients in millionths; with them the chance decides the tier."""
    of = {one: limits[one.code] for one in PARAMETERS}
    lines = tuple(_lines(inputs, of))
    points = sum(line.points or 0 for line in lines)
    unknown = sum(line.points is None for line in lines)
    chance_ppm = chance(inputs, limits, model) if model else None
    tops = (RISING, HIGH, VERY_HIGH) if chance_ppm is None else (CHANCE_RISING, CHANCE_HIGH, CHANCE_VERY_HIGH)
    height = points if chance_ppm is None else chance_ppm // 1000
    reached = sum(height >= of[top] for top in tops)
    return Result(points, ("low", "rising", "high", "very_high")[reached], chance_ppm, lines, unknown)


def _lines(inputs: Inputs, of):
    yield _counted("conditions", inputs.conditions, of[CONDITION], of[CONDITIONS_AT_MOST])
    raf = inputs.raf_milli
    steps = ((RAF_VERY_HIGH, RAF_VERY_HIGH_POINTS), (RAF_HIGH, RAF_POINTS))
    yield _stepped("raf_milli", raf, steps, of, "" if raf is None else f"{raf / 1000:.3f}")
    yield _counted("emergency_visits", inputs.emergency_visits, of[EMERGENCY], of[EMERGENCY_AT_MOST])
    yield _counted("stays", inputs.stays, of[STAY], of[STAYS_AT_MOST])
    yield _counted("recent_discharge", inputs.recent_discharge, of[DISCHARGE], 1)
    yield _counted("low_adherence", inputs.low_adherence, of[ADHERENCE], of[ADHERENCE_AT_MOST])
    steps = ((MEDICINES_VERY_MANY, MEDICINES_VERY_MANY_POINTS), (MEDICINES_MANY, MEDICINES_POINTS))
    yield _stepped("medicines", inputs.medicines, steps, of, str(inputs.medicines))
    yield _counted("opioid_and_benzodiazepine", inputs.opioid_and_benzodiazepine, of[OPIOID], 1)
    yield _cost(inputs, of)


def _counted(code: str, number: int | None, each: int, at_most: int) -> Line:
    if number is None:
        return Line(code, LABELS[code], None, NOT_KNOWN)
    counted = min(number, at_most)
    if at_most == 1:
        return Line(code, LABELS[code], counted * each, "yes" if number else "no")
    more = f", {at_most} count" if number > at_most else ""
    return Line(code, LABELS[code], counted * each, f"{number} x {each}{more}" if number else "none")


def _stepped(code: str, number: int | None, steps, of, words: str) -> Line:
    if number is None:
        return Line(code, LABELS[code], None, NOT_KNOWN)
    for limit, points in steps:
        if number >= of[limit]:
            return Line(code, LABELS[code], of[points], f"{words}, from {_limit_words(code, of[limit])} on")
    return Line(code, LABELS[code], 0, f"{words}, below {_limit_words(code, of[steps[-1][0]])}")


def _limit_words(code: str, limit: int) -> str:
    return f"{limit / 1000:.3f}" if code == "raf_milli" else str(limit)


def is_cost_rising(inputs: Inputs, limits: Mapping[str, int]) -> bool | None:
    recent, usual = inputs.recent_cents, inputs.usual_cents
    if recent is None or usual is None:
        return None
    more = recent - usual >= limits[COST_CENTS.code]
    return more and recent * 100 >= usual * limits[COST_PERCENT.code]


def _cost(inputs: Inputs, of) -> Line:
    rising = is_cost_rising(inputs, {one.code: number for one, number in of.items()})
    if rising is None:
        return Line("cost", LABELS["cost"], None, NOT_KNOWN)
    words = f"${inputs.recent_cents / 100:,.0f} in 90 days, ${inputs.usual_cents / 100:,.0f} usually"
    return Line("cost", LABELS["cost"], of[COST] if rising else 0, words)


FEATURES = (
    *("conditions", "raf", "emergency_visits", "stays", "recent_discharge", "low_adherence", "medicines"),
    *("opioid_and_benzodiazepine", "cost_rising"),
)
"""What a model is made of; each has a twin 'unknown_...' that is 1 where it cannot be known."""


def features(inputs: Inputs, limits: Mapping[str, int]) -> dict[str, float]:
    """Numbers by name for a model. Counts are capped as points cap them, so that no outlier rules a coefficient."""
    rising = is_cost_rising(inputs, limits)
    values = {
        "conditions": inputs.conditions,
        "raf": None if inputs.raf_milli is None else inputs.raf_milli / 1000,
        "emergency_visits": _capped(inputs.emergency_visits, limits[EMERGENCY_AT_MOST.code]),
        "stays": _capped(inputs.stays, limits[STAYS_AT_MOST.code]),
        "recent_discharge": inputs.recent_discharge,
        "low_adherence": _capped(inputs.low_adherence, limits[ADHERENCE_AT_MOST.code]),
        "medicines": inputs.medicines,
        "opioid_and_benzodiazepine": inputs.opioid_and_benzodiazepine,
        "cost_rising": None if rising is None else int(rising),
    }
    known = {name: float(value or 0) for name, value in values.items()}
    return known | {f"unknown_{name}": float(value is None) for name, value in values.items()}


def _capped(number: int | None, most: int) -> int | None:
    return None if number is None else min(number, most)


def chance(inputs: Inputs, limits: Mapping[str, int], model: Mapping[str, int]) -> int:
    """Millionths, by a logistic model."""
    values = features(inputs, limits) | {"constant": 1.0}
    logit = sum(coefficient * values[name] for name, coefficient in model.items()) / 1_000_000
    return round(1_000_000 / (1 + exp(-max(min(logit, 30.0), -30.0))))


def stored(result: Result) -> list[list[Any]]:
    """The lines, ready for JSON."""
    return [[line.code, line.label, line.points, line.words] for line in result.lines]
