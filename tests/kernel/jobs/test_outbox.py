"""Work is handed on in the transaction that causes it, done once, tried again, and given up in the end."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox

pytestmark = pytest.mark.django_db
DONE, GIVEN_UP = [], []


def note(row):
    DONE.append(row.subject_id)


def mourn(row):
    GIVEN_UP.append((row.subject_id, row.last_error))


def fail(row):
    raise ValueError("no luck")


def fail_in_the_database(row):
    with connection.cursor() as cursor:
        cursor.execute("select 1 / 0 where 'Mrs Canary' <> ''")


@pytest.fixture(autouse=True)
def topics(monkeypatch):
    DONE.clear()
    GIVEN_UP.clear()
    handlers = {f"test.{f.__name__}": f"{__name__}.{f.__name__}" for f in (note, fail, fail_in_the_database)}
    monkeypatch.setattr(jobs, "_handlers", handlers)
    monkeypatch.setattr(jobs, "_mourners", dict.fromkeys(handlers, f"{__name__}.mourn"))
    monkeypatch.setattr(jobs, "_wake", None)


def later(row):
    """Time passes until the row may be tried again."""
    with jobs.context.logged_in("worker"):
        Outbox.objects.filter(pk=row.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))


def hand_on(topic, **more):
    with jobs.context.logged_in("worker"):
        return jobs.hand_on(topic=topic, **more)


def now(row):
    with jobs.context.logged_in("worker"):
        return Outbox.objects.get(pk=row.pk)


def test_a_row_is_done_once_however_often_the_broker_says_it():
    row = hand_on("test.note", subject_id=7)
    assert jobs.work(outbox_id=row.pk) is True
    assert jobs.work(outbox_id=row.pk) is False
    assert DONE == [7]


def test_a_topic_that_nobody_handles_is_refused_when_it_is_handed_on():
    with pytest.raises(LookupError):
        hand_on("test.nobody")


def test_asked_for_twice_under_one_key_it_is_one_row():
    assert hand_on("test.note", key="k").pk == hand_on("test.note", key="k").pk


def test_work_that_was_rolled_back_was_never_handed_on():
    with pytest.raises(ZeroDivisionError), jobs.context.logged_in("worker"), transaction.atomic():
        jobs.hand_on(topic="test.note", subject_id=1)
        raise ZeroDivisionError
    assert jobs.drain() == 0
    assert DONE == []


@pytest.mark.parametrize("topic", ["test.fail", "test.fail_in_the_database"])
def test_a_failing_row_is_tried_again_later_and_given_up_in_the_end(topic):
    row = hand_on(topic)
    for attempt in range(1, jobs.MAX_TRIES + 1):
        with pytest.raises(Exception, match="no luck|division"):
            jobs.work(outbox_id=row.pk)
        assert now(row).tries == attempt
        assert jobs.due() == []  # not at once: after a pause
        later(row)
    assert now(row).failed_at is not None
    assert now(row).last_error in ("ValueError: no luck", "DivisionByZero")  # what a database says may quote its rows
    assert jobs.due() == []
    assert jobs.work(outbox_id=row.pk) is False


def test_who_waits_for_the_work_is_told_once_that_it_is_given_up():
    row = hand_on("test.fail", subject_id=4)
    for attempt in range(1, jobs.MAX_TRIES + 1):
        assert GIVEN_UP == [], attempt
        with pytest.raises(ValueError):
            jobs.work(outbox_id=row.pk)
    assert jobs.work(outbox_id=row.pk) is False
    assert GIVEN_UP == [(4, "ValueError: no luck")]


def test_a_fault_in_telling_keeps_nobody_trying(monkeypatch):
    monkeypatch.setattr(jobs, "_mourners", {"test.fail": f"{__name__}.fail_in_the_database"})
    row = hand_on("test.fail")
    for _ in range(jobs.MAX_TRIES):
        with pytest.raises(ValueError):
            jobs.work(outbox_id=row.pk)
    assert now(row).failed_at is not None


def test_one_rows_fault_does_not_keep_the_others_waiting():
    hand_on("test.fail")
    hand_on("test.note", subject_id=5)
    with pytest.raises(ValueError):
        jobs.drain()
    assert DONE == [5]


def test_a_row_that_kills_its_worker_every_time_is_given_up():
    row = hand_on("test.note", subject_id=6)
    with jobs.context.logged_in("worker"):
        for _ in range(jobs.MAX_TRIES):
            assert jobs._begin(row.pk) is not None  # the try is committed, then the worker dies
    assert jobs.work(outbox_id=row.pk) is False
    assert now(row).failed_at is not None
    assert DONE == []
    assert GIVEN_UP == [(6, "Its worker died at every try.")]


def test_a_broker_that_is_down_loses_nothing(monkeypatch, django_capture_on_commit_callbacks):
    def down(outbox_id):
        raise ConnectionError("broker")

    monkeypatch.setattr(jobs, "_wake", down)
    with django_capture_on_commit_callbacks(using="owner", execute=True):
        row = hand_on("test.note", subject_id=3)
    assert jobs.due() == [row.pk]
    assert jobs.drain() == 1
    assert DONE == [3]


def test_the_sweeper_wakes_workers_for_what_was_forgotten(monkeypatch):
    woken = []
    row = hand_on("test.note")
    monkeypatch.setattr(jobs, "_wake", woken.append)
    assert jobs.sweep() == 1
    assert woken == [row.pk]


def test_one_run_a_slot_however_many_beats():
    assert [jobs.once_a_slot(job="nightly", every=86_400) for _ in range(3)] == [True, False, False]
    assert jobs.once_a_slot(job="other", every=86_400) is True
