"""The body of a delivery: read to its end and onto disk before a transaction begins.

So a slow sender holds a thread and nothing else, and half a file is never taken for a whole one.
"""

import re
import threading
from collections import defaultdict
from contextlib import ExitStack, contextmanager

from django.conf import settings
from django.db import connection

from carecoord.kernel.accounts.models import ApiClient
from carecoord.kernel.tenancy import context
from patients.claims import queries, storage
from patients.claims.formats import FORMATS

from . import digests
from .problems import problem

DIGESTS = ("Content-Digest", "Repr-Digest")
"""The body of a delivery is the whole file: both mean the same."""
KEY = re.compile(r"[!-~][ -~]{0,199}")
AT_ONCE = 8
"""Uploads of one client at a time in one process: of 24 threads enough are left for everybody else."""
WAIT_SECONDS = 3
RETRY_SECONDS = 2
DISCARDED_BYTES = 50_000_000
"""A body that is no more than this above the limit is read and thrown away: many senders see no answer before they have sent all."""
_places = defaultdict(lambda: threading.BoundedSemaphore(AT_ONCE))


class Busy(Exception):
    """The client has as many uploads under way as it may."""


@contextmanager
def taken_in(request):
    """Around a request that sends a file. Checks what the head says, then keeps the body as `request.kept`; yields a problem,
    or None when all is well. An Idempotency-Key is held meanwhile: a second request under it is told to wait.

    Who is no feed client is refused by the view; nothing of theirs is read.
    """
    if request.method != "POST" or not isinstance(request.user, ApiClient):
        yield None
        return
    refused = _refusal_of_head(request)
    if refused is not None:
        yield refused
        return
    with ExitStack() as held:
        try:
            _hold_key(held, request)
        except storage.Taken:
            detail = "The first request with this Idempotency-Key has not ended yet."
            yield problem("in-flight", detail, headers={"Retry-After": str(RETRY_SECONDS)})
            return
        yield _refusal_of_body(request)


def _hold_key(held, request):
    """Holds the request's key, unless it made a delivery already: any number of requests may be told of that. Raises
    storage.Taken."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return
    try:
        held.enter_context(storage.alone("idempotency key", request.user.client_id, key))
    except storage.Taken:
        with context.acting_as(request.user.scope):
            if not queries.is_key_used(client=request.user, idempotency_key=key):
                raise


def _refusal_of_body(request):
    """Reads the body to its end; a problem if there is one."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # the one that looked up the token goes back to the pool meanwhile
    try:
        with _place_of(request.user):
            request.kept = storage.keep(
                request,
                max_bytes=settings.FEED_MAX_BYTES,
                expected_bytes=int(request.META["CONTENT_LENGTH"]),
                digests=digests.told(request.headers, *DIGESTS),
            )
    except storage.CutOff as error:
        return problem("cut-off", str(error))
    except storage.DigestMismatch as error:
        return problem("digest-mismatch", str(error))
    except Busy:
        detail = f"{AT_ONCE} uploads of this client are under way. Send this one when they are done."
        return problem("too-many-uploads", detail, headers={"Retry-After": "10"})
    return None


def _refusal_of_head(request):
    if request.GET.get("format", "") not in FORMATS:
        return problem("unknown-format", f"format must be one of {', '.join(sorted(FORMATS))}.")
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return problem("length-required", "Send the body with a Content-Length, not in chunks.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length) == 0:
        return problem("empty-body", "The body is empty: send the file itself as the body, with its Content-Length.")
    if (excess := int(length) - settings.FEED_MAX_BYTES) > 0:
        if excess < DISCARDED_BYTES:
            while request.read(storage.CHUNK_BYTES):
                pass
        return problem("too-large", f"The file is longer than {settings.FEED_MAX_BYTES:,} bytes.")
    try:
        digests.told(request.headers, *DIGESTS)
    except digests.Unusable as error:
        return problem("unusable-digest", str(error), headers={"Want-Content-Digest": digests.WANTED})
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        return problem("unusable-idempotency-key", "Idempotency-Key must be 1 to 200 visible ASCII characters.")
    return None


@contextmanager
def _place_of(client):
    place = _places[client.pk]
    if not place.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        yield
    finally:
        place.release()
