"""Machines ask whether it is alive, ready, and how much it does; strangers get one word."""

import os
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from django.conf import settings as live
from django.db import Error as DatabaseError
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.telemetry import sightings
from carecoord.kernel.telemetry.models import Sighting
from carecoord.kernel.tenancy import context
from carecoord.operations import figures, health, tasks
from carecoord.schedule import BEAT, QUEUES, SMALL_BYTES, TOPICS, queue_of

pytestmark = pytest.mark.django_db
STRANGER = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def all_well(monkeypatch, settings):
    settings.BROKER_URL = "redis://broker"
    monkeypatch.setattr(health, "queue_lengths", lambda: dict.fromkeys(QUEUES, 0))
    sightings.note("beat")


def findings():
    return {each.code: each for each in health.everything()}


def test_health_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/health", **STRANGER)
    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


def test_a_stranger_learns_one_word_and_the_monitor_each_check(client):
    assert client.get("/ready", **STRANGER).json() == {"status": "ready"}
    told = client.get("/ready").json()
    assert told["checks"] == dict.fromkeys(("database", "migrations", "disk", "broker", "beat", "outbox"), "ok")


def test_not_ready_without_a_database(client, monkeypatch):
    def down():
        raise DatabaseError

    monkeypatch.setattr(health, "connection", SimpleNamespace(cursor=down))
    answer = client.get("/ready", **STRANGER)
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})


def test_not_ready_before_the_migrations(client, as_owner):
    with as_owner():
        health.MigrationRecorder.Migration.objects.filter(app="patients", name="0001_initial").delete()
    assert client.get("/ready").status_code == 503
    assert "patients.0001_initial" in health.migrations().says


def test_not_ready_on_a_full_disk(client, monkeypatch):
    def usage(total, free):
        return lambda path: type("Usage", (), {"total": total, "free": free})

    monkeypatch.setattr(health.shutil, "disk_usage", usage(100, 5))
    assert health.disk().state == "warning"
    monkeypatch.setattr(health.shutil, "disk_usage", usage(100, 1))
    assert client.get("/ready").status_code == 503


def test_broker_and_beat_are_told_but_keep_no_page_from_anybody(client, monkeypatch):
    def down():
        raise redis.ConnectionError

    monkeypatch.setattr(health, "queue_lengths", down)
    with context.logged_in("worker"):
        Sighting.objects.filter(name="beat").update(at=timezone.now() - timedelta(minutes=3))
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert (answer.json()["checks"]["broker"], answer.json()["checks"]["beat"]) == ("failing", "failing")


def row(**fields):
    with context.logged_in("worker"):
        return Outbox.objects.create(topic="payer.due", **fields)


def test_work_that_waits_or_was_given_up_is_found_and_says_since_when():
    assert findings()["outbox"].state == findings()["failures"].state == "ok"
    ago = timezone.now() - timedelta(minutes=7)
    row(next_try_at=ago)
    row(failed_at=ago)
    found = findings()
    assert (found["outbox"].state, found["outbox"].since) == ("warning", ago)
    assert (found["failures"].state, found["failures"].since) == ("warning", ago)
    assert figures.waiting()["measures"] == (1, pytest.approx(420, abs=5))
    assert figures.given_up() == [("payer.due", 1, ago)]


@pytest.mark.parametrize(("name", "days"), [("backup", 1), ("drill", 34)])
def test_a_back_up_and_a_drill_are_asked_for(name, days):
    assert (findings()[name].state, findings()[name].says) == ("warning", "Never seen.")
    sightings.note(name)
    with context.logged_in("worker"):
        Sighting.objects.filter(name=name).update(at=timezone.now() - timedelta(days=days))
    assert findings()[name].state == "ok"
    with context.logged_in("worker"):
        Sighting.objects.filter(name=name).update(at=timezone.now() - timedelta(days=days + 2))
    assert findings()[name].state == "warning"


def test_the_night_is_looked_for():
    with context.logged_in("worker"):
        Outbox.objects.create(topic="night", done_at=timezone.now())
    assert findings()["night"].state == "ok"


