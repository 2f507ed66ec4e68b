"""The evidence of one patient's presence measure: the fills that ask for another class, and the fills of that class."""

from typing import Any

from ..code_lists import in_sql
from ..measure import Measure, Scope
from . import explained

_FILLS = """
    SELECT DISTINCT f.event_id, f.ndc,
        CASE WHEN p.name = upper(p.name) THEN left(p.name, 1) || lower(substr(p.name, 2)) ELSE p.name END AS name,
        f.day, f.days_supply, f.pharmacy_id, f.pharmacy_ref, f.prescriber_ref
    FROM claims_fill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code IN ({drug_sets})
    JOIN drugs_product p ON p.id = m.product_id
    WHERE f.payer_id = %(payer_id)s AND f.patient_id = %(patient_id)s AND f.day BETWEEN %(first_day)s - {back_days} AND %(known_day)s
    ORDER BY f.day, f.event_id
"""
_NAMES = ("event_id", "ndc", "product", "day", "days_supply", "pharmacy_id", "pharmacy_ref", "prescriber_ref")


def explain(cursor, measure: Measure, scope: Scope, *, kind, result: Any) -> dict[str, Any]:
    """Everything behind `result` (a row, or None without a fill of the first class): days as ISO dates.

    `fills` are those of the first class, `needed` those of the class that is asked for.
    """
    patient = explained.patient_parameters(measure, scope)
    limits = {
        "who_fill": list(kind.who_fill),
        "needs": kind.needs,
        "least_fill_days": kind.least_fill_days,
        "needs_back_days": kind.needs_back_days,
        "min_period_days": kind.min_period_days,
    }
    fills = _fills(cursor, kind.who_fill, patient)
    needed = _fills(cursor, (kind.needs,), patient, back_days=kind.needs_back_days)
    claims = [
        explained.claim(role, row["day"], row["event_id"], row["product"], code=row["ndc"])
        for role, rows in (("asks", fills), ("meets", needed))
        for row in rows
    ]
    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "claims": claims,
        "fills": [_dated(row) for row in fills],
        "needed": [_dated(row) for row in needed],
    }


def _fills(cursor, drug_sets: tuple[str, ...], patient: dict[str, Any], *, back_days: int = 0) -> list[dict[str, Any]]:
    found = explained.rows_of(cursor, _FILLS.format(drug_sets=in_sql(drug_sets), back_days=int(back_days)), patient)
    return [dict(zip(_NAMES, row, strict=True)) for row in found]


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"day": explained.day(row["day"])}
