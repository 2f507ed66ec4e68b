"""The evidence of one patient's repeated fills: every fill by class."""

from typing import Any

from ..measure import Measure, Scope
from . import dispensed, explained


def explain(cursor, measure: Measure, scope: Scope, *, kind, result: Any) -> dict[str, Any]:
    """Everything behind `result` (a row, or None for somebody whom the measure does not look at): days as ISO dates.

    `classes`: {class, fill_days, days_supply} of every class with a fill, by name.
    """
    patient = explained.patient_parameters(measure, scope)
    found = dispensed.fills(cursor, kind.drug_sets, scope, patient)
    limits = {
        "least_fill_days": kind.least_fill_days,
        "over_days": {one.drugs: one.over_days for one in kind.classes if one.over_days},
    }
    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "claims": dispensed.claims(found, lambda code: "value"),
        "fills": [dispensed.said(fill) for fill in found],
        "classes": [_counted(code, found) for code in sorted({fill["set_code"] for fill in found})],
    }


def _counted(code: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    claims = {fill["event_id"]: fill for fill in found if fill["set_code"] == code}.values()
    supply = sum(fill["days_supply"] or 0 for fill in claims)
    return {"class": code, "fill_days": len({fill["day"] for fill in claims}), "days_supply": supply}
