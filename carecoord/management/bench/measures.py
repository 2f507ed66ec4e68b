"""Measures over invented members, each figure beside a bare scan of the same facts, in one run and one scratch database."""

import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from django.db import connection, connections
from django.utils import timezone

from patients.measures import actions, definitions, engines
from patients.measures.lake import actions as lakes
from patients.measures.measure import Family

from . import at_once, members, memory, one_fill, scratch, touched_flags

FAMILIES = (Family.ADHERENCE, Family.STATINS, Family.OPIOIDS)
SMALL = 50_000
TOUCHED_SHARE = 0.01
SCANS = {
    "claims_fill": "count(*), sum(day), sum(days_supply), sum(quantity), max(ndc), max(event_id), max(patient_id), "
    "max(pharmacy_ref), max(prescriber_ref)",
    "claims_diagnosis": "count(*), sum(day), max(code), max(setting), max(event_id), max(patient_id)",
    "claims_service": "count(*), sum(day), max(code), max(setting), max(event_id), max(patient_id)",
    "patients_coverage": "count(*), max(starts_on), max(ends_on), max(plan), max(patient_id)",
}
"""Every column that measures read, read once by one process, through the walls."""
_SAME = """select count(*), coalesce(sum(hashtextextended(cast((to_jsonb(r) - 'id' - 'run_id') as text), 0)), 0)
    from measures_measureresult r where payer_id = %s and as_of = %s"""


def measure(number, rounds, say, *, beside=tuple(engines.BUCKETS_AT_ONCE)):
    """Figures by name, in medians of `rounds`, for `number` members and for SMALL of them (or a quarter, if that is fewer)."""
    year = timezone.localdate().year - 1
    with tempfile.TemporaryDirectory() as name, scratch.database(Path(name), say):
        small = min(SMALL, max(1, number // 4))
        one = _timed_all(members.make(members=small, year=year, code="bench-small"), rounds, say)
        say(f"Making {number:,} members")
        many = members.make(members=number, year=year, code="bench-many")
        say(f"{number:,} members are made")
        figures = {"members": number, "measures": len(definitions.every()), "rounds": rounds}
        figures |= _told(_timed_all(many, rounds, say), one, small, number)
        figures |= _touched(many, say)
        figures |= _by_engines(many, Path(name) / "lake", beside, say)
        figures |= one_fill.measure(many, say)
        figures |= touched_flags.measure(many, TOUCHED_SHARE, say)
    return figures


def _timed_all(made, rounds, say):
    """Label -> median seconds; and the most memory."""
    seen, most = {}, []
    families = [one for one in definitions.every().values() if one.family in FAMILIES]
    whole = list(definitions.every().values())
    for number in range(rounds):
        with connections["owner"].cursor() as cursor:
            cursor.execute("truncate measures_measureresult")
        day = members.as_of(made) - timedelta(days=number)
        found = {"scan": _scan(made)}
        with memory.of_all() as peak:
            found["families"] = _seconds(at_once.judge, made, families, day)
            found["whole"] = _seconds(at_once.judge, made, whole, day + timedelta(days=366))
            found["run"] = _seconds(at_once.run, made, day)
        most.append(peak.megabytes)
        for label, value in found.items():
            seen.setdefault(label, []).append(value)
        say(f"{made.members:,} members, round {number + 1}: " + ", ".join(f"{k} {v:.1f} s" for k, v in found.items()))
    return {label: statistics.median(values) for label, values in seen.items()} | {"memory": max(most)}


def _told(many, one, small, number):
    linear = (many["whole"] / number) / (one["whole"] / small)
    return {
        "bare scan of fills, medical lines and cover, one process, s": round(many["scan"], 2),
        "adherence, statin and opioid families, two at once, s": round(many["families"], 2),
        "that, times the bare scan": round(many["families"] / many["scan"], 1),
        "all measures, two at once, s": round(many["whole"], 2),
        "that, times the bare scan ": round(many["whole"] / many["scan"], 1),
        "a full run by shards, with conditions, s": round(many["run"], 2),
        f"time per member, of that for {small:,} members": round(linear, 2),
        "most memory of all processes without shared buffers, MB": round(max(many["memory"], one["memory"])),
    }


def _seconds(work, *args):
    began = time.monotonic()
    work(*args)
    return time.monotonic() - began


def _scan(made):
    with at_once.acting(made), connection.cursor() as cursor:
        cursor.execute("set local max_parallel_workers_per_gather = 0")
        began = time.monotonic()
        for table, columns in SCANS.items():
            cursor.execute(f"select {columns} from {table} where payer_id = %s", [made.payer.pk])  # noqa: S608
        return time.monotonic() - began


def _touched(made, say):
    """One more fill of every hundredth member, judged alone, and whether a full run then says the same."""
    as_of = members.as_of(made) + timedelta(days=732)
    full = _seconds(at_once.run, made, as_of)
    patients = members.touch(made, share=TOUCHED_SHARE)
    asked = {"payer": made.payer, "year": made.year, "as_of": as_of}
    with at_once.acting(made):
        one = _seconds(lambda: actions.evaluate(**asked, patient_ids=patients[:1], cause="bench"))
        seconds = _seconds(lambda: actions.evaluate(**asked, patient_ids=patients, cause="bench"))
    alone = _hash(made, as_of)
    at_once.run(made, as_of)
    say(f"{len(patients):,} touched members: {seconds:.1f} s; everybody: {full:.1f} s")
    return {
        "1 touched member, s": round(one, 2),
        f"{len(patients):,} touched members, s": round(seconds, 2),
        "that, as a share of a full run": f"{seconds / full:.1%}",
        "results equal a full run's": _hash(made, as_of) == alone and alone[0] > 0,
    }


def _hash(made, as_of):
    with at_once.acting(made), connection.cursor() as cursor:
        cursor.execute(_SAME, [made.payer.pk, as_of])
        return cursor.fetchone()


def _by_engines(made, folder, beside, say):
    """The lake: export, and each engine that is installed beside PostgreSQL's stored results."""
    as_of, figures = members.as_of(made) + timedelta(days=732), {}
    with at_once.acting(made):
        figures["export of the lake, s"] = round(_seconds(lambda: lakes.export(payer=made.payer, folder=folder)), 2)
    for engine in beside:
        try:
            with at_once.acting(made), memory.of_all() as peak:
                began = time.monotonic()
                told = lakes.compare(payer=made.payer, folder=folder, engine=engine, year=made.year, as_of=as_of)
            figures[f"all measures over the lake, {engine}, s"] = round(time.monotonic() - began, 2)
            figures[f"results that differ, {engine}"] = sum(one["rows"] for one in told["differences"])
            figures[f"most memory, {engine}, MB"] = round(peak.megabytes)
            say(f"{engine}: {told['results']:,} results")
        except engines.NotInstalled as error:
            say(str(error))
    return figures
