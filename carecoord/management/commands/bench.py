"""`manage.py bench`: figures measured side by side, in one run, on this machine. Medians of `--rounds`."""

import json
import statistics
import tempfile
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.test import Client as Browser
from django.test import override_settings
from django.utils import timezone

from carecoord.embedded.roles import let_the_owner_build
from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from carecoord.operations.admin import administrator, scratch_database
from patients.claims import actions as claims
from patients.claims import load as loading
from patients.claims.models import Delivery
from patients.claims.synthetic import population
from patients.flags.models import Flag
from patients.measures import actions as measures

SEED = 7
PHARMACY_LINES_A_MEMBER = 11.5


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "name",
            choices=["feeds", "pages"],
            help="feeds: load and evaluate, in a database of its own; pages: a pharmacist's pages",
        )
        parser.add_argument("--lines", type=int, default=200_000)
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, name, lines, rounds, **options):
        figures = _feeds(lines, rounds, self.say) if name == "feeds" else _pages(self.say)
        if options["json"]:
            self.stdout.write(json.dumps(figures, indent=2))
        else:
            self.stdout.write("\n".join(f"{label:<60} {value}" for label, value in figures.items()))

    def say(self, line):
        self.stderr.write(line)


def _feeds(lines, rounds, say):
    """Loads the same file into as many new payers as there are rounds, each time beside a raw COPY of it."""
    today, loads, copies, judged = timezone.localdate(), [], [], []
    with tempfile.TemporaryDirectory() as folder, _database_of_its_own(Path(folder), say):
        feed = Path(folder)
        members = round(lines / PHARMACY_LINES_A_MEMBER) + 1
        say(f"Inventing {members:,} members")
        population.write(feed, members=members, year=today.year, seed=SEED, payer="bench", as_of=today)
        whole, cut = feed / "pharmacy_claim.csv", feed / "cut.csv"
        with whole.open("rb") as source, cut.open("wb") as target:
            target.writelines(islice(source, lines + 1))
        for number in range(rounds):
            payer = _payer(f"bench-{time.time_ns()}")
            _load(payer, feed / "eligibility.csv")
            copies.append(_raw_copy(cut))
            seconds, delivery = _load(payer, cut)
            loads.append(seconds)
            began = time.monotonic()
            with context.acting_as(context.worker_for(payer.pk)):
                run = measures.evaluate(payer=payer, year=today.year, as_of=today, cause="bench")
            judged.append(time.monotonic() - began)
            say(
                f"Round {number + 1}: load {seconds:.1f} s, COPY {copies[-1]:.2f} s, {run.results:,} results in {judged[-1]:.1f} s"
            )
    load, copy = statistics.median(loads), statistics.median(copies)
    return {
        "lines": delivery.lines,
        "lines loaded": delivery.loaded,
        "load, lines/s": round(delivery.lines / load),
        "raw COPY of the same file into a bare table, lines/s": round(delivery.lines / copy),
        "load as a share of raw COPY": f"1/{load / copy:.1f}",
        "members": members,
        "conditions and three measures, all members, s": round(statistics.median(judged), 1),
    }


@contextmanager
def _database_of_its_own(folder, say):
    """Every log-in in a scratch database that no worker knows: nothing is left behind, and nobody works at it beside."""
    say("Making a database for it")
    before = connections["owner"].settings_dict["NAME"]
    deliveries = override_settings(DELIVERIES=folder / "deliveries")
    with scratch_database(administrator()) as admin, deliveries, jobs.nobody_woken():
        with admin.connect(autocommit=True) as connection:
            let_the_owner_build(connection)
        _all_log_in_to(admin.database)
        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            _all_log_in_to(before)


def _all_log_in_to(database):
    for connection in connections.all():
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = database


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


def _raw_copy(path):
    """Seconds of COPY of the file, as text columns, into a logged table without index or constraint, commit included."""
    with path.open("rb") as stream, connections["owner"].cursor() as cursor:
        columns = ", ".join(f"{name} text" for name in stream.readline().decode().strip().split(","))
        cursor.execute("drop table if exists bench_copy")
        cursor.execute(f"create table bench_copy ({columns})")
        began = time.monotonic()
        # FORCE_NULL and the like are left out: the bare copy does nothing but copy; malformed lines stop it, so they are dropped.
        wanted = columns.count(",")
        with cursor.copy("copy bench_copy from stdin (format csv)") as copy:
            for line in stream:
                if line.count(b",") == wanted and b'"' not in line:
                    copy.write(line)
        seconds = time.monotonic() - began
        cursor.execute("drop table bench_copy")
    return seconds


def _pages(say):
    """p50 and p95 of Today and of Patient, in process, through all middleware, as the pharmacist with most flags."""
    person, patients = _busiest()
    figures = {"pharmacist's open flags": len(patients)}
    with override_settings(SECOND_FACTOR_REQUIRED=False, ALLOWED_HOSTS=["testserver"]):
        browser = Browser()
        browser.force_login(person)
        pages = {"Today": ["/portal/"] * 100, "Patient": [f"/portal/patients/{one}/" for one in patients[:100]]}
        for name, addresses in pages.items():
            browser.get(addresses[0])
            took = sorted(_timed(browser, address) for address in addresses)
            figures[f"{name}, p50 ms"] = round(1000 * statistics.median(took))
            figures[f"{name}, p95 ms"] = round(1000 * took[int(len(took) * 0.95)])
            say(f"{name}: {len(took)} requests")
    return figures


def _timed(browser, address):
    began = time.perf_counter()
    answer = browser.get(address)
    if answer.status_code != 200:
        raise CommandError(f"A page answered {answer.status_code}.")
    return time.perf_counter() - began


def _busiest():
    people = [user for user in User.objects.filter(is_active=True) if user.scope and user.scope.role == "portal"]
    found = []
    for person in people:
        with context.acting_as(person.scope):
            flags = Flag.objects.visible_to(person).filter(status=Flag.Status.OPEN)
            found.append((list(flags.values_list("patient__public_id", flat=True)), person))
    if not any(patients for patients, _ in found):
        raise CommandError("Nobody has a flag: run `manage.py demo --once` first.")
    patients, person = max(found, key=lambda pair: len(pair[0]))
    return person, patients
