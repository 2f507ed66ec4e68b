"""The body of a delivery: read to its end and onto disk before a transaction begins.

So a slow sender holds a thread and nothing else, and half a file is never taken for a whole one.
"""

import re
from contextlib import ExitStack, contextmanager

from django.conf import settings

from carecoord.kernel.accounts.models import ApiClient
from patients.claims import storage
from patients.claims.formats import FORMATS

from . import digests, parts, under_way
from .problems import problem

DIGESTS = ("Content-Digest", "Repr-Digest")
"""The body of a delivery is the whole file: both mean the same."""
KEY = re.compile(r"[!-~][ -~]{0,199}")
DISCARDED_BYTES = 50_000_000
"""A body that is no more than this above the limit is read and thrown away: many senders see no answer before they have sent all."""


@contextmanager
def taken_in(request):
    """Around a request that sends a file, or the first part of one. Checks what the head says, then keeps the body as
    `request.kept` or `request.part`; yields a problem, or None when all is well. An Idempotency-Key is held meanwhile: a second
    request under it is told to wait.

    Who is no feed client is refused by the view; nothing of theirs is read.
    """
    if request.method != "POST" or not isinstance(request.user, ApiClient):
        yield None
        return
    with ExitStack() as held:
        try:
            refused = _refusal_of_head(request) or _refusal(request, held)
        except storage.Taken:
            refused = under_way.in_flight()
        except parts.Unusable as error:
            refused = problem("invalid-input", str(error))
        yield refused


def _refusal(request, held):
    if parts.is_first_part(request):
        return parts.refusal_of_first(request)
    if parts.length_of(request) not in (None, int(request.META["CONTENT_LENGTH"])):
        return problem(
            "inconsistent-upload-length", "Upload-Length is another than the Content-Length of the whole file."
        )
    under_way.hold_key(held, request, request.headers.get("Idempotency-Key"))
    return _refusal_of_body(request)


def _refusal_of_body(request):
    """Reads the body to its end; a problem if there is one."""
    try:
        with under_way.place_of(request.user):
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
    except under_way.Busy:
        return under_way.too_many()
    return None


def _refusal_of_head(request):
    if request.GET.get("format", "") not in FORMATS:
        return problem("unknown-format", f"format must be one of {', '.join(sorted(FORMATS))}.")
    if request.content_type == "multipart/form-data":
        return problem(
            "unsupported-media-type", "This is a form. Send the file itself as the body, without anything around it."
        )
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return problem("length-required", "Send the body with a Content-Length, not in chunks.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or (int(length) == 0 and not parts.is_first_part(request)):
        return problem("empty-body", "The body is empty: send the file itself as the body, with its Content-Length.")
    if (excess := int(length) - settings.FEED_MAX_BYTES) > 0:
        if excess < DISCARDED_BYTES:
            while request.read(storage.CHUNK_BYTES):
                pass
        return problem("too-large", f"The file is longer than {settings.FEED_MAX_BYTES:,} bytes.")
    try:
        digests.told(request.headers, *DIGESTS)
    except digests.Unusable as error:
        return digests.refused(error)
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        return problem("unusable-idempotency-key", "Idempotency-Key must be 1 to 200 visible ASCII characters.")
    return None
