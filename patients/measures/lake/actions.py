"""Keeping the lake: what changed since the last export is written anew, bucket by bucket."""

import fcntl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.db import connection
from django.utils import timezone

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import audited
from patients.models import Patient

from .. import results_sql, runs
from ..engines import NotInstalled
from ..kinds import sources
from ..kinds.sources import Reads
from ..measure import Scope
from ..models import Run
from ..turns import stripes_between, take_turn_at
from . import changes, manifest, results
from .manifest import BUCKET_IDS, COLUMNS, OF_MEMBERS, PEOPLE, PERSON, Bucket, Manifest

_OF_TABLE = """select {columns} from {table}
    where payer_id = %(payer)s and patient_id between %(first)s and %(last)s order by {order}"""
_PEOPLE = """select {columns} from patients_patient p where exists (
    select from patients_member m where m.patient_id = p.id and m.payer_id = %(payer)s
        and m.patient_id between %(first)s and %(last)s
) order by id"""


class NotUpToDate(Exception):
    """The lake does not hold all that PostgreSQL does; the text says what to do."""


@audited
def evaluate(*, payer, folder: Path, engine: str, year: int, as_of: date, by=None) -> Run:
    """Judges all measures over the lake and writes the results as measures.actions.evaluate does, as one run.

    Conditions stay as they are: they are found in PostgreSQL alone.
    Raises NotUpToDate, engines.NotInstalled, and CannotEvaluate as that action does.
    """
    lake = _up_to_date(payer, folder)
    run = runs.create(payer, year, as_of, "command", None)
    counts = Counter()
    for measure, scope, rows in results.staged(engine, folder, lake, Scope(payer.pk, year, as_of)):
        take_turn_at(payer_id=payer.pk, work="evaluate", stripes=stripes_between(*scope.patient_range))
        with connection.cursor() as cursor:
            select, values = f"select * from {results.STAGE}", sources.parameters(scope, Reads())  # noqa: S608
            results_sql.clear(cursor, run, [measure], scope)
            results_sql.write(cursor, run, measure, select, values)
        counts[measure.code] += rows
    runs.close(run, counts, by)
    return run


@audited
def compare(*, payer, folder: Path, engine: str, year: int, as_of: date, by=None) -> dict[str, Any]:
    """Judges all measures over the lake and says how that differs from the results that are stored; writes nothing else.

    Returns results (a number) and differences (results.Difference as dicts). Raises as `evaluate`.
    """
    lake, rows, found = _up_to_date(payer, folder), 0, []
    for measure, scope, number in results.staged(engine, folder, lake, Scope(payer.pk, year, as_of)):
        rows += number
        if difference := results.differences(measure, scope):
            found.append(asdict(difference))
    detail = {"engine": engine, "year": year, "as_of": as_of.isoformat(), "differences": len(found)}
    audit.record(event="lake.compared", by=by, target=payer, count=rows, detail=detail)
    return {"results": rows, "differences": found}


def _up_to_date(payer, folder: Path) -> Manifest:
    lake = manifest.read(folder)
    exported = _exported(lake, payer.pk)
    if exported is None or changes.touched(payer.pk, exported):
        raise NotUpToDate(f"The lake in {folder} lacks what came of {payer.code}: run export_lake first.")
    return lake


@audited
def export(*, payer, folder: Path, everything: bool = False, by=None) -> dict[str, int]:
    """Brings a payer's part of the lake, and the reference, up to date; returns counts: buckets, written, rows, removed.

    A bucket is written when a delivery touched its members since the last export, or its counts differ from what they were
    then; `everything` writes all. The manifest changes at the end, at once: killed before, the old state stays readable and
    the next export removes what was left behind. One export at a time in a folder: a second one waits.
    Raises manifest.NoLake for a folder of another layout, NotInstalled without pyarrow.
    """
    began, files = timezone.now(), _parquet()
    with _alone(folder):
        lake = manifest.read(folder)
        lake.version += 1
        known = lake.payers.get(str(payer.pk), {})
        seen = changes.seen(payer.pk)
        due = set(seen) if everything else changes.due(payer, known, seen, _exported(lake, payer.pk))
        rows = _export_reference(files, folder, lake)
        kept = {number: known[number] for number in seen.keys() - due}
        written = {
            number: _export_bucket(files, folder, lake.version, payer.pk, number, seen[number])
            for number in sorted(due)
        }
        lake.payers[str(payer.pk)] = kept | written
        lake.exported[str(payer.pk)] = began.isoformat()
        manifest.replace(folder, lake)
        removed = manifest.forget_others(folder, lake)
    rows += sum(sum(bucket.rows.values()) for bucket in written.values())
    counts = {"buckets": len(seen), "written": len(written), "rows": rows, "removed": removed}
    audit.record(event="lake.exported", by=by, target=payer, count=rows, detail=counts | {"version": lake.version})
    return counts


def _parquet() -> ModuleType:
    """files.py; it needs the extra that the site does without."""
    try:
        return import_module(f"{__package__}.files")
    except ModuleNotFoundError as error:
        raise NotInstalled(f"{error.name} is not installed: pip install 'carecoord[lake]'.") from None


def _exported(lake: Manifest, payer_id: int) -> datetime | None:
    told = lake.exported.get(str(payer_id))
    return told and datetime.fromisoformat(told)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _export_bucket(
    files: ModuleType, folder: Path, version: int, payer_id: int, number: str, seen: dict[str, list[int]]
) -> Bucket:
    first = int(number) * BUCKET_IDS
    values = {"payer": payer_id, "first": first, "last": first + BUCKET_IDS - 1}
    paths, rows = {}, {}
    for model, order in OF_MEMBERS.items():
        table, types = model._meta.db_table, files.columns(model, COLUMNS.get(model, ()))
        text = _OF_TABLE.format(columns=", ".join(types), table=table, order=", ".join(order))
        paths[table] = f"payer={payer_id}/bucket={number}/{table}-{version}.parquet"
        rows[table] = files.write(folder / paths[table], text, values, types)
    types = files.columns(Patient, PERSON)
    paths[PEOPLE] = f"payer={payer_id}/bucket={number}/{PEOPLE}-{version}.parquet"
    rows[PEOPLE] = files.write(folder / paths[PEOPLE], _PEOPLE.format(columns=", ".join(types)), values, types)
    return Bucket(paths, rows, seen)


def _export_reference(files: ModuleType, folder: Path, lake: Manifest) -> int:
    """Writes tables of the reference that changed; returns their rows."""
    rows = 0
    for model in manifest.reference_tables():
        table, types = model._meta.db_table, files.columns(model, tuple(f.column for f in model._meta.concrete_fields))
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*), coalesce(max(id), 0), coalesce(sum(id), 0) from {table}")  # noqa: S608
            now = list(map(int, cursor.fetchone()))
        if lake.reference_seen.get(table) == now:
            continue
        lake.reference_seen[table] = now
        lake.reference[table] = f"reference/{table}-{lake.version}.parquet"
        text = f"select {', '.join(types)} from {table} order by id"  # noqa: S608 - names of our models
        rows += files.write(folder / lake.reference[table], text, {}, types)
    return rows
