"""Workers die, brokers forget, two files come at once: every line is still accounted for, once."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.utils import timezone

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context
from patients.claims import actions
from patients.claims import load as loading
from patients.claims.models import Fill, PharmacyEvent, Repeat, TouchedPatient

from .feeds import claim, claims_file, counts, exported, fresh, load, span, spans_file, states, take

pytestmark = pytest.mark.django_db(transaction=True)
LINES = claims_file(
    *(claim(f"C{i:03}", paid_date="2025-03-05") for i in range(300)),
    *(claim(f"C{i:03}", paid_date="2025-03-06", transaction_code="B2") for i in range(30)),
    claim("C100", paid_date="2025-03-05"),
    claim("bad", quantity="x"),
)


def row_of(delivery):
    return Outbox.objects.get(topic="delivery.received", subject_id=delivery.pk)


def work_until_killed(delivery, point, settings):
    name = connection.settings_dict["NAME"]
    arguments = [name, str(row_of(delivery).pk), point, str(settings.DELIVERIES)]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "carecoord.settings",
        "PYTHONPATH": str(django_settings.BASE_DIR),
    }
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed_worker.py")), *arguments],
        env=environment,
        capture_output=True,
        timeout=120,
    )


@pytest.mark.parametrize("point", ["staging.take", "events.insert", "facts.restate", "counts.recount"])
def test_a_worker_killed_in_the_middle_loses_no_line_and_doubles_none(payer, settings, as_owner, point):
    load(payer, spans_file(span("M1")))
    delivery = take(payer, LINES)
    with as_owner():
        died = work_until_killed(delivery, point, settings)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
        assert not PharmacyEvent.objects.exists()
        delivery.refresh_from_db()
        assert delivery.state == "loading"
        row = row_of(delivery)
        assert (row.tries, row.done_at) == (1, None)
        row.next_try_at = timezone.now()  # the pause before the sweeper finds it is cut short
        row.save()
    jobs.drain()
    assert counts(fresh(payer, delivery)) == (332, 330, 0, 1, 1, 0)
    assert sum(state == "paid" for state in states(payer).values()) == 270
    with as_owner():
        assert (PharmacyEvent.objects.count(), Fill.objects.count(), Repeat.objects.count()) == (330, 270, 1)
        assert TouchedPatient.objects.filter(delivery=delivery).count() == 1
        assert row_of(delivery).done_at


def test_a_broker_that_is_down_delays_and_loses_nothing(payer, monkeypatch):
    def down(outbox_id):
        raise ConnectionError("no broker")

    monkeypatch.setattr(jobs, "_wake", down)
    delivery = take(payer, LINES)
    assert fresh(payer, delivery).state == "received"
    monkeypatch.setattr(jobs, "_wake", lambda outbox_id: None)  # back, and without a memory
    assert row_of(delivery).pk in jobs.due()
    jobs.drain()
    assert fresh(payer, delivery).state == "loaded"


def test_two_files_of_one_payer_at_once_come_to_the_same_as_one_after_the_other(payer, as_owner):
    load(payer, spans_file(span("M1")))
    first = take(payer, LINES)
    second = take(payer, claims_file(*(claim(f"C{i:03}", paid_date="2025-03-05") for i in range(200, 400))))
    rows, faults = [row_of(first).pk, row_of(second).pk], []

    def work(pk):
        try:
            assert jobs.work(outbox_id=pk)
        except BaseException as fault:  # a thread's fault must reach the test
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(pk,)) for pk in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not faults
    found = [counts(fresh(payer, delivery)) for delivery in (first, second)]
    assert [c[0] for c in found] == [332, 200]
    assert sum(c[1] for c in found) == 430
    assert sum(c[3] for c in found) == 101
    assert len(exported(payer)) == 400
    with as_owner():
        assert Fill.objects.count() == 370


def broken(*args, **kwargs):
    raise RuntimeError("disk on fire")


def try_in_vain(delivery):
    for _ in range(jobs.MAX_TRIES):
        with pytest.raises(RuntimeError):
            jobs.work(outbox_id=row_of(delivery).pk)


def try_again(payer, delivery):
    with context.acting_as(context.worker_for(payer.pk)):
        actions.try_again(delivery=delivery, by=None)


def test_a_load_that_always_fails_is_given_up_says_so_and_can_be_tried_again(payer, monkeypatch, as_owner):
    delivery = take(payer, LINES)
    with monkeypatch.context() as fault:
        fault.setattr(loading.counts, "recount", broken)
        try_in_vain(delivery)
    told = fresh(payer, delivery)
    assert told.state == "failed"
    assert "failed several times" in told.refusal and "the file is kept" in told.refusal
    with as_owner():
        assert not PharmacyEvent.objects.exists()
        assert row_of(delivery).failed_at
        assert AuditEvent.objects.get(event="delivery.given_up").detail["reason"] == "RuntimeError: disk on fire"
    assert jobs.drain() == 0
    try_again(payer, delivery)
    told = fresh(payer, delivery)
    assert (told.state, told.refusal) == ("received", "")
    jobs.drain()
    assert counts(fresh(payer, delivery)) == (332, 0, 330, 1, 1, 0)
    with pytest.raises(actions.CannotTryAgain, match="is loaded: only a failed one"):
        try_again(payer, delivery)


def test_a_load_that_kills_its_worker_every_time_says_so(payer, as_owner):
    delivery = take(payer, LINES)
    with as_owner():
        pk = row_of(delivery).pk
    with context.acting_as(context.worker_for(payer.pk)):
        loading.announce(delivery, "loading")
    with context.logged_in("worker"):
        for _ in range(jobs.MAX_TRIES):
            assert jobs._begin(pk)  # the try is committed, then the worker dies
    assert jobs.work(outbox_id=pk) is False
    assert fresh(payer, delivery).state == "failed"


def test_a_withdrawal_that_always_fails_says_that_the_file_still_counts(payer, monkeypatch):
    load(payer, spans_file(span("M1")))
    delivery = load(payer, LINES)
    with context.acting_as(context.worker_for(payer.pk)):
        actions.withdraw(delivery=delivery, reason="Wrong month", by=None)
    with monkeypatch.context() as fault:
        fault.setattr(loading.fold, "settle", broken)
        for _ in range(jobs.MAX_TRIES):
            with pytest.raises(RuntimeError):
                jobs.work(outbox_id=Outbox.objects.get(topic="delivery.withdrawn").pk)
    told = fresh(payer, delivery)
    assert (told.state, len(states(payer))) == ("withdrawn", 300)
    assert "what it had told still counts" in told.refusal
    try_again(payer, delivery)
    jobs.drain()
    assert fresh(payer, delivery).refusal == ""
    assert states(payer) == {}
