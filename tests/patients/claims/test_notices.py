"""What a payer's system is told of its deliveries by webhook, when, and that no word of a file is in it."""

import json

import pytest
from django.urls import reverse

from carecoord.kernel.accounts.models import ApiClient
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from carecoord.kernel.webhooks import sending
from patients.claims import load as loading
from patients.claims import notices
from tests.kernel.webhooks.receiver import endpoint_of, messages_of

from .feeds import claim, claims_file, fresh, load, new_payer, span, spans_file, take, withdraw

pytestmark = pytest.mark.django_db
CANARY = "Canary-Zebedee"


@pytest.fixture(autouse=True)
def taken(monkeypatch):
    """Every message is taken by its receiver."""
    monkeypatch.setattr(sending, "post", lambda target, **_: sending.Answer(status=200))


def hears(payer, as_owner, path="hook"):
    with as_owner():
        client = ApiClient.objects.create(organisation=payer, name="Feeds", public_jwks={"keys": []})
    return endpoint_of(client, f"https://hooks.example.com/{path}", host="hooks.example.com")[0]


@pytest.fixture
def endpoint(payer, as_owner):
    return hears(payer, as_owner)


def told(endpoint):
    return [json.loads(message.body) for message in messages_of(endpoint)]


def types(endpoint):
    return [each["type"] for each in told(endpoint)]


def test_a_loaded_file_is_told_with_its_counts_and_where_to_read_more(payer, endpoint):
    delivery = load(payer, claims_file(claim("A"), claim("B", dispensing_date="2025-13-01")))
    (message,) = told(endpoint)
    data = message["data"]
    assert (message["type"], data["state"], data["format"], data["kind"]) == (
        "delivery.loaded", "loaded", "tuva_csv", "pharmacy_claim",
    )  # fmt: skip
    assert data["counts"] == {
        "lines": 2, "loaded": 0, "waiting": 1, "repeated": 0, "rejected": 1, "conflicting": 0,
    }  # fmt: skip
    assert data["id"] == str(delivery.public_id) and data["sha256"] == delivery.sha256
    assert data["href"] == reverse("api:delivery", args=[delivery.public_id])
    assert data["rejects"] == reverse("api:rejects", args=[delivery.public_id])
    assert [message.state for message in messages_of(endpoint)] == ["sent"]


def test_a_refused_file_is_told(payer, endpoint):
    load(payer, b"no,such,columns\n1,2,3\n")
    (message,) = told(endpoint)
    assert (message["type"], message["data"]["state"]) == ("delivery.refused", "refused")


def test_a_withdrawn_file_is_told_when_it_no_longer_counts(payer, endpoint):
    delivery = load(payer, claims_file(claim("A")))
    withdraw(payer, delivery)
    assert types(endpoint) == ["delivery.loaded", "delivery.withdrawn"]
    assert told(endpoint)[1]["data"]["state"] == "withdrawn"


def test_a_load_that_was_given_up_is_told(payer, endpoint, monkeypatch):
    def broken(*_):
        raise RuntimeError("disk on fire")

    take(payer, claims_file(claim("A")))
    monkeypatch.setattr(loading.counts, "recount", broken)
    with context.logged_in("worker"):
        row = jobs.Outbox.objects.get(topic="delivery.received")
    for _ in range(jobs.MAX_TRIES):
        with pytest.raises(RuntimeError):
            jobs.work(outbox_id=row.pk)
    assert types(endpoint) == ["delivery.failed"]


def test_a_conflict_is_told_of_the_file_that_brought_it(payer, endpoint):
    load(payer, spans_file(span("M1")))
    load(payer, claims_file(claim("A", quantity="30", paid_date="2025-03-05")))
    second = load(payer, claims_file(claim("A", quantity="60", paid_date="2025-03-05")))
    assert types(endpoint) == ["delivery.loaded"] * 3 + ["conflict.opened"]
    opened = told(endpoint)[-1]["data"]
    assert opened["id"] == str(second.public_id) and opened["counts"]["conflicting"] == 1


def test_a_load_that_is_tried_again_tells_once(payer, endpoint, monkeypatch):
    """A load is told in the transaction that makes it true."""
    recount, faults = loading.counts.recount, [RuntimeError("disk on fire")]

    def broken_once(delivery):
        if faults:
            raise faults.pop()
        return recount(delivery)

    monkeypatch.setattr(loading.counts, "recount", broken_once)
    delivery = take(payer, claims_file(claim("A")))
    with pytest.raises(RuntimeError):
        jobs.drain()
    assert told(endpoint) == []
    with context.logged_in("worker"):
        row = jobs.Outbox.objects.get(topic="delivery.received")
    jobs.work(outbox_id=row.pk)
    assert types(endpoint) == ["delivery.loaded"] and fresh(payer, delivery).state == "loaded"


def test_every_endpoint_of_the_payer_hears_and_no_others(payer, endpoint, as_owner):
    also, stranger = hears(payer, as_owner, "also"), hears(new_payer("other"), as_owner)
    load(payer, claims_file(claim("A")))
    assert types(endpoint) == types(also) == ["delivery.loaded"] and told(stranger) == []
    assert len({message.webhook_id for one in (endpoint, also) for message in messages_of(one)}) == 2


PEOPLE = {"member_id": CANARY, "person_id": CANARY, "first_name": CANARY, "last_name": CANARY, "group_name": CANARY}


@pytest.mark.parametrize(
    "content",
    [
        spans_file(span(**PEOPLE)),
        spans_file(span(**PEOPLE | {"birth_date": CANARY})),
        claims_file(claim(CANARY, member_id=CANARY, rx_number=CANARY)),
        claims_file(claim(CANARY, member_id=CANARY, quantity=CANARY)),
        claims_file(claim(CANARY, quantity="30"), claim(CANARY, quantity="60")),
        f"{CANARY},1950-01-01,{CANARY}\n{CANARY},2,3\n".encode(),
        claims_file(claim("A")).replace(b"data_source", CANARY.encode()),
        f'claim_id\n"{CANARY}'.encode(),
    ],
)
def test_no_word_of_a_file_nor_of_its_name_is_told(payer, endpoint, content):
    delivery = load(payer, content, name=f"{CANARY}.csv")
    if delivery.state == "loaded":
        withdraw(payer, delivery, reason=CANARY)
    bodies = [message.body for message in messages_of(endpoint)]
    assert bodies and not any(word in body for body in bodies for word in (CANARY, "Zebedee", "1950"))


def test_all_that_is_shown_of_a_delivery_is_plain(payer, endpoint):
    """A field that is classed as patient data, or written by the sender in their own words, is not among what is told."""
    delivery = load(payer, claims_file(claim("A")))
    own_words = {"file_name", "refusal", "drift", "notes", "idempotency_key", "stored_as"}
    assert not set(notices.shown(delivery)) & (set(delivery.phi) | own_words)
