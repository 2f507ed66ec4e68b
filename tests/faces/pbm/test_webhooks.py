"""An administrator lets a payer's system be told, sees how that goes, and sends again; everybody else looks on or sees nothing."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.webhooks.models import AllowedHost, Endpoint, EndpointHealth, Message, Secret
from tests.conftest import as_owner
from tests.kernel.webhooks.receiver import endpoint_of, listening, messages_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def this_machine(monkeypatch):
    monkeypatch.setattr(settings, "WEBHOOK_LOOPBACK", True)
    monkeypatch.setattr(jobs, "_wake", None)


@pytest.fixture
def receiver():
    with listening() as one:
        yield one


@pytest.fixture
def ada(sign_in):
    return sign_in("ada")


def page(client, name, *args, status=200):
    answer = client.get(reverse(f"pbm:{name}", args=args))
    assert answer.status_code == status
    return answer.content.decode()


def do(browser, name, *args, status=302, **form):
    answer = browser.post(reverse(f"pbm:{name}", args=args), form)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def allow(client, cast, host="127.0.0.1", port=443, **more):
    return do(client, "webhook_allow", payer=cast.a.payer.pk, host=host, port=port, **more)


def secret_on(text):
    return re.search(r"whsec_[A-Za-z0-9+/=]+", text)[0]


def registered(client, cast, receiver):
    """(public id, secret)"""
    allow(client, cast, port=receiver.port)
    text = do(client, "webhook_add", status=200, client=cast.frank.pk, url=receiver.url)
    return re.search(r"/pbm/webhooks/([0-9a-f-]{36})/", text)[1], secret_on(text)


def test_what_an_endpoint_hears_is_chosen(ada, sign_in, cast, receiver, as_owner):
    allow(ada, cast, port=receiver.port)
    do(ada, "webhook_add", status=200, client=cast.frank.pk, url=receiver.url, types=["delivery.refused"])
    with as_owner():
        endpoint = Endpoint.objects.get(url=receiver.url)
    assert endpoint.types == ["delivery.refused"] and "delivery.refused" in page(ada, "webhook", endpoint.public_id)
    assert re.search(r'value="delivery.refused"[^>]*checked', page(ada, "webhook_types", endpoint.public_id))
    do(ada, "webhook_types", endpoint.public_id, status=422, types=["delivery.lost"])
    do(ada, "webhook_types", endpoint.public_id)
    assert "everything" in page(ada, "webhook", endpoint.public_id)
    with as_owner():
        assert Endpoint.objects.get(pk=endpoint.pk).types == []


def test_from_an_allowed_host_to_a_message_that_verifies(ada, cast, receiver, as_owner):
    public_id, secret = registered(ada, cast, receiver)
    assert secret not in page(ada, "webhook", public_id) and secret not in page(ada, "webhooks")
    with as_owner():
        kept = Secret.objects.get(endpoint__public_id=public_id)
        assert secret not in kept.sealed and Endpoint.objects.get(public_id=public_id).created_by == cast.ada
    do(ada, "webhook_test", public_id)
    assert "Waiting" in page(ada, "webhook", public_id)
    jobs.drain()
    (got,) = receiver.got
    assert Webhook(secret).verify(got.body, got.headers)["type"] == "webhook.test"
    text = page(ada, "webhook", public_id)
    assert "webhook.test" in text and "Sent" in text and "Answered 204" in text
    with as_owner():
        events = set(AuditEvent.objects.filter(user_id=cast.ada.pk).values_list("event", flat=True))
    assert {"webhook_host.allowed", "webhook_endpoint.registered", "webhook.queued", "webhook.read"} <= events


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://hooks.example.com/", "not on the list of allowed hosts"),
        ("https://127.0.0.1:1/", "not on the list"),
        ("https://169.254.169.254/", "numbers and names of a local network are refused"),
        ("http://hooks.example.com/", "must begin with https"),
        ("https://a@hooks.example.com/", "without a user name"),
        ("nonsense", "Write an address"),
        ("https://hooks.example.com/\x00", ""),
        ("", "This field is required"),
    ],
)
def test_an_address_that_may_not_be_told_is_refused_in_a_sentence(ada, cast, url, says, as_owner):
    text = do(ada, "webhook_add", status=422, client=cast.frank.pk, url=url)
    assert says in text
    with as_owner():
        assert not Endpoint.objects.filter(is_on=True).exists()


def test_one_client_has_an_address_once(ada, cast, receiver):
    registered(ada, cast, receiver)
    text = do(ada, "webhook_add", status=422, client=cast.frank.pk, url=receiver.url)
    assert "has an endpoint with that address" in text


def test_a_client_or_a_payer_that_is_not_served_cannot_be_chosen(ada, cast, as_owner):
    do(ada, "webhook_add", status=422, client=cast.gus.pk, url="https://canary-b.example.com/")
    do(ada, "webhook_allow", status=422, payer=cast.b.payer.pk, host="hooks.example.com", port=443)
    with as_owner():
        assert not AllowedHost.objects.filter(host="hooks.example.com").exists()


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "0x7f.1", "localhost.", "intranet", "db.internal", "hôte.example.com", "a b.com"]
)
def test_a_host_that_is_no_public_name_is_not_allowed(ada, cast, host):
    do(ada, "webhook_allow", status=422, payer=cast.a.payer.pk, host=host, port=443)


def test_a_host_is_on_the_list_once_and_comes_off(ada, cast, as_owner):
    allow(ada, cast, host="Hooks.Example.com", note="Asked for by their engineer")
    assert "on the list already" in do(
        ada, "webhook_allow", status=422, payer=cast.a.payer.pk, host="hooks.example.com", port=443
    )
    with as_owner():
        found = AllowedHost.objects.get(host="hooks.example.com")
    assert "Asked for by their engineer" in page(ada, "webhook_hosts")
    do(ada, "webhook_disallow", found.public_id)
    with as_owner():
        assert not AllowedHost.objects.filter(host="hooks.example.com").exists()
        assert AuditEvent.objects.filter(event="webhook_host.disallowed", user_id=cast.ada.pk).exists()
    assert page(ada, "webhook_disallow", found.public_id, status=404)


def test_a_secret_is_replaced_and_shown_once(ada, cast, receiver, as_owner):
    public_id, old = registered(ada, cast, receiver)
    assert "24 hours" in page(ada, "webhook_rotate", public_id)
    new = secret_on(do(ada, "webhook_rotate", public_id, status=200))
    newest = secret_on(do(ada, "webhook_rotate", public_id, status=200))
    assert len({old, new, newest}) == 3
    do(ada, "webhook_test", public_id)
    jobs.drain()
    (got,) = receiver.got
    Webhook(newest).verify(got.body, got.headers)
    Webhook(new).verify(got.body, got.headers)
    with pytest.raises(Exception, match="No matching"):
        Webhook(old).verify(got.body, got.headers)  # two replacements in a day: the first secret is out


def test_it_is_switched_off_and_on(ada, cast, receiver, as_owner):
    public_id, _ = registered(ada, cast, receiver)
    do(ada, "webhook_test", public_id)
    do(ada, "webhook_switch_off", public_id, status=422, reason="")
    do(ada, "webhook_switch_off", public_id, reason="Their engineer asked")
    jobs.drain()
    assert receiver.got == []
    text = page(ada, "webhook", public_id)
    assert (
        "Their engineer asked" in text and "The endpoint is switched off" in text and "Send a test message" not in text
    )
    assert "switched off already" in do(ada, "webhook_switch_off", public_id, status=422, reason="x")
    do(ada, "webhook_test", public_id)
    assert "Switch it on first" in page(ada, "webhook", public_id)
    do(ada, "webhook_switch_on", public_id)
    do(ada, "webhook_send_failed", public_id, since=timezone.localdate().isoformat())
    jobs.drain()
    assert len(receiver.got) == 1


def test_a_removed_endpoint_is_gone_but_its_messages_can_be_read(ada, cast, receiver, as_owner):
    public_id, _ = registered(ada, cast, receiver)
    do(ada, "webhook_test", public_id)
    assert "cannot be undone" in page(ada, "webhook_remove", public_id)
    do(ada, "webhook_remove", public_id)
    jobs.drain()
    assert receiver.got == [] and receiver.url not in page(ada, "webhooks")
    text = page(ada, "webhook", public_id)
    assert "Removed" in text and "The endpoint was removed." in text and "Replace the secret" not in text
    for name in ("webhook_test", "webhook_switch_on", "webhook_rotate", "webhook_remove", "webhook_send_failed"):
        do(ada, name, public_id, status=404)
    with as_owner():
        assert not Secret.objects.filter(endpoint__public_id=public_id, until=None).exists()
    do(ada, "webhook_add", status=200, client=cast.frank.pk, url=receiver.url)  # and it may come back


def failed(cast, receiver, days_ago=0, count=1):
    """An endpoint with messages that were given up some days ago."""
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    at = timezone.now() - timedelta(days=days_ago)
    with as_owner():
        EndpointHealth.objects.filter(endpoint=endpoint).update(gave_up_at=at, failing_since=at)
        for _ in range(count):
            Message.objects.create(
                payer=cast.a.payer, endpoint=endpoint, type="delivery.loaded", body="{}", state="failed", tries=10,
                created_at=at, ended_at=at,
            )  # fmt: skip
    return endpoint


def test_one_message_is_sent_again_under_its_id(ada, cast, receiver):
    endpoint = failed(cast, receiver)
    (message,) = messages_of(endpoint)
    assert "It was given up" in page(ada, "webhook_message", message.public_id)
    do(ada, "webhook_send_again", message.public_id)
    do(ada, "webhook_send_again", message.public_id)
    assert "waits to be sent already" in page(ada, "webhook_message", message.public_id)
    jobs.drain()
    assert [got.headers["webhook-id"] for got in receiver.got] == [message.webhook_id]
    text = page(ada, "webhook_message", message.public_id)
    assert "The receiver took it" in text and "204" in text and message.webhook_id in text


def test_what_a_receiver_says_is_text(ada, cast, receiver):
    receiver.says(500, body=b"<script>alert(1)</script>\x00\xff")
    endpoint = failed(cast, receiver)
    (message,) = messages_of(endpoint)
    do(ada, "webhook_send_again", message.public_id)
    jobs.drain()
    text = page(ada, "webhook_message", message.public_id)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "<script>alert" not in text
    assert "It answered 500." in text and "1 of 10 tries failed" in text


def test_all_that_failed_in_a_time_is_sent_again(ada, cast, receiver):
    endpoint = failed(cast, receiver, days_ago=3, count=4)
    today = timezone.localdate()
    none = do(ada, "webhook_send_failed", endpoint.public_id, status=422, since=today.isoformat())
    assert "No message of that time was given up" in none
    days = {"since": (today - timedelta(days=4)).isoformat(), "until": (today - timedelta(days=4)).isoformat()}
    do(ada, "webhook_send_failed", endpoint.public_id, status=422, **days)
    wrong = do(ada, "webhook_send_failed", endpoint.public_id, status=422, **days | {"since": today.isoformat()})
    assert "before the first" in wrong
    do(ada, "webhook_send_failed", endpoint.public_id, since=days["since"])
    assert "4 messages will be sent again" in page(ada, "webhook", endpoint.public_id)
    jobs.drain()
    assert len(receiver.got) == 4


def test_messages_are_filtered_by_state(ada, cast, receiver):
    endpoint = failed(cast, receiver, count=2)
    address = reverse("pbm:webhook", args=[endpoint.public_id])
    assert "2 of 2 messages" in ada.get(address, {"state": "failed"}).content.decode()
    assert "No message fits" in ada.get(address, {"state": "sent"}).content.decode()
    assert ada.get(address, {"state": "nonsense"}).status_code == 400


def test_home_and_health_say_that_an_endpoint_is_failing(ada, cast, receiver, as_owner):
    assert "Webhook endpoints failing" not in page(ada, "index")
    assert "No endpoint is failing." in page(ada, "system")
    endpoint = failed(cast, receiver)
    assert "Webhook endpoints failing" in page(ada, "index")
    assert "Messages to 1 endpoint were given up." in page(ada, "system")
    assert "Messages were given up" in page(ada, "webhook", endpoint.public_id)


def test_another_payers_webhooks_are_not_there(ada, cast):
    theirs, ours = cast.b, cast.a
    assert ours.canary in page(ada, "webhooks") and theirs.canary not in page(ada, "webhooks")
    assert theirs.canary not in page(ada, "webhook_hosts")
    for name in (
        "webhook",
        "webhook_types",
        "webhook_rotate",
        "webhook_switch_off",
        "webhook_remove",
        "webhook_send_failed",
    ):
        page(ada, name, ours.webhook.public_id)
        page(ada, name, theirs.webhook.public_id, status=404)
    for name in ("webhook_test", "webhook_switch_on", "webhook_switch_off", "webhook_rotate", "webhook_remove"):
        do(ada, name, theirs.webhook.public_id, status=404, reason="x")
    page(ada, "webhook_message", theirs.webhook_message.public_id, status=404)
    do(ada, "webhook_send_again", theirs.webhook_message.public_id, status=404)
    do(ada, "webhook_disallow", theirs.webhook_host.public_id, status=404)


@pytest.mark.parametrize("who", ["dana", "erin"])
def test_who_looks_on_changes_nothing(sign_in, cast, who):
    client = sign_in(who)
    text = page(client, "webhook", cast.a.webhook.public_id)
    assert "Switch it on" not in text and "Remove" not in text
    assert "Send again" not in page(client, "webhook_message", cast.a.webhook_message.public_id)
    for name in ("webhook_test", "webhook_switch_on", "webhook_switch_off", "webhook_rotate", "webhook_remove"):
        do(client, name, cast.a.webhook.public_id, status=403, reason="x")
    do(client, "webhook_allow", status=403, payer=cast.a.payer.pk, host="hooks.example.com", port=443)
