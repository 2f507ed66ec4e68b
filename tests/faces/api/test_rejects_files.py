"""The rejected lines of a delivery as a file, for its sender and for nobody else."""

import json

import pytest

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from patients.claims import storage
from patients.claims.models import Delivery

from .sending import BAD, GOOD, HEADER, send

pytestmark = pytest.mark.django_db
KINDS = ["csv", "ndjson"]


@pytest.fixture
def delivery(client, bearer, as_owner):
    answer = send(client, bearer, HEADER + GOOD + BAD)
    jobs.drain()
    with as_owner():
        return Delivery.objects.get(public_id=answer.json()["id"])


def ask(client, bearer, delivery, kind):
    return client.get(f"/api/v1/deliveries/{delivery.public_id}/rejects.{kind}", headers=bearer)


def content(answer):
    return b"".join(answer.streaming_content).decode()


def test_as_lines(client, bearer, delivery, as_owner):
    answer = client.get(
        client.get(f"/api/v1/deliveries/{delivery.public_id}", headers=bearer).json()["rejects_csv"], headers=bearer
    )
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    text = content(answer)
    assert answer.headers["Content-Length"] == str(len(text))
    assert text.splitlines()[0] == HEADER.strip() + ",error,error_line"
    assert text.splitlines()[1].startswith(BAD.strip() + ',"not_a_date: ')
    with as_owner():
        event = AuditEvent.objects.get(event="rejects.downloaded")
    assert (event.row_ids, event.row_count, event.detail["as"]) == ([delivery.pk], 1, "csv")


def test_as_objects(client, bearer, delivery):
    told = [json.loads(line) for line in content(ask(client, bearer, delivery, "ndjson")).splitlines()]
    assert [(one["line"], one["raw"], one["errors"][0]["code"]) for one in told] == [(3, BAD.strip(), "not_a_date")]


@pytest.mark.parametrize("accept", ["text/csv", "*/*", "application/json", "nonsense"])
def test_whatever_the_client_accepts(client, bearer, delivery, accept):
    answer = ask(client, bearer | {"Accept": accept}, delivery, "csv")
    assert answer.status_code == 200
    answer.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_finds_nothing(client, bearer, cast, kind):
    assert ask(client, bearer, cast.b.delivery, kind).status_code == 404
    assert ask(client, {}, cast.a.delivery, kind).status_code == 401


@pytest.mark.parametrize("kind", KINDS)
def test_before_the_load_and_after_the_bytes_are_gone(client, bearer, delivery, kind, as_owner):
    waiting = send(client, bearer, HEADER + BAD).json()["id"]
    answer = client.get(f"/api/v1/deliveries/{waiting}/rejects.{kind}", headers=bearer)
    assert (answer.status_code, answer.json()["type"]) == (409, "/api/v1/docs#problem-not-read")
    storage.forget(delivery.stored_as)
    answer = ask(client, bearer, delivery, kind)
    assert (answer.status_code, answer.json()["type"]) == (410, "/api/v1/docs#problem-gone")
