"""Medicines that are given and billed as a service: what a code list of them says beside the code.

Two codes of one ingredient and form on one day are one dose, billed twice or in two strengths; of two forms, they add up.
"""

import csv
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..code_lists import in_sql, title
from ..measure import Scope
from . import explained, sources
from .sources import path

_GIVEN = """
    SELECT c.day, min(c.code), w.ingredient, w.form, CAST(max(w.days) AS int), min(c.event_id)
    FROM coded c
    JOIN (VALUES {values}) AS w (code, ingredient, form, days) ON w.code = c.code
    WHERE c.list_code IN ({name})
    GROUP BY c.day, w.ingredient, w.form
    ORDER BY c.day, w.ingredient, w.form
"""


@dataclass(frozen=True)
class Dose:
    """days: how long it lasts, as days of supply are counted."""

    code: str
    ingredient: str
    form: str
    days: int


@cache
def every(name: str) -> tuple[Dose, ...]:
    """The doses of a list in kinds/codes with the columns code, ingredient, form and days."""
    with path(name).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return tuple(Dose(row["code"], row["ingredient"], row["form"], int(row["days"])) for row in rows)


def in_values(name: str) -> str:
    """(code, ingredient_id, form, days) for VALUES; without a list, a row that no code is.

    The ids are below zero: a dose that was given never moves the supply of a fill, nor a fill that of a dose.
    """
    if not name:
        return "('', 0, '', 0)"
    ingredients = sorted({dose.ingredient for dose in every(name)})
    return ", ".join(
        f"({in_sql([dose.code])}, {-1 - ingredients.index(dose.ingredient)}, {in_sql([dose.form])}, {dose.days})"
        for dose in every(name)
    )


def given(cursor, name: str, scope: Scope, patient: dict[str, Any]) -> list[dict[str, Any]]:
    """One dict for each dose of the one patient, by day; `day` is a day number. `patient`: explained.patient_parameters."""
    if not name:
        return []
    inline = sources.inline(sources.Reads(services=frozenset({name})), scope).rstrip().rstrip(",")
    values = ", ".join(
        f"({in_sql([one.code])}, {in_sql([one.ingredient])}, {in_sql([one.form])}, {one.days})" for one in every(name)
    )
    found = explained.rows_of(cursor, f"WITH {inline} {_GIVEN.format(values=values, name=in_sql([name]))}", patient)
    names = ("day", "code", "ingredient", "form", "days_supply", "event_id")
    return [dict(zip(names, row, strict=True)) for row in found]


def claims(found: list[dict[str, Any]], name: str, role: str) -> list[dict[str, Any]]:
    """explained.claim of every dose."""
    words = title(path(name)) if name else ""
    return [
        explained.claim(
            role,
            dose["day"],
            dose["event_id"],
            f"{words}: {dose['ingredient']}",
            code=dose["code"],
            days_supply=dose["days_supply"],
        )
        for dose in found
    ]
