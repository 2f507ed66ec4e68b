"""What may go on at once: one request under a key, some uploads of a client."""

import threading
from collections import defaultdict
from contextlib import contextmanager

from django.db import connection

from carecoord.kernel.tenancy import context
from patients.claims import queries, storage

from .problems import problem

AT_ONCE = 8
"""Uploads of one client at a time in one process: of 24 threads enough are left for everybody else."""
WAIT_SECONDS = 3
RETRY_SECONDS = 2
_places = defaultdict(lambda: threading.BoundedSemaphore(AT_ONCE))


class Busy(Exception):
    """The client has as many uploads under way as it may."""


def hold_key(held, request, key):
    """Holds an idempotency key, unless it made a delivery already: any number of requests may be told of that. Raises
    storage.Taken."""
    if key is None:
        return
    try:
        held.enter_context(storage.alone("idempotency key", request.user.client_id, key))
    except storage.Taken:
        with context.acting_as(request.user.scope):
            if not queries.is_key_used(client=request.user, idempotency_key=key):
                raise


def in_flight():
    """The problem of a request that came while another does the same."""
    detail = "The first request has not ended yet."
    return problem("in-flight", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def too_many():
    """The problem of one upload more than a client may have under way."""
    detail = f"{AT_ONCE} uploads of this client are under way. Send this one when they are done."
    return problem("too-many-uploads", detail, headers={"Retry-After": "10"})


@contextmanager
def place_of(client):
    """A place among the client's uploads, and no database connection meanwhile. Raises Busy."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # the one that looked up the token goes back to the pool
    place = _places[client.pk]
    if not place.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        yield
    finally:
        place.release()
