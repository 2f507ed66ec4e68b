"""What endpoints are told: of what happened, to try them, and once more."""

import json
from datetime import UTC

from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record

from ..models import Endpoint, Message
from .endpoints import wake

TEST = "webhook.test"


class CannotSend(Exception):
    """The message cannot be sent now."""


def tell(*, payer_id, type, data):
    """Writes a message to each endpoint of a payer that is on and hears of this type, and wakes a worker, in the transaction of
    what happened.

    `data`: JSON without patient data. Returns the messages."""
    at = timezone.now()
    endpoints = Endpoint.objects.filter(payer_id=payer_id, is_on=True, removed_at=None, client__is_active=True)
    endpoints = endpoints.filter(Q(types=[]) | Q(types__contains=[type]))
    return [_queue(endpoint=each, type=type, data=data, at=at, by=None) for each in endpoints.order_by("pk")]


@audited
def send_test(*, endpoint, by):
    """A message without news. Returns it. Raises CannotSend."""
    _check_may_be_told(endpoint)
    data = {"endpoint": str(endpoint.public_id)}
    return _queue(endpoint=endpoint, type=TEST, data=data, at=timezone.now(), by=by)


@audited
def _queue(*, endpoint, type, data, at, by):
    said = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = json.dumps({"type": type, "timestamp": said, "data": data}, separators=(",", ":"))
    message = Message.objects.create(
        payer_id=endpoint.payer_id, endpoint=endpoint, type=type, body=body, created_at=at, next_try_at=at
    )
    record(event="webhook.queued", by=by, target=message, detail={"type": type})
    wake(endpoint)
    return message


@audited
def send_again(*, message, by):
    """The same message, under the same id, now. Raises CannotSend."""
    _check_may_be_told(message.endpoint)
    message = Message.objects.select_for_update(skip_locked=True).filter(pk=message.pk).first()
    if message is None:
        raise CannotSend("It is being sent at this moment.")
    if message.state == Message.State.WAITING and not message.tries:
        raise CannotSend("It waits to be sent already.")
    _begin_anew(Message.objects.filter(pk=message.pk))
    record(event="webhook.sent_again", by=by, target=message)
    wake(message.endpoint)
    return message


@audited
def send_failed_again(*, endpoint, since, until=None, by):
    """All messages of a time that were given up, each under its id. Returns how many. Raises CannotSend."""
    _check_may_be_told(endpoint)
    until = until or timezone.now()
    failed = Message.objects.filter(
        endpoint=endpoint, state=Message.State.FAILED, created_at__gte=since, created_at__lte=until
    )
    count = _begin_anew(failed)
    if not count:
        raise CannotSend("No message of that time was given up.")
    record(event="webhook.failed_sent_again", by=by, target=endpoint, count=count, detail={"since": since})
    wake(endpoint)
    return count


def _begin_anew(messages):
    return messages.update(state=Message.State.WAITING, tries=0, next_try_at=timezone.now(), ended_at=None)


def _check_may_be_told(endpoint):
    if endpoint.removed_at:
        raise CannotSend("This endpoint was removed.")
    if not endpoint.is_on:
        raise CannotSend("This endpoint is switched off. Switch it on first.")
    if not endpoint.client.is_active:
        raise CannotSend("The client is switched off.")
