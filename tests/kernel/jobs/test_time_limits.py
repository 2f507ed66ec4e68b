"""Work that takes too long is stopped by a real worker, given back as if it had never begun, and the worker goes on."""

import os
import subprocess
import sys
import time

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection, transaction

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context

from .slow_worker import HANDLERS

pytestmark = pytest.mark.django_db(transaction=True)


def broker(folder):
    """Celery settings of a broker that is a folder."""
    places = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": f"{folder}/control"}
    return {"broker_url": "filesystem://", "broker_transport_options": places}


@pytest.fixture
def send(tmp_path, monkeypatch):
    """`send("test.query", soft, hard)` hands a row to a worker that runs for the length of the test; returns its id."""
    monkeypatch.setattr(jobs, "_handlers", HANDLERS)
    monkeypatch.setattr(jobs, "_wake", None)
    app = Celery(set_as_current=False)
    app.conf.update(**broker(str(tmp_path)))
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "carecoord.settings", "PYTHONPATH": str(settings.BASE_DIR)}
    arguments = [connection.settings_dict["NAME"], str(tmp_path)]
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.kernel.jobs.slow_worker", *arguments], env=environment, cwd=settings.BASE_DIR
    )

    def go(topic, soft, hard):
        with context.logged_in("worker"):
            pk = jobs.hand_on(topic=topic).pk
        with app.connection_for_write() as link:
            app.send_task("jobs.work", [pk], queue="quick", soft_time_limit=soft, time_limit=hard, connection=link)
        return pk

    yield go
    worker.terminate()
    assert worker.wait(timeout=30) == 0  # a graceful stop


def row_when(pk, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with context.logged_in("worker"):
            row = Outbox.objects.get(pk=pk)
        if condition(row):
            return row
        time.sleep(0.1)
    raise AssertionError(vars(row))


def is_free(pk):
    """Nobody holds the row: whoever comes next can work on it."""
    with context.logged_in("worker"), transaction.atomic():
        return Outbox.objects.select_for_update(skip_locked=True).filter(pk=pk).exists()


def test_it_is_asked_to_stop_then_stopped_and_the_worker_goes_on(send):
    asked = send("test.query", 1, 30)
    row = row_when(asked, lambda row: row.last_error)
    assert (row.tries, row.done_at, row.failed_at) == (1, None, None)
    assert "SoftTimeLimitExceeded" in row.last_error
    assert is_free(asked)

    killed = send("test.deaf", 1, 2)
    after = send("test.quick", 30, 60)
    assert row_when(after, lambda row: row.done_at)
    row = row_when(killed, lambda row: row.tries)
    assert (row.done_at, row.failed_at) == (None, None)
    assert is_free(killed)
