"""Errors as problem details (RFC 9457)."""

from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions

from .authentication import has_token


class Kind(NamedTuple):
    """A kind of problem: the status that it is answered with, its title, and what whoever meets it does."""

    status: int
    title: str
    remedy: str
    type: str = ""


IANA = "https://iana.org/assignments/http-problem-types#"
KINDS = {
    "invalid-input": Kind(400, "Invalid input", "Correct what `detail` names and send the request again."),
    "unknown-format": Kind(400, "Unknown format", "Name one of the formats that `GET /api/v1/formats` lists."),
    "empty-body": Kind(400, "Empty body", "Send the file itself as the body."),
    "cut-off": Kind(400, "The body was cut off", "Send the file again, under the same Idempotency-Key."),
    "unusable-idempotency-key": Kind(
        400, "Unusable Idempotency-Key", "Send 1 to 200 visible ASCII characters, new for each file."
    ),
    "digest-mismatch": Kind(400, "The digest does not match", "Send the file again: it was changed on its way."),
    "unusable-digest": Kind(
        400, "Unusable digest", "Send `sha-256=:...:` or `sha-512=:...:` with the digest's bytes in base64 (RFC 9530)."
    ),
    "not-signed-in": Kind(401, "Not signed in", "Ask for a token and send it as a bearer token."),
    "forbidden": Kind(403, "Forbidden", "Ask the PBM what this client may do."),
    "not-found": Kind(404, "Not found", "Check the address: the thing does not exist, or it is another payer's."),
    "method-not-allowed": Kind(405, "Method not allowed", "The header `Allow` names the methods of this address."),
    "not-acceptable": Kind(406, "Not acceptable", "Accept `application/json`, or send no `Accept`."),
    "in-flight": Kind(409, "The same request is under way", "Wait as `Retry-After` says, then send it again."),
    "not-read": Kind(409, "Not read yet", "Ask again when the delivery's `state` is `loaded`."),
    "not-delimited": Kind(409, "Not a file of delimited lines", "Ask for `rejects.ndjson`."),
    "not-sendable": Kind(
        409, "The message cannot be sent now", "Do what `detail` says; an endpoint is switched on by the PBM."
    ),
    "mismatching-upload-offset": Kind(
        409, "The offset is another", "Go on at `expected-offset`.", f"{IANA}mismatching-upload-offset"
    ),
    "completed-upload": Kind(400, "The upload is complete", "Send nothing more.", f"{IANA}completed-upload"),
    "inconsistent-upload-length": Kind(
        400, "The lengths do not agree", "Begin again with the right length.", f"{IANA}inconsistent-upload-length"
    ),
    "gone": Kind(410, "The file is kept no longer", "Use your own file; begin an upload in parts again."),
    "length-required": Kind(411, "Length required", "Send the body with a Content-Length."),
    "too-large": Kind(413, "Too large", "Split the file."),
    "unsupported-media-type": Kind(
        415,
        "Unsupported media type",
        "Send what `detail` names: a file as it is, a part as `application/partial-upload`.",
    ),
    "key-reused": Kind(
        422, "Idempotency-Key was used for another body", "Use a new key for a new file or another format."
    ),
    "too-many-requests": Kind(429, "Too many requests", "Wait as `Retry-After` says."),
    "fault": Kind(500, "A fault on our side", "Tell the PBM the `X-Request-ID`."),
    "unavailable": Kind(503, "Not available now", "Wait as `Retry-After` says, then send it again."),
    "too-many-uploads": Kind(503, "Too many uploads at once", "Wait as `Retry-After` says, then send it again."),
}
"""Kinds of problem by code. The codes are part of the API: none is renamed or used for something else."""
OF_STATUS = {
    400: "invalid-input",
    401: "not-signed-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    415: "unsupported-media-type",
    429: "too-many-requests",
}
TYPES_AT = "/api/v1/docs#problem-"

MISSING = "Send `Authorization: Bearer` with a token that `POST /api/v1/token` gave."
ENDED = "The token is not known, or has ended: after 15 minutes, with its key, or because it was revoked. Ask for a new one."


def problem(code, detail, *, headers=None, **more):
    """An `application/problem+json` response of a kind in KINDS. `more` are extension members, such as `errors`."""
    kind = KINDS[code]
    body = {"type": kind.type or TYPES_AT + code, "title": kind.title, "status": kind.status, "detail": detail, **more}
    return JsonResponse(body, status=kind.status, content_type="application/problem+json", headers=headers)


def _sentences(detail):
    """DRF's details, which are a text, or lists and dictionaries of them, as plain texts."""
    if isinstance(detail, dict):
        detail = list(detail.values())
    return [text for one in detail for text in _sentences(one)] if isinstance(detail, list) else [str(detail)]


def handler(error, context):
    """What DRF calls for an exception in a view; None lets it rise."""
    if isinstance(error, Http404):
        return problem("not-found", "There is no such thing, or it is not yours.")
    if isinstance(error, PermissionDenied):
        return problem("forbidden", "This client may not do that.")
    if isinstance(error, exceptions.NotAuthenticated):
        sentence = ENDED if has_token(context["request"]) else MISSING
        return problem("not-signed-in", sentence, headers={"WWW-Authenticate": error.auth_header})
    if isinstance(error, exceptions.APIException) and error.status_code in OF_STATUS:
        response = problem(OF_STATUS[error.status_code], " ".join(_sentences(error.detail)))
        if getattr(error, "auth_header", None):
            response.headers["WWW-Authenticate"] = error.auth_header
        return response
    return None
