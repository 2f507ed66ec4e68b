"""The body of a delivery: read to its end and onto disk before a transaction begins.

So a slow sender holds a thread and nothing else, and half a file is never taken for a whole one.
"""

import re
import threading
from collections import defaultdict
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from carecoord.kernel.accounts.models import ApiClient
from patients.claims import storage
from patients.claims.formats import FORMATS

from .problems import problem

KEY = re.compile(r"[!-~][ -~]{0,199}")
AT_ONCE = 8
"""Uploads of one client at a time in one process: of 24 threads enough are left for everybody else."""
WAIT_SECONDS = 3
DISCARDED_BYTES = 50_000_000
"""A body that is no more than this above the limit is read and thrown away: many senders see no answer before they have sent all."""
_places = defaultdict(lambda: threading.BoundedSemaphore(AT_ONCE))


class Busy(Exception):
    """The client has as many uploads under way as it may."""


def take_in(request):
    """Checks what the request's head says, then keeps its body as `request.kept`. Returns a problem, or None when all is well.

    Who is no feed client is refused by the view; nothing of theirs is read.
    """
    if request.method != "POST" or not isinstance(request.user, ApiClient):
        return None
    refused = _refusal_of_head(request)
    if refused is not None:
        return refused
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # the one that looked up the token goes back to the pool meanwhile
    try:
        with _place_of(request.user):
            length = int(request.META["CONTENT_LENGTH"])
            request.kept = storage.keep(request, max_bytes=settings.FEED_MAX_BYTES, expected_bytes=length)
    except storage.CutOff as error:
        return problem(400, "The body was cut off", str(error))
    except Busy:
        detail = f"{AT_ONCE} uploads of this client are under way. Send this one when they are done."
        return problem(503, "Too many uploads at once", detail, headers={"Retry-After": "10"})
    return None


def _refusal_of_head(request):
    if request.GET.get("format", "") not in FORMATS:
        return problem(400, "Unknown format", f"format must be one of {', '.join(sorted(FORMATS))}.")
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return problem(411, "Length required", "Send the body with a Content-Length, not in chunks.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length) == 0:
        return problem(
            400, "Empty body", "The body is empty: send the file itself as the body, with its Content-Length."
        )
    if (excess := int(length) - settings.FEED_MAX_BYTES) > 0:
        if excess < DISCARDED_BYTES:
            while request.read(storage.CHUNK_BYTES):
                pass
        return problem(413, "Too large", f"The file is longer than {settings.FEED_MAX_BYTES:,} bytes.")
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        return problem(400, "Unusable Idempotency-Key", "Idempotency-Key must be 1 to 200 visible ASCII characters.")
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
