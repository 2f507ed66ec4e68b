"""The evidence of one patient's many prescribers: every fill with who wrote and who dispensed it, and the window that counts."""

from typing import Any

from ..measure import Measure, Scope
from . import dispensed, explained


def explain(cursor, measure: Measure, scope: Scope, *, kind, result: Any) -> dict[str, Any]:
    """Everything behind `result` (a row, or None without an opioid): days as ISO dates.

    `window`: {from, to, prescribers, pharmacies}, the names that were counted between those days, both included.
    """
    patient = explained.patient_parameters(measure, scope)
    found = dispensed.fills(cursor, (kind.opioids,), scope, patient)
    limits = {
        "prescribers": kind.prescribers,
        "pharmacies": kind.pharmacies,
        "window_days": kind.window_days,
        "min_period_days": kind.min_period_days,
        "least_supply_days": kind.least_supply_days,
        "least_episode_days": kind.least_episode_days,
    }
    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "claims": dispensed.claims(found, lambda code: "value"),
        "fills": [dispensed.said(fill) for fill in found],
        "window": _window(kind, found, result, patient) if result and result.value_day is not None else None,
    }


def _window(kind, found: list[dict[str, Any]], result: Any, patient: dict[str, Any]) -> dict[str, Any]:
    last = min(result.value_day + kind.window_days - 1, result.period_end_day, patient["as_of_day"])
    inside = [fill for fill in found if result.value_day <= fill["day"] <= last]
    pharmacies = {fill["pharmacy_id"] or fill["pharmacy_ref"]: fill["pharmacy_ref"] for fill in inside}
    return {
        "from": explained.day(result.value_day),
        "to": explained.day(max(fill["day"] for fill in inside)),
        "prescribers": sorted({fill["prescriber_ref"] for fill in inside} - {""}),
        "pharmacies": sorted(name for key, name in pharmacies.items() if key),
    }
