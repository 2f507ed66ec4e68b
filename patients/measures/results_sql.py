"""The set-based writing of results: one INSERT .. SELECT a measure, and the removal of what no longer holds."""

from typing import Any

from .kinds import sources, text
from .measure import Measure, Scope

_UPSERT = """
INSERT INTO measures_measureresult (payer_id, measure, version, year, as_of, run_id, sensitivity, {columns})
SELECT %(payer_id)s, %(measure)s, %(version)s, %(year)s, %(as_of)s, %(run_id)s, {sensitivity}, {columns}
FROM ({select}) AS result
ON CONFLICT (payer_id, patient_id, measure, year, as_of) DO UPDATE SET {changes}
"""
_REMOVE = """
DELETE FROM measures_measureresult r
WHERE payer_id = %(payer_id)s AND measure = %(measure)s AND year = %(year)s AND as_of = %(as_of)s
    AND run_id <> %(run_id)s {people}
"""


def write(cursor, run, measure: Measure, select: str, parameters: dict[str, Any], scope: Scope) -> int:
    """Writes a measure's results of a run, and deletes those of the scope that no longer hold; returns how many there are.

    select: the measure's SELECT (kinds/text.py), or one of a table with its columns; parameters: those that it asks for, and
    those of the scope (kinds/sources.py).
    """
    values = parameters | {
        "measure": measure.code,
        "version": measure.version(run.year),
        "year": run.year,
        "as_of": run.as_of,
        "run_id": run.pk,
    }
    cursor.execute(upsert(measure, select), values)
    written = cursor.rowcount
    cursor.execute(_REMOVE.format(people=sources.people(scope)["people_r"]), values)
    return written


def upsert(measure: Measure, select: str) -> str:
    """Text that writes what `select` (a measure's SELECT, see kinds/text.py) finds.

    Its parameters are those of the SELECT, and payer_id, measure, version, year, as_of, run_id.
    """
    columns = text.columns(measure)
    changes = ", ".join(f"{name} = excluded.{name}" for name in (*columns, "version", "run_id") if name != "patient_id")
    sensitivity = int(measure.is_about_substance_use)
    return _UPSERT.format(columns=", ".join(columns), select=select, changes=changes, sensitivity=sensitivity)


MANY = 500


def plan_for(cursor, *, are_many: bool) -> None:
    """Until the transaction ends: no nested loops when many patients are judged.

    Right after a load the tables have no statistics, PostgreSQL takes 200,000 fills for one, and a loop inside a loop that
    should take two seconds took more than six minutes (20,000 members). Hash and merge joins cost a few at a time nothing
    that matters, and are what good statistics lead to for many.
    """
    cursor.execute("select set_config('enable_nestloop', %s, true)", ["off" if are_many else "on"])


def leave_planning(cursor) -> None:
    """Ends what `plan_for` began."""
    cursor.execute("select set_config('enable_nestloop', 'on', true)")
