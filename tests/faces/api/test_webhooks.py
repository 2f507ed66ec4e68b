"""A client reads what its own endpoints were told and has a message sent again; the receiving side of it checks what comes."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from django.conf import settings
from django.urls import reverse
from standardwebhooks import Webhook

from carecoord.client.webhooks import NotVerified, verify
from carecoord.kernel.accounts.models import ApiClient
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.webhooks.actions import messages as told
from carecoord.kernel.webhooks.models import Endpoint
from patients.claims import notices
from tests.kernel.webhooks.receiver import as_worker, endpoint_of, listening, messages_of

from . import documented

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def this_machine(monkeypatch):
    monkeypatch.setattr(settings, "WEBHOOK_LOOPBACK", True)
    monkeypatch.setattr(jobs, "_wake", None)


@pytest.fixture
def receiver():
    with listening() as one:
        yield one


def tell(cast, delivery=None):
    with as_worker(cast.a.payer):
        notices.tell(delivery or cast.a.delivery, "delivery.loaded")
    jobs.drain()


def messages_address(endpoint):
    return reverse("api:webhook_messages", args=[endpoint.public_id])


def send_address(endpoint, message):
    return reverse("api:webhook_send", args=[endpoint.public_id, message.public_id])


def test_a_client_sees_its_endpoints_and_what_they_were_told(client, bearer, cast, receiver):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    receiver.says(500, body=b"out of order")
    tell(cast)
    page = client.get("/api/v1/webhooks", headers=bearer).json()
    shown = {one["id"]: one for one in page["results"]}
    assert set(shown) == {str(endpoint.public_id), str(cast.a.webhook.public_id)}
    mine = shown[str(endpoint.public_id)]
    assert mine["url"] == receiver.url and mine["state"] == "late" and mine["failing_since"]
    assert mine["messages"] == messages_address(endpoint)
    (message,) = client.get(mine["messages"], headers=bearer).json()["results"]
    assert message["webhook_id"] == receiver.got[0].headers["webhook-id"] and message["state"] == "waiting"
    assert message["body"].encode() == receiver.got[0].body and message["next_try_at"]
    assert [(one["status"], one["fault"]) for one in message["attempts"]] == [(500, "It answered 500.")]
    assert client.get(mine["messages"] + "?state=sent", headers=bearer).json()["results"] == []
    assert client.get(mine["messages"] + "?state=nonsense", headers=bearer).status_code == 400


@pytest.fixture
def choose(client, bearer):
    def ask(endpoint, body, **more):
        address = reverse("api:webhook", args=[endpoint.public_id])
        return client.patch(address, body, content_type="application/json", headers=bearer | more)

    return ask


def test_a_client_chooses_what_its_endpoint_hears(client, bearer, cast, receiver, choose, as_owner):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    answer = choose(endpoint, {"types": ["delivery.refused", "conflict.opened"]})
    assert answer.status_code == 200 and answer.json()["types"] == ["conflict.opened", "delivery.refused"]
    read = client.get(reverse("api:webhook", args=[endpoint.public_id]), headers=bearer)
    assert read.json() == answer.json() and read.headers["ETag"]
    tell(cast)
    assert receiver.got == []
    assert choose(endpoint, {"types": []}).json()["types"] == []
    tell(cast)
    assert json.loads(receiver.got[0].body)["type"] == "delivery.loaded"
    with as_owner():
        assert AuditEvent.objects.filter(event="webhook_endpoint.types_chosen").count() == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "[]",
        "null",
        "{}",
        '{"types": "all"}',
        '{"types": ["x"]}',
        '{"types": [[]]}',
        "[" * 50_000,
        b"\xff",
        "x" * 2**22,
    ],
)
def test_what_names_no_types_is_refused(cast, receiver, choose, body, as_owner):
    answer = choose(cast.a.webhook, body)
    assert answer.status_code == 400 and answer.json()["type"].endswith("#problem-invalid-input")
    with as_owner():
        assert Endpoint.objects.get(pk=cast.a.webhook.pk).types == []


def test_a_message_is_sent_again_under_its_id(client, bearer, cast, receiver):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    tell(cast)
    (message,) = messages_of(endpoint)
    answer = client.post(send_address(endpoint, message), headers=bearer)
    assert answer.status_code == 202 and answer.json()["state"] == "waiting"
    again = client.post(send_address(endpoint, message), headers=bearer)
    assert again.status_code == 409 and again.json()["type"].endswith("#problem-not-sendable")
    jobs.drain()
    assert [got.headers["webhook-id"] for got in receiver.got] == [message.webhook_id] * 2


def test_an_endpoint_that_is_off_is_sent_nothing(client, bearer, cast):
    answer = client.post(send_address(cast.a.webhook, cast.a.webhook_message), headers=bearer)
    assert answer.status_code == 409 and "switched off" in answer.json()["detail"]


def test_what_is_another_clients_is_not_there(client, bearer, cast, receiver, choose, as_owner):
    """Another payer's, another client's of the same payer, and what was removed."""
    with as_owner():
        second = ApiClient.objects.create(organisation=cast.a.payer, name="Second", public_jwks={"keys": []})
    theirs, _ = endpoint_of(second, receiver.url)
    tell(cast)
    (message,) = messages_of(theirs)
    for endpoint, one in [(theirs, message), (cast.b.webhook, cast.b.webhook_message), (cast.a.webhook, message)]:
        if endpoint != cast.a.webhook:
            assert choose(endpoint, {"types": []}).status_code == 404
            assert client.get(messages_address(endpoint), headers=bearer).status_code == 404
        assert client.post(send_address(endpoint, one), headers=bearer).status_code == 404
    with as_owner():
        Endpoint.objects.filter(pk=cast.a.webhook.pk).update(removed_at="2026-01-01T00:00Z")
    assert client.get("/api/v1/webhooks", headers=bearer).json()["results"] == []
    assert client.get(messages_address(cast.a.webhook), headers=bearer).status_code == 404


def test_what_is_told_is_what_the_document_says(cast, receiver):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    with as_worker(cast.a.payer):
        for type in notices.TYPES:
            notices.tell(cast.a.delivery, type)
        told.send_test(endpoint=endpoint, by=None)
    jobs.drain()
    described = documented.told()["webhooks"]
    assert {json.loads(got.body)["type"] for got in receiver.got} == set(described)
    for got in receiver.got:
        post = described[json.loads(got.body)["type"]]["post"]
        schema = post["requestBody"]["content"]["application/json"]["schema"]
        whole = schema | {"components": documented.told()["components"]}
        assert list(documented.Draft202012Validator(whole).iter_errors(json.loads(got.body))) == []
        assert {one["name"] for one in post["parameters"]} <= set(got.headers)


def test_the_page_for_people_tells_of_webhooks(client):
    text = client.get("/api/v1/docs").content.decode()
    for word in (*notices.TYPES, "webhook.test", "webhook-signature", "whsec_"):
        assert word in text


# The receiving side


def signed(body, *, secret=SECRET, at=None, id="msg_1"):
    said = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id}.{said}.".encode() + body, hashlib.sha256).digest()
    return {
        "Webhook-Id": id, "webhook-timestamp": said, "WEBHOOK-SIGNATURE": f"v1,{base64.b64encode(digest).decode()}",
    }  # fmt: skip


BODY = json.dumps({"type": "delivery.loaded", "timestamp": "2026-11-27T12:00:00Z", "data": {"é": 1}}).encode()


def test_a_receiver_verifies_what_we_send(cast, receiver):
    _, secret = endpoint_of(cast.frank, receiver.url)
    tell(cast)
    (got,) = receiver.got
    message = verify(got.body, got.headers, secret)
    assert message.type == "delivery.loaded" and message.id == got.headers["webhook-id"]
    assert message.data["id"] == str(cast.a.delivery.public_id)
    assert Webhook(secret).verify(got.body, got.headers)["timestamp"] == message.timestamp
    with pytest.raises(NotVerified):
        verify(got.body, got.headers, SECRET)


def test_a_fitting_signature_among_others_is_enough():
    headers = signed(BODY)
    for others in ("v1,AAAA {} v1a,xyz", "v2,{0} {0}", "v1,%% v1 , {}", "{} v1,"):
        fits = others.format(headers["WEBHOOK-SIGNATURE"])
        assert verify(BODY, headers | {"WEBHOOK-SIGNATURE": fits}, SECRET).data == {"é": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"Webhook-Id": "msg_2"},
        {"Webhook-Id": ""},
        {"Webhook-Id": "\udce9"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "-5"},
        {"webhook-timestamp": "9" * 5_000},
        {"webhook-timestamp": "١٢"},
        {"WEBHOOK-SIGNATURE": ""},
        {"WEBHOOK-SIGNATURE": "v1"},
        {"WEBHOOK-SIGNATURE": "v1,"},
        {"WEBHOOK-SIGNATURE": "v1,é"},
        {"WEBHOOK-SIGNATURE": "v1,AAAA v1,%%%"},
        {"WEBHOOK-SIGNATURE": ",,, ,"},
    ],
)
def test_what_was_changed_is_not_verified(changes):
    with pytest.raises(NotVerified):
        verify(BODY, signed(BODY) | changes, SECRET)


@pytest.mark.parametrize("body", [BODY + b" ", b"", b"\xff", BODY.replace(b"loaded", b"failed")])
def test_another_body_is_not_verified(body):
    with pytest.raises(NotVerified):
        verify(body, signed(BODY), SECRET)


@pytest.mark.parametrize("off", [-301, 301])
def test_an_old_or_early_message_is_not_verified(off):
    with pytest.raises(NotVerified, match="too old or too new"):
        verify(BODY, signed(BODY, at=1_000_000 + off), SECRET, now=1_000_000)
    assert verify(BODY, signed(BODY, at=1_000_000 + off // 301 * 299), SECRET, now=1_000_000)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_%%", f"whsec_{'A' * 400}"])
def test_a_secret_that_is_none_is_a_fault_of_the_receivers_own(secret):
    with pytest.raises(ValueError, match="24 to 64"):
        verify(BODY, signed(BODY), secret)


def test_no_signature_under_an_empty_key_ever_fits():
    with pytest.raises(ValueError, match="24 to 64"):
        verify(BODY, signed(BODY, secret="whsec_"), "whsec_")
