"""One Idempotency-Key is one delivery, however often and however fast it is sent."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from carecoord.faces.api import under_way
from carecoord.kernel.jobs import actions as jobs
from patients.claims import storage
from patients.claims.models import Delivery

from .sending import GOOD, HEADER, files, send

pytestmark = pytest.mark.django_db
BODY = HEADER + GOOD


def test_a_replay_answers_as_the_first_time_and_says_that_it_is_one(client, bearer):
    first = send(client, bearer, BODY, key="k1")
    jobs.drain()
    again = send(client, bearer, BODY, key="k1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert client.get(again.headers["Location"], headers=bearer).json()["state"] == "loaded"
    assert len(files()) == 1


def test_the_same_bytes_in_another_format_are_another_request(client, bearer):
    send(client, bearer, BODY, key="k1")
    answer = send(client, bearer, BODY, key="k1", address="/api/v1/deliveries?format=cms_rif")
    assert (answer.status_code, answer.json()["type"]) == (422, "/api/v1/docs#problem-key-reused")


def test_while_the_first_is_under_way_the_second_is_told_to_wait(client, bearer, frank, as_owner):
    with storage.alone("idempotency key", frank.client_id, "k1"):
        answer = send(client, bearer, BODY, key="k1")
        assert (answer.status_code, answer.headers["Retry-After"]) == (409, str(under_way.RETRY_SECONDS))
        assert answer.json()["type"] == "/api/v1/docs#problem-in-flight"
        assert send(client, bearer, BODY, key="k2").status_code == 202
    with as_owner():
        assert not Delivery.objects.filter(idempotency_key="k1").exists()
    assert send(client, bearer, BODY, key="k1").status_code == 202


def test_what_is_done_is_told_even_while_another_asks(client, bearer, frank):
    send(client, bearer, BODY, key="k1")
    with storage.alone("idempotency key", frank.client_id, "k1"):
        assert send(client, bearer, BODY, key="k1").headers["Idempotency-Replayed"] == "true"


def test_a_killed_process_holds_no_key():
    program = (
        "import sys, time, pathlib; from django.conf import settings;"
        "settings.configure(DELIVERIES=pathlib.Path(sys.argv[1])); from patients.claims import storage;"
        "held = storage.alone('k'); held.__enter__(); print('held', flush=True); time.sleep(60)"
    )
    words = [sys.executable, "-c", program, str(settings.DELIVERIES)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=settings.BASE_DIR) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(storage.Taken), storage.alone("k"):
            raise AssertionError("two hold the same name")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with storage.alone("k"):
        pass
    assert list(Path(settings.DELIVERIES, "held").iterdir()) == []


def test_a_name_is_held_once_however_many_ask():
    inside, most = [], []

    def hold(_):
        try:
            with storage.alone("k"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()
        except storage.Taken:
            return 0
        return 1

    with ThreadPoolExecutor(12) as pool:
        done = sum(pool.map(hold, range(400)))
    assert done > 0
    assert max(most) == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_retries_at_once_are_one_delivery(bearer, as_owner):
    start = threading.Barrier(10)

    def one(number):
        if number < 10:
            start.wait()
        try:
            answer = send(Client(), bearer, BODY, key="k1")
            return answer.status_code, answer.headers.get("Retry-After"), answer.json().get("id")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, range(50)))
    with as_owner():
        ids = {str(d.public_id) for d in Delivery.objects.filter(idempotency_key="k1")}
    assert len(ids) == 1
    assert {status for status, _, _ in answers} <= {202, 409}
    assert {told for status, _, told in answers if status == 202} == ids
    assert all(wait for status, wait, _ in answers if status == 409)
    assert len(files()) == 1
