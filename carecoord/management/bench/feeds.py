"""Loads the same feed in every way that matters, each beside a raw COPY of the same file.

The file: pharmacy claims of invented members, with bad lines, repeats and reversals among them (patients.claims.synthetic).
"""

import statistics
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import connections
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy import context
from patients.claims import actions as claims
from patients.claims import load as loading
from patients.claims.models import Delivery, Fill, PharmacyEvent
from patients.claims.synthetic import population
from patients.measures import actions as measures

from . import memory, scratch, usual_loader

SEED = 7
PHARMACY_LINES_A_MEMBER = 11.5
USUAL_SHARE = 20
"""The usual loader reads one line in so many: it is slow, and its time is linear in the lines."""


SECOND_LINES = 1_000
"""The delivery of a second client, which comes while the large one is loaded."""


@dataclass(frozen=True)
class Files:
    """What a bench loads, in a folder of its own. `part`: every USUAL_SHARE-th line; `again`: the same lines in other bytes."""

    folder: Path
    lines: int
    members: int

    def __getattr__(self, name):
        return self.folder / f"{name}.csv"


def measure(lines, rounds, say, *, existing=0):
    """Figures by name. Each round has a new payer, whose members are loaded beforehand, and empty tables of claims.

    `existing`: lines that the tables of the last load hold already, of the same payer.
    """
    today, seen = timezone.localdate(), {}
    with _invented(lines, say, today) as files:
        for number in range(rounds):
            found = _round(files, today)
            for label, value in found.items():
                seen.setdefault(label, []).append(value)
            say(f"Round {number + 1}: " + ", ".join(f"{label} {value:.2f}" for label, value in found.items()))
        delivery, reading = _newest(), memory.of_reading(files.cut, today)
        median = {label: statistics.median(values) for label, values in seen.items()}
        more = _beside(files)
        if existing:
            more |= _into_many(files, delivery, existing, median["load, s"], say)
    return {
        "lines": delivery.lines,
        "lines loaded": delivery.loaded,
        "members": files.members,
        "raw COPY of the good lines into a bare table, lines/s": round(lines / median["copy, s"]),
        "first load, lines/s": round(lines / median["load, s"]),
        "first load as a share of raw COPY": f"1/{median['load, s'] / median['copy, s']:.1f}",
        "the same claims in new bytes, lines/s": round(lines / median["again, s"]),
        "usual loader (serializer and bulk_create), lines/s": round(lines // USUAL_SHARE / median["usual, s"]),
        "first load, times the usual loader": round(median["usual, s"] * USUAL_SHARE / median["load, s"], 1),
        "eligibility, lines/s": round(median["eligibility, lines"] / median["eligibility, s"]),
        "most memory of the loading process, MB": round(median["memory, MB"]),
        "most memory of the reading process, MB": reading,
        "conditions and three measures, all members, s": round(median["measures, s"], 1),
    } | more


def load_once(lines, say):
    """Loads a file of so many lines in a scratch database; `say` hears "loading" and "loaded". For what is measured beside it."""
    today = timezone.localdate()
    with _invented(lines, lambda told: None, today) as files:
        payer = _payer("bench-once")
        _load(payer, files.eligibility)
        say("loading")
        _load(payer, files.cut)
        say("loaded")


@contextmanager
def _invented(lines, say, today):
    with tempfile.TemporaryDirectory() as name, scratch.database(Path(name), say):
        files = Files(Path(name), lines, round(lines / PHARMACY_LINES_A_MEMBER) + 1)
        say(f"Inventing {files.members:,} members")
        population.write(files.folder, members=files.members, year=today.year, seed=SEED, payer="bench", as_of=today)
        _cut(files.pharmacy_claim, files.cut, lines)
        _cut(files.cut, files.part, lines // USUAL_SHARE)
        _cut(files.cut, files.second, min(lines, SECOND_LINES))
        _clean(files.cut, files.clean)
        _in_new_bytes(files.cut, files.again)
        yield files


def _round(files, today):
    _empty()
    payer = _payer(f"bench-{time.time_ns()}")
    seconds, eligibility = _load(payer, files.eligibility)
    found = {"eligibility, s": seconds, "eligibility, lines": eligibility.lines, "copy, s": _raw_copy(files.clean)}
    memory.forget_peak()
    found["load, s"], _ = _load(payer, files.cut)
    found["memory, MB"] = memory.peak()
    found["usual, s"], _, _ = usual_loader.load(files.part)
    began = time.monotonic()
    with context.acting_as(context.worker_for(payer.pk)):
        measures.evaluate(payer=payer, year=today.year, as_of=today, cause="bench")
    found["measures, s"] = time.monotonic() - began
    found["again, s"], _ = _load(payer, files.again)
    return found


def _empty():
    with connections["owner"].cursor() as cursor:
        cursor.execute("truncate claims_pharmacyevent, claims_fill, claims_repeat")


def _beside(files):
    """What a second client waits for its small delivery while a large one of the first is loaded."""
    first, second = _payer(f"bench-{time.time_ns()}"), _payer(f"bench-second-{time.time_ns()}")
    for payer in (first, second):
        _load(payer, files.eligibility)
    large = threading.Thread(target=_load_and_close, args=(first, files.cut))
    large.start()
    time.sleep(1)
    seconds, _ = _load(second, files.second)
    was_beside = large.is_alive()
    large.join()
    label = f"a second client's {min(files.lines, SECOND_LINES):,} lines"
    return {f"{label} {'during' if was_beside else 'after'} a load of {files.lines:,}, s": round(seconds, 1)}


def _load_and_close(payer, path):
    try:
        _load(payer, path)
    finally:
        connections.close_all()


def _into_many(files, model, existing, empty_seconds, say):
    """A load into tables that hold `existing` lines of the same payer: copies of the delivery `model` under other claim ids."""
    payer = _payer(f"bench-{time.time_ns()}")
    _, eligibility = _load(payer, files.eligibility)
    copies = -(-existing // model.loaded)
    values = {"payer": payer.pk, "delivery": eligibility.pk, "model": model.pk, "of": model.payer_id}
    names = {f"{table}{of}": _others(table, of) for table in ("event", "fill") for of in ("", "_of")}
    with connections["owner"].cursor() as cursor, _indexed_at_the_end(cursor, "claims_pharmacyevent", "claims_fill"):
        for number in range(copies):
            for sql in COPIES:
                cursor.execute(sql.format(**names), values | {"copy": number})
            say(f"{(number + 1) * model.loaded:,} lines are there")
    with connections["owner"].cursor() as cursor:
        for table in ("claims_pharmacyevent", "claims_fill"):  # or autovacuum is at them during the load
            cursor.execute(f"vacuum (analyze) {table}")
    seconds, _ = _load(payer, files.cut)
    return {
        f"first load into tables with {copies * model.loaded:,} lines, lines/s": round(files.lines / seconds),
        "that, as a share of the load into empty tables": round(empty_seconds / seconds, 2),
    }


@contextmanager
def _indexed_at_the_end(cursor, *tables):
    """The owner fills the tables without the indexes that are no constraint's."""
    cursor.execute(
        """select indexname, indexdef from pg_indexes where tablename = any(%s)
            and not exists (select from pg_constraint where conname = indexname)""",
        [list(tables)],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"drop index {name}")
    yield
    for _, definition in found:
        cursor.execute(definition)


COPIES = (
    """insert into claims_pharmacyevent (payer_id, delivery_id, patient_id, record_id, original_claim_id, rx_number,
                                         content_hash, {event})
       select %(payer)s, %(delivery)s, m.patient_id, e.record_id || '-' || %(copy)s,
              coalesce(nullif(e.original_claim_id, '') || '-' || %(copy)s, ''),
              coalesce(nullif(e.rx_number, '') || '-' || %(copy)s, ''),
              md5(e.content_hash::text || %(copy)s)::uuid, {event_of}
         from claims_pharmacyevent e join patients_member m on m.payer_id = %(payer)s and m.member_id = e.member_id
        where e.payer_id = %(of)s and e.delivery_id = %(model)s order by e.record_id""",
    """insert into claims_fill (payer_id, patient_id, {fill})
       select %(payer)s, n.patient_id, {fill_of}
         from claims_fill e join patients_member m on m.payer_id = e.payer_id and m.patient_id = e.patient_id
         join patients_member n on n.payer_id = %(payer)s and n.member_id = m.member_id
        where e.payer_id = %(of)s order by n.patient_id, e.day""",
)
"""Written by the owner, whose statements the walls do not hold."""


def _others(model, of):
    """The columns that a copy takes as they are, by themselves or as those of `e`."""
    own = {"id", "payer_id", "delivery_id", "patient_id", "content_hash", "record_id", "original_claim_id", "rx_number"}
    model = {"event": PharmacyEvent, "fill": Fill}[model]
    names = [column.column for column in model._meta.concrete_fields if column.column not in own]
    return ", ".join(f"e.{name}" if of else name for name in names)


def _cut(source, target, lines):
    with source.open("rb") as read, target.open("wb") as written:
        written.writelines(islice(read, lines + 1))


def _clean(source, target):
    """Without the lines that COPY as text columns would stop at."""
    with source.open("rb") as read, target.open("wb") as written:
        header = read.readline()
        wanted = header.count(b",")
        written.write(header)
        written.writelines(line for line in read if line.count(b",") == wanted and b'"' not in line)


def _in_new_bytes(source, target):
    """The same claims, told in another order of lines."""
    with source.open("rb") as read, target.open("wb") as written:
        written.write(read.readline())
        written.writelines(reversed(read.readlines()))


def _payer(code):
    with context.logged_in("worker"):
        return Organisation.objects.create(kind="payer", code=code, name=code)


def _load(payer, path):
    """(seconds, delivery) of a whole load, in one transaction as a worker does it."""
    scope = context.worker_for(payer.pk)
    with context.acting_as(scope), path.open("rb") as stream:
        delivery = claims.receive(payer=payer, format="tuva_csv", stream=stream, file_name=path.name, by=None)
    began = time.monotonic()
    with context.acting_as(scope):
        loading.load(delivery=delivery)
    seconds = time.monotonic() - began
    with context.acting_as(scope):
        return seconds, Delivery.objects.get(pk=delivery.pk)


def _newest():
    """The first load of the last round: the second newest delivery."""
    with context.logged_in("worker"):
        payer = Organisation.objects.filter(code__startswith="bench-").latest("pk")
    with context.acting_as(context.worker_for(payer.pk)):
        return Delivery.objects.order_by("-pk")[1]


def _raw_copy(path):
    """Seconds of COPY of the file, as text columns, into a logged table without index or constraint, commit included."""
    with path.open("rb") as stream, connections["owner"].cursor() as cursor:
        columns = ", ".join(f"{name} text" for name in stream.readline().decode().strip().split(","))
        cursor.execute("drop table if exists bench_copy")
        cursor.execute(f"create table bench_copy ({columns})")
        began = time.monotonic()
        with cursor.copy("copy bench_copy from stdin (format csv)") as copy:
            while block := stream.read(1 << 18):
                copy.write(block)
        seconds = time.monotonic() - began
        cursor.execute("drop table bench_copy")
    return seconds
