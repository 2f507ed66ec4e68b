"""Addresses of clients that hear of deliveries: registered, switched, given a new secret, removed."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs import actions as jobs

from .. import signing, targets
from ..models import AllowedHost, Endpoint, EndpointHealth, Secret

OLD_SECRET = timedelta(hours=24)
TOPIC = "webhook.due"


class CannotRegister(Exception):
    """The address cannot be registered."""


class CannotSwitch(Exception):
    """It is so already, or removed."""


def check_target(url, *, payer):
    """The parts of an address whose host the payer's list names. Raises targets.BadTarget."""
    target = targets.parse(url)
    if not AllowedHost.objects.filter(payer=payer, host=target.host, port=target.port).exists():
        raise targets.BadTarget(f"{target.host}, port {target.port}, is not on the list of allowed hosts.")
    return target


@audited
def register(*, client, url, types=(), note="", by):
    """A new endpoint of a client, told of these types of message, or of everything. Returns (Endpoint, its secret): the secret is
    told this once. Raises CannotRegister."""
    try:
        check_target(url, payer=client.organisation)
    except targets.BadTarget as refusal:
        raise CannotRegister(str(refusal))
    try:
        with transaction.atomic():
            endpoint = Endpoint.objects.create(
                payer=client.organisation, client=client, url=url, types=sorted(types), note=note, created_by=by
            )
    except IntegrityError:
        raise CannotRegister("This client has an endpoint with that address.")
    EndpointHealth.objects.create(payer=client.organisation, endpoint=endpoint)
    secret = _new_secret(endpoint)
    record(event="webhook_endpoint.registered", by=by, target=endpoint, detail={"url": url, "types": endpoint.types})
    return endpoint, secret


@audited
def choose(*, endpoint, types, by):
    """What an endpoint is told of from now on: these types of message; everything when there is none. Raises CannotSwitch."""
    endpoint = _locked(endpoint)
    endpoint.types = sorted(types)
    endpoint.save(update_fields=["types"])
    record(event="webhook_endpoint.types_chosen", by=by, target=endpoint, detail={"types": endpoint.types})
    return endpoint


@audited
def rotate(*, endpoint, by):
    """A new secret, told this once. The one before signs beside it for a day; older ones no more. Raises CannotSwitch."""
    endpoint = _locked(endpoint)
    now = timezone.now()
    Secret.objects.filter(endpoint=endpoint, until__gt=now).update(until=now)
    Secret.objects.filter(endpoint=endpoint, until=None).update(until=now + OLD_SECRET)
    secret = _new_secret(endpoint)
    record(event="webhook_endpoint.rotated", by=by, target=endpoint)
    return secret


def _new_secret(endpoint):
    secret = signing.new_secret()
    Secret.objects.create(payer_id=endpoint.payer_id, endpoint=endpoint, sealed=signing.sealed(secret))
    return secret


@audited
def switch_off(*, endpoint, reason, by):
    """Nothing is sent any more; what waits is given up, and can be sent again. Raises CannotSwitch."""
    endpoint = _locked(endpoint)
    if not endpoint.is_on:
        raise CannotSwitch("This endpoint is switched off already.")
    endpoint.is_on, endpoint.off_because = False, reason[:300]
    endpoint.save(update_fields=["is_on", "off_because"])
    record(event="webhook_endpoint.switched_off", by=by, target=endpoint, reason=reason)
    wake(endpoint)


@audited
def switch_on(*, endpoint, by):
    """What happens from now on is sent. Raises CannotSwitch."""
    endpoint = _locked(endpoint)
    if endpoint.is_on:
        raise CannotSwitch("This endpoint is on already.")
    endpoint.is_on, endpoint.off_because = True, ""
    endpoint.save(update_fields=["is_on", "off_because"])
    record(event="webhook_endpoint.switched_on", by=by, target=endpoint)
    wake(endpoint)


@audited
def remove(*, endpoint, by):
    """It is told nothing any more; its messages are kept as long as all are. Raises CannotSwitch."""
    endpoint = _locked(endpoint)
    endpoint.removed_at = timezone.now()
    endpoint.save(update_fields=["removed_at"])
    Secret.objects.filter(endpoint=endpoint, until=None).update(until=timezone.now())
    record(event="webhook_endpoint.removed", by=by, target=endpoint)
    wake(endpoint)


def _locked(endpoint):
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if endpoint.removed_at:
        raise CannotSwitch("This endpoint was removed.")
    return endpoint


def wake(endpoint):
    """A worker looks at what waits for an endpoint."""
    jobs.hand_on(topic=TOPIC, payer_id=endpoint.payer_id, subject_id=endpoint.pk)
