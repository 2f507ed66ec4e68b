"""The evidence of one patient's repeated fills: every fill by class, and the reasons for a class."""

from typing import Any

from ..code_lists import title
from ..measure import Measure, Scope
from . import dispensed, explained, sources

_REASONS = """
    SELECT r.set_code, d.list_code, d.day, d.code, d.event_id
    FROM coded d
    JOIN (VALUES {reasons}) AS r (set_code, list_code) ON r.list_code = d.list_code
    WHERE d.day >= %(since_day)s ORDER BY d.day, d.event_id, r.set_code
"""


def explain(cursor, measure: Measure, scope: Scope, *, kind, result: Any) -> dict[str, Any]:
    """Everything behind `result` (a row, or None for somebody whom the measure does not look at): days as ISO dates.

    `classes`: {class, fill_days, days_supply, has_reason} of every class with a fill, by name; one with a reason does not count.
    """
    patient = explained.patient_parameters(measure, scope)
    every_fill = dispensed.fills(cursor, kind.drug_sets, scope, patient)
    found = [fill for fill in every_fill if fill["day"] >= patient["first_day"]]
    reasons = [one for one in _reasons(cursor, kind, scope, patient) if one["day"] <= _first_fill(one["class"], found)]
    limits = {
        "least_fill_days": kind.least_fill_days,
        "over_days": {one.drugs: one.over_days for one in kind.classes if one.over_days},
    }
    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "claims": dispensed.claims(found, lambda code: "value") + [_claim(one, kind) for one in reasons],
        "fills": [dispensed.said(fill) for fill in found],
        "classes": [_counted(code, found, reasons) for code in sorted({fill["set_code"] for fill in found})],
    }


def _reasons(cursor, kind, scope: Scope, patient: dict[str, Any]) -> list[dict[str, Any]]:
    """Every diagnosis that is a reason for a class, from the year before on."""
    if not kind.reasons:
        return []
    asked = sources.Reads(diagnoses=frozenset(name for _, name in kind.reasons))
    select = _REASONS.format(reasons=kind.words()["reasons"])
    inline = sources.inline(asked, scope).rstrip().rstrip(",")
    rows = explained.rows_of(cursor, f"WITH {inline} {select}", patient)
    return [dict(zip(("class", "list", "day", "code", "event_id"), row, strict=True)) for row in rows]


def _first_fill(code: str, found: list[dict[str, Any]]) -> int:
    return min((fill["day"] for fill in found if fill["set_code"] == code), default=-1)


def _claim(one: dict[str, Any], kind) -> dict[str, Any]:
    if not next(each.names_reasons for each in kind.classes if each.drugs == one["class"]):
        return explained.claim("reason", one["day"], None, "A diagnosis that is a reason for it")
    words = title(sources.path(one["list"]))
    return explained.claim("reason", one["day"], one["event_id"], words, code=one["code"], list=one["list"])


def _counted(code: str, found: list[dict[str, Any]], reasons: list[dict[str, Any]]) -> dict[str, Any]:
    claims = {fill["event_id"]: fill for fill in found if fill["set_code"] == code}.values()
    supply = sum(fill["days_supply"] or 0 for fill in claims)
    return {
        "class": code,
        "fill_days": len({fill["day"] for fill in claims}),
        "days_supply": supply,
        "has_reason": any(one["class"] == code for one in reasons),
    }