def test_a_trail_that_is_not_sealed_is_told(client, cast, as_owner):
    assert findings()["trail"].state == "ok"
    ago = timezone.now() - timedelta(minutes=11)
    with as_owner():
        AuditEvent.objects.create(at=ago, login="x", event="x", transaction_id=2**50)
    found = findings()["trail"]
    assert (found.state, found.says) == ("warning", "The oldest event without a seal is 11 minutes old.")
    assert abs(found.since - ago) < timedelta(seconds=1)
    assert float(value(client.get("/metrics").content.decode(), "carecoord_audit_unsealed_seconds")) > 600


def test_metrics_are_for_this_machine_or_for_who_shows_the_token(client, settings):
    assert client.get("/metrics", **STRANGER).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 404
    assert client.get("/metrics").status_code == 200
    settings.METRICS_TOKEN = "a token of the monitor"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}, **STRANGER).status_code == 404
    shown = client.get("/metrics", headers={"Authorization": "Bearer a token of the monitor"}, **STRANGER)
    assert shown.status_code == 200


def test_metrics_say_what_is_counted(client, cast):
    row(next_try_at=timezone.now() - timedelta(minutes=7))
    tasks.count()
    client.post("/login/", {"login": "nobody@example.org", "password": "wrong"})
    text = client.get("/metrics").content.decode()
    assert 'carecoord_request_seconds_count{method="POST",route="account_login",status="200"}' in text
    assert float(value(text, "carecoord_sign_in_failures_total")) >= 1
    assert value(text, 'carecoord_outbox_rows{queue="measures"}') == "1.0"
    assert float(value(text, 'carecoord_outbox_lag_seconds{queue="measures"}')) > 400
    assert value(text, 'carecoord_deliveries{state="received"}') == "2.0"
    assert value(text, 'carecoord_service_claims{status="submitted"}') == "2.0"
    assert value(text, "carecoord_flags_open") == "2.0"
    assert "canary" not in text


def value(text, name):
    return next(line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(name + " "))


PROCESS = "from carecoord.kernel.telemetry.meters import TASKS; TASKS.labels('a.topic', 'done').observe(2)"
ASK = (
    "from carecoord.faces.monitor.exposition import *; r = CollectorRegistry(); MultiProcessCollector(r); "
    "print(generate_latest(r).decode())"
)


def test_what_several_processes_counted_is_added_up_by_whichever_is_asked(tmp_path):
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "carecoord.settings"}
    ask = f"import django; django.setup(); {ASK}"
    for code in (PROCESS, PROCESS, ask):
        answer = subprocess.run(
            [sys.executable, "-c", code], env=env, cwd=live.BASE_DIR, capture_output=True, text=True, check=True
        )
    assert value(answer.stdout, 'carecoord_task_seconds_count{outcome="done",topic="a.topic"}') == "2.0"
    assert value(answer.stdout, 'carecoord_task_seconds_sum{outcome="done",topic="a.topic"}') == "4.0"


def test_the_page_is_for_administrators_and_says_what_to_do(client, cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    row(failed_at=timezone.now())
    client.force_login(cast.dana)
    assert client.get(reverse("pbm:system")).status_code == 403
    client.force_login(cast.ada)
    page = client.get(reverse("pbm:system"))
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("PostgreSQL", "Run manage.py backup DIR", "payer.due", "measures", "Work given up"):
        assert words in text


def test_every_topic_has_a_queue_whose_limits_lie_below_the_brokers_patience():
    patience = live_app().conf.broker_transport_options["visibility_timeout"]
    for queue in QUEUES.values():
        assert queue.soft_seconds < queue.hard_seconds < patience
        assert set(queue.topics) <= TOPICS.keys()
    named = [topic for queue in QUEUES.values() for topic in queue.topics]
    assert len(named) == len(set(named))
    assert {each["task"] for each in BEAT.values()} <= live_app().tasks.keys()


def live_app():
    from carecoord.celery import app

    app.loader.import_default_modules()
    return app


def test_a_small_delivery_does_not_wait_behind_a_large_one():
    assert queue_of("delivery.received", {"bytes": SMALL_BYTES}) == "fresh"
    assert queue_of("delivery.received", {"bytes": SMALL_BYTES + 1}) == queue_of("delivery.received", {}) == "feeds"
    assert queue_of("a letter", {}) == "quick"
