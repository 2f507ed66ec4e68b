"""An endpoint that is gone, off, not allowed, or whose secret is replaced."""

from datetime import timedelta

import pytest
from django.conf import settings
from standardwebhooks import Webhook

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.webhooks.actions import endpoints
from carecoord.kernel.webhooks.models import AllowedHost

from .receiver import endpoint_of, messages_of, now, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("this_machine")]


def test_gone_switches_the_endpoint_off(cast, receiver, as_owner):
    receiver.says(410)
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    told(cast)
    jobs.drain()
    assert len(receiver.got) == 1
    ended = now(endpoint, as_owner)
    assert ended.state == "off" and ended.off_because == "It answered 410 Gone."
    first, second = messages_of(endpoint)
    assert first.state == second.state == "failed"
    assert second.tried[0].fault == "The endpoint is switched off. It answered 410 Gone."
    told(cast)
    assert len(messages_of(endpoint)) == 2  # it hears of nothing any more


def test_a_host_that_is_off_the_list_is_sent_nothing_at_once(cast, receiver, clock, as_owner):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    with as_owner():
        AllowedHost.objects.filter(payer=cast.a.payer).delete()
    jobs.drain()
    assert receiver.got == []
    (message,) = messages_of(endpoint)
    assert message.state == "waiting" and "not on the list" in message.tried[0].fault
    with as_owner():
        AllowedHost.objects.create(payer=cast.a.payer, host="127.0.0.1", port=receiver.port)
    clock.shift(30)
    jobs.drain()
    assert len(receiver.got) == 1 and messages_of(endpoint)[0].state == "sent"


def test_a_client_that_is_switched_off_is_told_nothing(cast, receiver, as_owner):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    told(cast)
    with as_owner():
        type(cast.frank).objects.filter(pk=cast.frank.pk).update(is_active=False)
    told(cast)
    jobs.drain()
    (message,) = messages_of(endpoint)
    assert receiver.got == [] and message.tried[0].fault == "The client is switched off."


def test_another_payers_list_opens_nothing(cast, receiver, as_owner):
    endpoint_of(cast.frank, receiver.url)
    with as_owner():
        AllowedHost.objects.update(payer=cast.b.payer)
    told(cast)
    jobs.drain()
    assert receiver.got == []


def test_while_a_secret_is_replaced_both_sign_for_a_day(cast, receiver, clock, as_owner):
    endpoint, old = endpoint_of(cast.frank, receiver.url)
    with jobs.context.acting_as(cast.ada.scope):
        new = endpoints.rotate(endpoint=endpoint, by=cast.ada)
    told(cast)
    jobs.drain()
    for secret in (old, new):
        Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    clock.shift(timedelta(hours=24, seconds=1))
    told(cast)
    jobs.drain()
    Webhook(new).verify(receiver.got[1].body, receiver.got[1].headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(old).verify(receiver.got[1].body, receiver.got[1].headers)


def test_a_secret_of_another_key_is_told_as_that(cast, receiver, monkeypatch, as_owner):
    endpoint, _ = endpoint_of(cast.frank, receiver.url)
    monkeypatch.setattr(settings, "WEBHOOK_KEY", b"k" * 32)
    told(cast)
    jobs.drain()
    assert receiver.got == [] and "rotate it" in messages_of(endpoint)[0].tried[0].fault
