"""The fills behind a result of the measures of medication safety, with all that is needed to count them again by hand."""

from typing import Any

from ..code_lists import in_sql
from ..measure import Scope
from . import explained, sources

_FILLS = """
    SELECT DISTINCT c.set_code, c.event_id, c.ndc,
        CASE WHEN p.name = upper(p.name) THEN left(p.name, 1) || lower(substr(p.name, 2)) ELSE p.name END AS name,
        m.ingredient_name, m.strength_ng, c.day, c.days_supply, c.quantity, c.pharmacy_id, c.pharmacy_ref, c.prescriber_ref
    FROM class_fill c
    JOIN drugs_drugsetmember m ON m.ndc11 = c.ndc AND m.set_code = c.set_code AND m.ingredient_id = c.ingredient_id
    JOIN drugs_product p ON p.id = m.product_id
    WHERE c.set_code IN ({drug_sets}) AND c.day >= %(since_day)s
    ORDER BY c.day, c.event_id, c.set_code, m.ingredient_name
"""
_NAMES = (
    "set_code", "event_id", "ndc", "product", "ingredient", "strength_ng", "day", "days_supply", "quantity", "pharmacy_id",
    "pharmacy_ref", "prescriber_ref",
)  # fmt: skip


def fills(cursor, drug_sets: tuple[str, ...], scope: Scope, patient: dict[str, Any]) -> list[dict[str, Any]]:
    """One dict for each fill and ingredient, by day; `day` is a day number. `patient`: explained.patient_parameters."""
    inline = sources.inline(sources.Reads(drug_sets=frozenset(drug_sets)), scope).rstrip().rstrip(",")
    found = explained.rows_of(cursor, f"WITH {inline} {_FILLS.format(drug_sets=in_sql(drug_sets))}", patient)
    return [dict(zip(_NAMES, row, strict=True)) for row in found]


def said(fill: dict[str, Any]) -> dict[str, Any]:
    """A fill ready for JSON: day as an ISO date, quantity as text."""
    quantity = fill["quantity"]
    return fill | {"day": explained.day(fill["day"]), "quantity": None if quantity is None else f"{quantity:f}"}


def claims(found: list[dict[str, Any]], role) -> list[dict[str, Any]]:
    """explained.claim of every fill once, whichever sets and ingredients it has; role: set code -> role."""
    once: dict[int, dict[str, Any]] = {}
    for fill in found:
        once.setdefault(fill["event_id"], fill)
    return [
        explained.claim(
            role(fill["set_code"]),
            fill["day"],
            fill["event_id"],
            fill["product"],
            code=fill["ndc"],
            days_supply=fill["days_supply"],
            pharmacy=fill["pharmacy_ref"],
            prescriber=fill["prescriber_ref"],
        )
        for fill in once.values()
    ]
