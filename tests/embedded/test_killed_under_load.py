"""SIGKILL in the middle of a load, with nothing replaced: own PostgreSQL and Valkey, a real Celery worker, a real beat.

A lock that the test holds stops the load at a known place, so that the kill is always in the middle of it. Afterwards
every line must be accounted for once, and the claims must be those of a payer whose load nobody disturbed.
"""

import contextlib
import os
import signal
import subprocess
import sys

import psycopg
import pytest
import redis

from carecoord.embedded import home as homes
from carecoord.embedded import postgres, valkey
from tests.patients.claims.feeds import claim, claims_file, span, spans_file

from .conftest import ROOT, UNSET, connect, postmaster, temporary_folder, wait_for

CLAIMS = claims_file(
    *(claim(f"C{i:04}", paid_date="2025-03-06", transaction_code="B2") for i in range(0, 3000, 10)),  # before the fills
    *(claim(f"C{i:04}", paid_date="2025-03-05", member_id=f"M{i % 50}") for i in range(3000)),
    *(claim(f"C{i:04}", paid_date="2025-03-05", member_id=f"M{i % 50}") for i in range(100)),  # said twice
    claim("C0001", paid_date="2025-03-05", quantity="31", member_id="M1"),  # and once with other words
    claim("bad", quantity="x"),
)
PREPARE = """
import django; django.setup()
from carecoord.kernel.jobs import actions as jobs
from tests.patients.claims import feeds
import sys
from pathlib import Path
spans, claims = (Path(name).read_bytes() for name in sys.argv[1:])
for code in ("calm", "first", "second", "third"):
    payer = feeds.new_payer(code)
    feeds.take(payer, spans)
    if code == "calm":
        jobs.drain()
        feeds.take(payer, claims)
jobs.drain()
"""
RECEIVE = """
import django; django.setup()
import sys
from pathlib import Path
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy.context import logged_in
from tests.patients.claims import feeds
with logged_in("worker"):
    payer = Organisation.objects.get(code=sys.argv[1])
print(feeds.take(payer, Path(sys.argv[2]).read_bytes()).pk)
"""
BEAT = """
import sys
from carecoord import schedule
schedule.BEAT["sweep"]["schedule"] = 0.5  # the same beat, in less of a hurry outside of tests
from celery.__main__ import main
sys.argv = ["celery", "-A", "carecoord.celery", "beat", "--schedule", sys.argv[1]]
main()
"""
STANDING = """
select record_id, record_line, member_id, standing, settled_version, in_conflict, is_withdrawn, patient_id is null, quantity
  from claims_pharmacyevent e join accounts_organisation o on o.id = e.payer_id where o.code = %s order by 1, 2, 3, 9
"""
FACTS = """
select m.member_id, f.day, f.ndc, f.days_supply from claims_fill f join patients_member m using (payer_id, patient_id)
  join accounts_organisation o on o.id = f.payer_id where o.code = %s order by 1, 2, 3, 4
"""
COUNTS = "lines, loaded, waiting, repeated, rejected, conflicting"


