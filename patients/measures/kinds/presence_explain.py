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
    WHERE f.payer_id = %(payer_id)s AND f.patient_id = %(patient_id)s AND f.day BETWEEN %(first_day)s AND %(known_day)s
    ORDER BY f.day, f.event_id
"""
_NAMES = ("event_id", "ndc", "product", "day", "days_supply", "pharmacy_id", "pharmacy_ref", "prescriber_ref")


def explain(cursor, measure: Measure, scope: Scope, *, kind, parameters: dict[str, Any], result: Any) -> dict[str, Any]:
    """Everything behind `result` (a PresenceRow, or None without a fill of the first class): days as ISO dates.

    `fills` are those of the first class, `needed` those of the class that is asked for.
    """
    patient = parameters | {"patient_id": scope.patient_ids[0]}
    limits = {"who_fill": list(kind.who_fill), "needs": kind.needs, "least_fill_days": kind.least_fill_days}
    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "fills": _fills(cursor, kind.who_fill, patient),
        "needed": _fills(cursor, (kind.needs,), patient),
    }


def _fills(cursor, drug_sets: tuple[str, ...], patient: dict[str, Any]) -> list[dict[str, Any]]:
    found = explained.rows_of(cursor, _FILLS.format(drug_sets=in_sql(drug_sets)), patient)
    rows = (dict(zip(_NAMES, row, strict=True)) for row in found)
    return [row | {"day": explained.day(row["day"])} for row in rows]
