"""Large files in parts: a small part of the IETF draft "Resumable Uploads for HTTP".

POST to the deliveries with `Upload-Complete: ?0` begins one; HEAD tells how much is there, PATCH goes on from there, and the PATCH
with `Upload-Complete: ?1` makes the delivery; DELETE cancels it. How much is there is the size of the file on disk, so whatever
ends a process or a connection, the client asks and goes on. Not there: interim answers (104), and appending by two at once.
"""

import re
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from carecoord.kernel.accounts.models import ApiClient
from carecoord.kernel.tenancy import context
from patients.claims import storage
from patients.claims.models import Upload
from patients.claims.retention import UPLOAD_DAYS

from . import digests, under_way
from .problems import problem

MEDIA_TYPE = "application/partial-upload"
FLAGS = {"?0": False, "?1": True}
NUMBER = re.compile(r"[0-9]{1,15}")


class Unusable(Exception):
    """A header is missing or says nothing that can be used. Says so to the sender."""


def is_first_part(request):
    """Whether this request begins an upload in parts."""
    return _flag(request) is False


def refusal_of_first(request):
    """Keeps the first part as `request.part`; a problem if there is one. The rest of the head was judged already."""
    if (refused := _refusal_of_size(request, 0, _number(request, "Upload-Length"))) is not None:
        return refused
    request.part = storage.begin_part()
    refused = _refusal_of_part(request, request.part)
    if refused is not None:
        storage.forget_part(request.part)
    return refused


@contextmanager
def appended(request):
    """Around a PATCH: writes the part behind what is there; yields a problem, or None when all is well. Then `request.upload` is
    the upload, `request.offset` its new size, and `request.kept` the whole file if this was the last part."""
    if request.method != "PATCH" or not isinstance(request.user, ApiClient):
        yield None
        return
    request.upload, public_id = None, request.resolver_match.kwargs["public_id"]
    with ExitStack() as held:
        try:
            held.enter_context(storage.alone("upload", request.user.client_id, str(public_id)))
            upload = _upload(request, public_id)
            refused = upload and _refusal(request, upload, held)
        except storage.Taken:
            refused = under_way.in_flight()
        except Unusable as error:
            refused = problem("invalid-input", str(error))
        except digests.Unusable as error:
            refused = digests.refused(error)
        yield refused


def headers(upload, *, offset, is_complete):
    """What the draft says of an upload."""
    ends_at = upload.begun_at + timedelta(days=UPLOAD_DAYS.on(timezone.localdate()))
    seconds = max(0, int((ends_at - timezone.now()).total_seconds()))
    said = {
        "Upload-Offset": str(offset),
        "Upload-Complete": "?1" if is_complete else "?0",
        "Upload-Limit": f"max-size={settings.FEED_MAX_BYTES}, max-age={seconds}",
    }
    return said if upload.length is None else said | {"Upload-Length": str(upload.length)}


def length_of(request):
    """The length of the whole file, if the request says it. Raises Unusable."""
    return _number(request, "Upload-Length")


def _upload(request, public_id):
    with context.acting_as(request.user.scope):
        found = Upload.objects.visible_to(request.user).filter(public_id=public_id, client=request.user)
        return found.select_related("payer", "client", "delivery").first()


def _refusal(request, upload, held):
    """Judges the head, then takes in the part."""
    is_last, offset = _flag(request), _number(request, "Upload-Offset")
    if request.content_type != MEDIA_TYPE and _content_length(request):
        return problem("unsupported-media-type", f"Send a part as {MEDIA_TYPE}.")
    if is_last is None or offset is None:
        raise Unusable("Upload-Complete and Upload-Offset are needed.")
    if upload.delivery_id is not None:
        request.upload = upload
        if is_last and _content_length(request) == 0:
            return None  # the answer of the last part was lost: it is given again
        return problem("completed-upload", "All of the file is there. Its delivery is under way.")
    size = storage.part_size(upload.part)
    if size is None:
        return problem("gone", "What was sent of this file is kept no longer. Begin again.")
    if offset != size:
        more = {"expected-offset": size, "provided-offset": offset}
        return problem("mismatching-upload-offset", f"Go on at {size}.", headers={"Upload-Offset": str(size)}, **more)
    if (refused := _refusal_of_size(request, size, upload.length, is_last=is_last)) is not None:
        return refused
    if is_last:
        under_way.hold_key(held, request, upload.idempotency_key)
    if (refused := _refusal_of_part(request, upload.part, is_last=is_last)) is not None:
        return refused
    request.upload, request.offset = upload, storage.part_size(upload.part)
    return None


def _refusal_of_size(request, size, length, *, is_last=False):
    total = size + _content_length(request)
    if total > settings.FEED_MAX_BYTES or (length or 0) > settings.FEED_MAX_BYTES:
        return problem("too-large", f"The file is longer than {settings.FEED_MAX_BYTES:,} bytes.")
    if length is not None and (total > length or (is_last and total != length)):
        return problem("inconsistent-upload-length", f"That makes {total} bytes of a file of {length}.")
    if is_last and total == 0:
        return problem("empty-body", "The file is empty.")
    return None


def _refusal_of_part(request, part, *, is_last=False):
    said = digests.told(request.headers, "Content-Digest")
    of_all = digests.told(request.headers, "Repr-Digest")
    try:
        with under_way.place_of(request.user):
            storage.append_part(part, request, expected_bytes=_content_length(request), digests=said)
        if is_last:
            request.kept = storage.whole(part, digests=of_all)
    except storage.CutOff as error:
        return problem("cut-off", str(error), headers={"Upload-Offset": str(storage.part_size(part))})
    except storage.DigestMismatch as error:
        return problem("digest-mismatch", str(error))
    except under_way.Busy:
        return under_way.too_many()
    return None


def _flag(request):
    if (text := request.headers.get("Upload-Complete")) is None:
        return None
    if text not in FLAGS:
        raise Unusable("Upload-Complete must be ?0 or ?1.")
    return FLAGS[text]


def _number(request, name):
    if (text := request.headers.get(name)) is None:
        return None
    if not NUMBER.fullmatch(text):
        raise Unusable(f"{name} must be a number.")
    return int(text)


def _content_length(request):
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not NUMBER.fullmatch(text):
        raise Unusable("Content-Length must be a number.")
    return int(text)