class Stack:
    """A home with its servers, and the processes that a test starts in it."""

    def __init__(self, folder, broker):
        self.folder, self.broker, self.running = folder, broker, []
        (folder / "spans.csv").write_bytes(spans_file(*(span(f"M{i}") for i in range(50) if i != 7)))
        (folder / "claims.csv").write_bytes(CLAIMS)

    def run(self, code, *arguments):
        answer = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def start(self, *arguments):
        log = (self.folder / f"{len(self.running)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)], cwd=ROOT, env=self.env, start_new_session=True, stdout=log, stderr=log,
        )  # fmt: skip
        log.close()
        self.running.append(process)
        return process

    def worker(self):
        return self.start("-m", "celery", "-A", "carecoord.celery", "worker", "--concurrency", "1")

    def beat(self):
        return self.start("-c", BEAT, self.folder / f"beat-{len(self.running)}")

    def receive(self, payer):
        return int(self.run(RECEIVE, payer, self.folder / "claims.csv"))

    def kill(self, process):
        """The worker and all that it started, with no chance to say goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @property
    def env(self):
        paths = {"PYTHONPATH": str(ROOT), "BROKER_URL": self.broker, "DJANGO_SETTINGS_MODULE": "carecoord.settings"}
        return os.environ | paths


@pytest.fixture(scope="module")
def stack(migrated):
    with temporary_folder() as folder, pytest.MonkeyPatch.context() as patch:
        for name in UNSET:
            patch.delenv(name, raising=False)
        patch.setenv("CARECOORD_HOME", str(folder / "home"))
        patch.setenv("CARECOORD_TESTING", "0")
        patch.setenv("CARECOORD_PG_UNSAFE", "0")  # what was acknowledged must outlive the server
        subprocess.run(["cp", "-a", migrated, folder / "home"], check=True)
        postgres.ensure_postgres()
        made = Stack(folder, valkey.ensure_broker())
        made.run(PREPARE, folder / "spans.csv", folder / "claims.csv")
        try:
            yield made
        finally:
            for process in made.running:
                made.kill(process)


@pytest.fixture(autouse=True)
def nothing_left_running(stack):
    yield
    for process in stack.running:
        stack.kill(process)
    valkey_says("FLUSHALL")


def owner():
    return connect(user="postgres")


def one(sql, *values):
    with owner() as connection:
        return connection.execute(sql, values).fetchone()


def valkey_says(*command):
    broker = valkey.this_broker()
    with redis.Redis(unix_socket_path=str(broker.socket), password=homes.secrets()["broker_password"]) as client:
        return client.execute_command(*command)


@contextlib.contextmanager
def stopped_in_the_middle(stack, payer, where):
    """Yields (delivery id, worker) while the worker's load waits for a lock at `where`; the lock is given back at the end."""
    lock = {
        "staged": "select pg_advisory_xact_lock(hashtext('carecoord.claims'), id::int) from accounts_organisation where code = %s",
        "folded": "lock table claims_touchedpatient in share mode",
    }[where]
    with owner() as holder:
        holder.autocommit = False
        holder.execute(lock, [payer] if "%s" in lock else None)
        delivery, worker = stack.receive(payer), stack.worker()
        wait_for(lambda: one("select 1 from pg_locks where not granted"), seconds=60)
        assert one("select state from claims_delivery where id = %s", delivery) == ("loading",)
        yield delivery, worker
        with contextlib.suppress(psycopg.OperationalError):  # the server may be gone: that is what is tested
            holder.rollback()


def cut_the_pause_short(delivery):
    """The sweeper leaves a row alone for a while after each try; a test does not wait for that."""
    one(
        "update jobs_outbox set next_try_at = now() where topic = 'delivery.received' and subject_id = %s returning 1",
        delivery,
    )


def assert_accounted_for(payer, delivery, *, tries):
    row = "select done_at is not null from jobs_outbox where topic = 'delivery.received' and subject_id = %s"
    wait_for(lambda: one(row, delivery) == (True,), seconds=60)
    assert one("select tries from jobs_outbox where topic = 'delivery.received' and subject_id = %s", delivery) == (
        tries,
    )
    assert one("select state from claims_delivery where id = %s", delivery) == ("loaded",)
    lines, *parts = one(f"select {COUNTS} from claims_delivery where id = %s", delivery)
    assert lines == sum(parts) == 3402 and all(parts), parts
    with owner() as connection:
        for question in (STANDING, FACTS):
            calm, struck = (connection.execute(question, [code]).fetchall() for code in ("calm", payer))
            assert len(calm) > 2000 and struck == calm
        told = f"select {COUNTS} from claims_delivery d join accounts_organisation o on o.id = d.payer_id"
        counts = connection.execute(told + " where d.kind = 'pharmacy_claim' and o.code in ('calm', %s)", [payer])
        assert len({*counts.fetchall()}) == 1


def test_what_a_killed_worker_had_in_hand_the_broker_gives_to_the_next(stack):
    with stopped_in_the_middle(stack, "first", "folded") as (delivery, worker):
        stack.kill(worker)
    valkey_says(
        "ZADD", "unacked_index", 0, *valkey_says("ZRANGE", "unacked_index", 0, 0)
    )  # the visibility timeout passes
    stack.worker()
    assert_accounted_for("first", delivery, tries=2)


def test_when_the_broker_forgets_too_the_sweeper_finds_it(stack):
    with stopped_in_the_middle(stack, "second", "staged") as (delivery, worker):
        stack.kill(worker)
        valkey_says("FLUSHALL")
    cut_the_pause_short(delivery)
    stack.worker()
    stack.beat()
    assert_accounted_for("second", delivery, tries=2)


def test_a_database_that_is_killed_under_a_load_comes_back_and_the_load_is_done(stack):
    with stopped_in_the_middle(stack, "third", "folded") as (delivery, _):
        os.kill(postmaster(), signal.SIGKILL)
        wait_for(lambda: not postgres.has_process(postgres.this_server()))
    postgres.ensure_postgres()  # as the supervisor does
    cut_the_pause_short(delivery)
    stack.beat()
    assert_accounted_for("third", delivery, tries=2)
