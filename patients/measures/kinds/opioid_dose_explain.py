"""The evidence of one patient's opioid dose: strength, quantity, days, factor and MME of every fill, and the days of the episode."""

from decimal import Decimal
from typing import Any

from ..code_lists import in_sql
from ..measure import Measure, Scope
from . import dispensed, explained

_FACTORS = """
    SELECT DISTINCT e.ndc11, m.ingredient_name, e.first_day, e.last_day, e.over_daily_ng, e.most_daily_ng, e.factor_e4, e.micro_mme
    FROM drugs_mmeperunit e
    JOIN drugs_drugsetmember m ON m.ndc11 = e.ndc11 AND m.ingredient_id = e.ingredient_id AND m.set_code = {opioids}
    JOIN claims_fill f ON f.ndc = e.ndc11
    WHERE f.payer_id = %(payer_id)s AND f.patient_id = %(patient_id)s
"""


def explain(cursor, measure: Measure, scope: Scope, *, kind, result: Any) -> dict[str, Any]:
    """Everything behind `result` (a row, or None without an opioid): days as ISO dates, MME as text.

    Of each fill: mme_per_unit (strength times factor), mme_a_day (times quantity over days of supply), days_so_far and mme_so_far.
    The sum of mme_so_far over the episode's days is the value.
    """
    patient = explained.patient_parameters(measure, scope)
    found = dispensed.fills(cursor, (kind.opioids,), scope, patient)
    factors = explained.rows_of(cursor, _FACTORS.format(opioids=in_sql([kind.opioids])), patient)
    limits = {
        "limit_mme": kind.limit_mme,
        "min_period_days": kind.min_period_days,
        "least_supply_days": kind.least_supply_days,
        "least_episode_days": kind.least_episode_days,
    }
    seen_day = result and min(result.period_end_day, patient["as_of_day"])
    counted = [fill for fill in found if result and fill["day"] <= seen_day]
    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "claims": dispensed.claims(found, lambda code: "value"),
        "fills": [dispensed.said(fill) | _mme(fill, factors, seen_day) for fill in counted],
        "episode": _episode(counted, seen_day),
    }


def _episode(fills: list[dict[str, Any]], seen_day: int) -> dict[str, Any] | None:
    if not fills:
        return None
    first = min(fill["day"] for fill in fills)
    last = max(min(seen_day, fill["day"] + max(1, fill["days_supply"] or 1) - 1) for fill in fills)
    return {"from": explained.day(first), "to": explained.day(last), "days": last - first + 1}


def _mme(fill: dict[str, Any], factors: list[tuple], seen_day: int) -> dict[str, Any]:
    """{} when the dose of the fill is not known."""
    quantity, supply = fill["quantity"], fill["days_supply"]
    if not quantity or not supply or supply < 0 or not fill["strength_ng"]:
        return {}
    daily_ng = fill["strength_ng"] * quantity / supply
    for ndc, ingredient, first_day, last_day, over, most, factor_e4, micro in factors:
        is_it = (ndc, ingredient) == (fill["ndc"], fill["ingredient"]) and first_day <= fill["day"] <= last_day
        if is_it and over < daily_ng <= most:
            days = min(supply, seen_day - fill["day"] + 1)
            a_day = Decimal(micro) * quantity / supply / 1_000_000
            return {
                "factor_per_mg": _text(Decimal(factor_e4) / 10_000),
                "mme_per_unit": _text(Decimal(micro) / 1_000_000),
                "mme_a_day": _text(a_day),
                "days_so_far": days,
                "mme_so_far": _text(a_day * days),
            }
    return {}


def _text(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.001')).normalize():f}"
