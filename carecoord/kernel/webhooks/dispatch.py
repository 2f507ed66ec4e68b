"""Sends what waits for an endpoint, one message a piece of work, so that nobody waits behind a slow receiver for long.

A try, its record and the message's new state are one transaction: killed after the receiver has answered, it is sent again under the
same id. At most AT_ONCE messages are on their way to one endpoint; an endpoint that is slow, or asks for it, pauses.
"""

import random
from datetime import timedelta
from math import ceil

from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from carecoord.kernel import sealing
from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs import actions as jobs

from . import sending, signing, targets
from .actions.endpoints import TOPIC, CannotSwitch, check_target, switch_off
from .models import Attempt, Endpoint, EndpointHealth, Message, Secret

MINUTE, HOUR = 60, 60 * 60
PAUSES = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""Seconds after each try that failed, as Standard Webhooks recommends; after the last, the message is given up."""
JITTER = 0.2
AT_ONCE = 2
BUSY_SECONDS = 5
SLOW_MILLISECONDS = 2_000
SLOW_REST = 3
"""A receiver that takes longer is left alone for this many times as long."""
MOST_WAIT_SECONDS = 24 * HOUR
GONE = 410
Waiting = Message.State.WAITING


def send_next(*, endpoint_id):
    """Sends the message that has waited longest for an endpoint, if one is due, and hands on the rest."""
    endpoint = Endpoint.objects.select_related("health", "payer", "client").get(pk=endpoint_id)
    if not _take_slot(endpoint):
        _look_again(endpoint, timezone.now() + timedelta(seconds=BUSY_SECONDS))
        return
    if endpoint.state in ("off", "removed"):
        _give_up_all(endpoint)
        return
    now, paused = timezone.now(), endpoint.health.paused_until
    if not (paused and paused > now):
        message = _due(endpoint, now)
        if message is not None:
            answer = _try(endpoint, message)
            _settle(endpoint=endpoint, message=message, answer=answer, by=None)
    _hand_on_the_rest(endpoint)


def _take_slot(endpoint):
    """One of the few lines to an endpoint, held until the transaction ends."""
    with connection.cursor() as cursor:
        for slot in range(AT_ONCE):
            number = (endpoint.pk * AT_ONCE + slot) % 2**31
            cursor.execute("select pg_try_advisory_xact_lock(hashtext('carecoord.webhooks'), %s::int)", [number])
            if cursor.fetchone()[0]:
                return True
    return False


def _due(endpoint, now):
    waiting = Message.objects.select_for_update(skip_locked=True).filter(endpoint=endpoint, state=Waiting)
    return waiting.filter(next_try_at__lte=now).order_by("next_try_at", "pk").first()


def _try(endpoint, message):
    now = timezone.now()
    kept = Secret.objects.filter(endpoint=endpoint).exclude(until__lte=now).order_by("-pk")
    if not endpoint.client.is_active:
        return sending.Answer(fault="The client is switched off.")
    try:
        target = check_target(endpoint.url, payer=endpoint.payer)
        headers = signing.headers(
            webhook_id=message.webhook_id,
            body=message.body,
            at=now,
            kept=list(kept.values_list("sealed", flat=True)),
        )
    except targets.BadTarget as refusal:
        return sending.Answer(fault=str(refusal))
    except sealing.OtherKey as error:
        return sending.Answer(fault=f"Its secret cannot be read; rotate it. {error}")
    return sending.post(target, headers=headers, body=message.body)


@audited
def _settle(*, endpoint, message, answer, by):
    """Writes down a try and what follows from it."""
    now = timezone.now()
    Attempt.objects.create(
        payer_id=message.payer_id,
        message=message,
        at=now - timedelta(milliseconds=answer.milliseconds),
        milliseconds=answer.milliseconds,
        status=answer.status,
        fault=answer.fault[:300],
        answer=answer.text,
    )
    message.tries += 1
    is_last = answer.status == GONE or message.tries > len(PAUSES)
    if answer.was_taken:
        message.state, message.ended_at = Message.State.SENT, now
    elif is_last:
        message.state, message.ended_at = Message.State.FAILED, now
    else:
        message.next_try_at = now + timedelta(seconds=_pause(message.tries, answer))
    message.save(update_fields=["tries", "state", "ended_at", "next_try_at"])
    _note_health(endpoint, answer, now, gave_up=is_last)
    told = {"state": message.state, "status": answer.status, "try": message.tries}
    record(event="webhook.tried", by=by, target=message, reason=answer.fault, detail=told)
    if answer.status == GONE:
        _switch_off(endpoint)


def _pause(tries, answer):
    """Seconds until the next try, a little more each time, so that what failed together does not come back together."""
    pause = PAUSES[tries - 1] * (1 + random.random() * JITTER)  # noqa: S311 - nobody gains by guessing it
    return max(pause, min(answer.wait_seconds, MOST_WAIT_SECONDS))


def _note_health(endpoint, answer, now, *, gave_up):
    health = EndpointHealth.objects.filter(endpoint=endpoint)
    wait = min(answer.wait_seconds, MOST_WAIT_SECONDS)
    if answer.milliseconds > SLOW_MILLISECONDS:
        wait = max(wait, SLOW_REST * answer.milliseconds / 1000)
    pause = {"paused_until": now + timedelta(seconds=wait)} if wait else {}
    if answer.was_taken:
        health.update(last_success_at=now, failing_since=None, gave_up_at=None, **pause)
        return
    given_up = {"gave_up_at": Coalesce(F("gave_up_at"), now)} if gave_up else {}
    health.update(failing_since=Coalesce(F("failing_since"), now), **given_up, **pause)


def _switch_off(endpoint):
    try:
        switch_off(endpoint=endpoint, reason="It answered 410 Gone.", by=None)
    except CannotSwitch:
        return  # somebody did so while the message was on its way


def _give_up_all(endpoint):
    """What waits for an endpoint that is off: each message says so, and can be sent again."""
    why = (
        "The endpoint was removed." if endpoint.removed_at else f"The endpoint is switched off. {endpoint.off_because}"
    )
    now = timezone.now()
    waiting = list(Message.objects.select_for_update(skip_locked=True).filter(endpoint=endpoint, state=Waiting))
    Attempt.objects.bulk_create(
        Attempt(payer_id=each.payer_id, message=each, at=now, fault=why.strip()[:300]) for each in waiting
    )
    keys = [each.pk for each in waiting]
    Message.objects.filter(pk__in=keys).update(state=Message.State.FAILED, ended_at=now)


def _hand_on_the_rest(endpoint):
    """Wakes a worker for the next message, at once or when its time comes."""
    rest = Message.objects.filter(endpoint=endpoint, state=Waiting).order_by("next_try_at")
    first = rest.values_list("next_try_at", flat=True).first()
    if first is None:
        return
    paused = EndpointHealth.objects.values_list("paused_until", flat=True).get(endpoint=endpoint)
    _look_again(endpoint, max(first, paused or first))


def _look_again(endpoint, at):
    """A piece of work for a time to come has the second in its key: asked for often, it is there once."""
    now = timezone.now()
    told = {"topic": TOPIC, "payer_id": endpoint.payer_id, "subject_id": endpoint.pk}
    if at <= now:
        jobs.hand_on(**told)
        return
    second = ceil(at.timestamp())
    delay = timedelta(seconds=second - now.timestamp())
    row = jobs.hand_on(**told, key=f"{TOPIC}:{endpoint.pk}:{second}", delay=delay)
    if row.done_at or row.failed_at:  # by a machine whose clock is ahead
        jobs.hand_on(**told, delay=delay)


def mourn(*, endpoint_id, fault):
    """The work on an endpoint's messages broke off too often: the first in turn has failed once more, and the others go on."""
    endpoint = Endpoint.objects.select_related("health").get(pk=endpoint_id)
    message = _due(endpoint, timezone.now())
    if message is not None:
        _settle(
            endpoint=endpoint, message=message, answer=sending.Answer(fault=f"Our worker broke off: {fault}"), by=None
        )
    _hand_on_the_rest(endpoint)
