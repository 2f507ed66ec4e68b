"""Loads the same feed in every way that matters, each beside a raw COPY of the same file.

The file: pharmacy claims of invented members, with bad lines, repeats and reversals among them (patients.claims.synthetic).
"""

import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

from django.db import connections
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy import context
from patients.claims import actions as claims
from patients.claims import load as loading
from patients.claims.models import Delivery
from patients.claims.synthetic import population
from patients.measures import actions as measures

from . import memory, scratch, usual_loader

SEED = 7
PHARMACY_LINES_A_MEMBER = 11.5
USUAL_SHARE = 20
"""The usual loader reads one line in so many: it is slow, and its time is linear in the lines."""


def measure(lines, rounds, say):
    """Figures by name. Each round has a new payer, whose members are loaded beforehand."""
    today, seen = timezone.localdate(), {}
    with tempfile.TemporaryDirectory() as name, scratch.database(Path(name), say):
        folder = Path(name)
        members = round(lines / PHARMACY_LINES_A_MEMBER) + 1
        say(f"Inventing {members:,} members")
        population.write(folder, members=members, year=today.year, seed=SEED, payer="bench", as_of=today)
        whole, cut, clean = folder / "pharmacy_claim.csv", folder / "cut.csv", folder / "clean.csv"
        part, again = folder / "part.csv", folder / "again.csv"
        _cut(whole, cut, lines)
        _cut(cut, part, lines // USUAL_SHARE)
        _clean(cut, clean)
        _in_new_bytes(cut, again)
        for number in range(rounds):
            found = _round(folder, cut, clean, part, again, today)
            for label, value in found.items():
                seen.setdefault(label, []).append(value)
            say(f"Round {number + 1}: " + ", ".join(f"{label} {value:.2f}" for label, value in found.items()))
        delivery, reading = _newest(), memory.of_reading(cut, today)
    median = {label: statistics.median(values) for label, values in seen.items()}
    return {
        "lines": delivery.lines,
        "lines loaded": delivery.loaded,
        "members": members,
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
    }


def _round(folder, cut, clean, part, again, today):
    payer = _payer(f"bench-{time.time_ns()}")
    seconds, eligibility = _load(payer, folder / "eligibility.csv")
    found = {"eligibility, s": seconds, "eligibility, lines": eligibility.lines, "copy, s": _raw_copy(clean)}
    memory.forget_peak()
    found["load, s"], _ = _load(payer, cut)
    found["memory, MB"] = memory.peak()
    found["usual, s"], _, _ = usual_loader.load(part)
    began = time.monotonic()
    with context.acting_as(context.worker_for(payer.pk)):
        measures.evaluate(payer=payer, year=today.year, as_of=today, cause="bench")
    found["measures, s"] = time.monotonic() - began
    found["again, s"], _ = _load(payer, again)
    return found


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
