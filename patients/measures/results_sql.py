"""The set-based writing of results: what was said of the day is removed, and one INSERT .. SELECT a measure says it anew."""

from collections.abc import Sequence
from typing import Any

from .kinds import sources, text
from .kinds.sources import Reads
from .measure import Measure, Scope

_INSERT = """
INSERT INTO measures_measureresult (payer_id, measure, version, year, as_of, run_id, sensitivity, {columns})
SELECT %(payer_id)s, %(measure)s, %(version)s, %(year)s, %(as_of)s, %(run_id)s, {sensitivity}, {columns}
FROM ({select}) AS result
"""
_CLEAR = """
DELETE FROM measures_measureresult r
WHERE payer_id = %(payer_id)s AND measure = ANY(%(measures)s) AND year = %(year)s AND as_of = %(as_of)s {people}
"""


def clear(cursor, run, measures: Sequence[Measure], scope: Scope) -> None:
    """Removes what was said of the scope as of the run's day, so that `write` says it anew and nothing stale is left.

    Once for all measures: an upsert costs each row 5 microseconds more, and most nights there is nothing to replace.
    """
    asked = {"measures": [one.code for one in measures], "year": run.year, "as_of": run.as_of}
    cursor.execute(_CLEAR.format(people=sources.people(scope)["people_r"]), sources.parameters(scope, Reads()) | asked)


def write(cursor, run, measure: Measure, select: str, parameters: dict[str, Any]) -> int:
    """Writes a measure's results of a run, where `clear` left none; returns how many there are.

    select: the measure's SELECT (kinds/text.py), or one of a table with its columns; parameters: those that it asks for.
    """
    values = parameters | {
        "measure": measure.code,
        "version": measure.version(run.year),
        "year": run.year,
        "as_of": run.as_of,
        "run_id": run.pk,
    }
    cursor.execute(insert(measure, select), values)
    return cursor.rowcount


def insert(measure: Measure, select: str) -> str:
    """Text that writes what `select` (a measure's SELECT, see kinds/text.py) finds.

    Its parameters are those of the SELECT, and payer_id, measure, version, year, as_of, run_id.
    """
    sensitivity = int(measure.is_about_substance_use)
    return _INSERT.format(columns=", ".join(text.columns(measure)), select=select, sensitivity=sensitivity)


MANY = 500
WORK_MEMORY = "64MB"
"""Of each sort and hash of a run over many: with less, those of a shard go to disk."""


def plan_for(cursor, *, are_many: bool) -> None:
    """Until `leave_planning` or the transaction's end: no nested loops when many patients are judged, and memory for their sorts.

    Right after a load the tables have no statistics, PostgreSQL takes 200,000 fills for one, and a loop inside a loop that
    should take two seconds took more than six minutes (20,000 members). Hash and merge joins cost a few at a time nothing
    that matters, and are what good statistics lead to for many.
    """
    cursor.execute("select set_config('enable_nestloop', %s, true)", ["off" if are_many else "on"])
    if are_many:
        cursor.execute("select set_config('work_mem', %s, true)", [WORK_MEMORY])


def leave_planning(cursor) -> None:
    """Ends what `plan_for` began."""
    cursor.execute("select set_config('enable_nestloop', 'on', true)")
    cursor.execute("set local work_mem to default")
