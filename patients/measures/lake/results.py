"""What an engine finds in the lake, brought to PostgreSQL as a temporary table with the columns of results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

from django.db import connection

from .. import definitions, engines
from ..engines.literals import filled
from ..kinds import sources, text
from ..measure import Measure, Scope
from .manifest import BUCKET_IDS, Manifest

STAGE = "lake_result"
_DIFFERS = """
    select 'lake' as where_it_is, * from (select {columns} from {stage} except all {stored}) as more
    union all select 'postgres', * from ({stored} except all select {columns} from {stage}) as less
    order by 2, 1"""
_STORED = """select {columns} from measures_measureresult where payer_id = %(payer_id)s and measure = %(measure)s
    and year = %(year)s and as_of = %(as_of)s and patient_id between %(first_patient)s and %(last_patient)s"""


@dataclass(frozen=True)
class Difference:
    """Rows of a measure that one side has and the other has not, and the first few as (side, columns)."""

    measure: str
    rows: int
    first: tuple[tuple, ...]


def staged(
    engine: str, folder: Path, lake: Manifest, scope: Scope, *, measures: Sequence[Measure] = ()
) -> Iterator[tuple[Measure, Scope, int]]:
    """For a few buckets after another, and each measure: its rows are in STAGE; the scope names their patients.

    Without `measures`: all that are registered. Yields (measure, scope, rows). Raises engines.NotInstalled.
    """
    measures = measures or list(definitions.every().values())
    asked = reduce(or_, (text.reads(one, scope.year) for one in measures))
    whole = Scope(scope.payer_id, scope.year, scope.as_of)
    for numbers in _together(sorted(lake.payers[str(scope.payer_id)], key=int), engines.BUCKETS_AT_ONCE[engine]):
        here = Scope(*(scope.payer_id, scope.year, scope.as_of), patient_range=_range(numbers))
        with engines.opened(engine, lake.files(folder, scope.payer_id, numbers)) as session:
            values = sources.parameters(whole, asked)
            for name, select in sources.selects(asked, whole):
                session.prepare(name, filled(select, values))
            for measure in measures:
                yield (
                    measure,
                    here,
                    _stage(measure, session.batches(filled(*text.select(measure, whole, is_prepared=True)))),
                )


def differences(measure: Measure, scope: Scope, *, shown: int = 5) -> Difference | None:
    """How STAGE differs from the results that are stored; None when it does not."""
    columns = ", ".join(text.columns(measure))
    stored = _STORED.format(columns=columns)
    values = {
        "payer_id": scope.payer_id, "measure": measure.code, "year": scope.year, "as_of": scope.as_of,
        "first_patient": scope.patient_range[0], "last_patient": scope.patient_range[1],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERS.format(columns=columns, stage=STAGE, stored=stored), values)
        found = cursor.fetchall()
    return Difference(measure.code, len(found), tuple(found[:shown])) if found else None


def _stage(measure: Measure, batches: Iterator[list[tuple]]) -> int:
    columns, rows = ", ".join(text.columns(measure)), 0
    with connection.cursor() as cursor:
        cursor.execute(f"drop table if exists pg_temp.{STAGE}")
        cursor.execute(
            f"create temporary table {STAGE} on commit drop as select {columns} from measures_measureresult limit 0"  # noqa: S608
        )
        with cursor.copy(f"copy {STAGE} ({columns}) from stdin") as copy:
            for batch in batches:
                rows += len(batch)
                for row in batch:
                    copy.write_row(row)
    return rows


def _together(numbers: list[str], at_once: int | None) -> Iterator[list[str]]:
    step = at_once or len(numbers)
    for start in range(0, len(numbers), step or 1):
        yield numbers[start : start + step]


def _range(numbers: list[str]) -> tuple[int, int]:
    return int(numbers[0]) * BUCKET_IDS, int(numbers[-1]) * BUCKET_IDS + BUCKET_IDS - 1
