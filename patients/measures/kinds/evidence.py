"""The claims behind one patient's result, for kinds whose SQL file has a CTE `shown`: the same text, with another end.

shown: role ("asks", "meets" or "value"), list_code, day, code, result, event_id, patient_id.
"""

from typing import Any

from carecoord.kernel.drugs import sets
from carecoord.kernel.periods import date_of

from ..code_lists import title
from ..measure import Measure, Scope
from . import explained, sources, text

_SHOWN = """every_shown AS (
    SELECT role, list_code, day, code, result, event_id FROM shown WHERE patient_id = %(patient_id)s
)
SELECT DISTINCT role, list_code, day, code, result, event_id FROM every_shown
"""

_DRUGS = """SELECT drug, fills, first_day, last_day, CAST(days_supply AS int), CAST(paid_cents AS bigint) FROM drug_use
WHERE patient_id = %(patient_id)s ORDER BY drug"""


def explain(cursor, measure: Measure, scope: Scope, *, result: Any, limits: dict[str, Any]) -> dict[str, Any]:
    """explained.common with `claims`: what puts the one patient in, and what meets the measure, oldest first."""
    patient = explained.patient_parameters(measure, scope)
    rows = explained.rows_of(cursor, text.of(measure, scope, tail=_SHOWN), patient)
    claims = [
        explained.claim(role, day, event_id, _words(list_code, told), code=code, list=list_code)
        for role, list_code, day, code, told, event_id in sorted(rows, key=lambda row: (row[2], row[0], row[1], row[3]))
    ]
    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "claims": claims
    }


def _words(list_code: str, told: str) -> str:
    path = sources.path(list_code)
    if list_code in sets.every():
        what = sets.title(list_code)
        what = what[0].upper() + what[1:]
    else:
        what = title(path) if path.exists() else list_code.replace("_", " ").capitalize()
    return f"{what}: {told}" if told else what


def medicines(cursor, measure: Measure, scope: Scope) -> list[dict[str, Any]]:
    """Every medicine of drug_use: its name, fills, first and last of them, days of supply and cost in cents, by name."""
    patient = explained.patient_parameters(measure, scope)
    inline = sources.inline(text.reads(measure, scope.year), scope)
    rows = explained.rows_of(cursor, f"WITH {inline.rstrip().removesuffix(',')} {_DRUGS}", patient)  # noqa: S608
    return [
        {
            "drug": drug,
            "fills": fills,
            "first_fill": date_of(first_day).isoformat(),
            "last_fill": date_of(last_day).isoformat(),
            "days_supply": days_supply,
            "paid_cents": paid_cents,
        }
        for drug, fills, first_day, last_day, days_supply, paid_cents in rows
    ]
