"""What operations are put together from: parameters, headers, answers."""

from ..problems import KINDS, TYPES_AT
from .building import AN_ID
from .shapes import EXAMPLES

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
A_FORMAT = {"$ref": "#/components/schemas/FormatCode"}
HEADERS = {
    "RateLimit-Policy": (TEXT, 'The quota and its window in seconds, such as `"client";q=600;w=60`.'),
    "RateLimit": (TEXT, 'What is left and until when, such as `"client";r=599;t=42`.'),
    "X-Request-ID": (TEXT, "Name it when you ask about this request."),
    "ETag": (TEXT, "Send it as `If-None-Match` next time."),
    "Retry-After": (NUMBER, "Seconds to wait."),
    "Location": ({"type": "string", "format": "uri"}, "Where to ask about it."),
    "Idempotency-Replayed": ({"type": "string", "const": "true"}, "This is the answer of an earlier request."),
    "WWW-Authenticate": (TEXT, "How to prove who asks."),
    "Want-Content-Digest": (TEXT, "Which digests are checked."),
    "Allow": (TEXT, "The methods of this address."),
    "Upload-Offset": (NUMBER, "How many bytes of the file are there."),
    "Upload-Complete": (TEXT, "?1 when all of the file is there, else ?0."),
    "Upload-Length": (NUMBER, "Bytes of the whole file, if they were said."),
    "Upload-Limit": (
        TEXT,
        "The largest file in bytes, and seconds until the parts are removed: `max-size=..., max-age=...`.",
    ),
    "Content-Disposition": (TEXT, "A name for the file."),
}
EVERYWHERE = ("RateLimit-Policy", "RateLimit", "X-Request-ID")


def parameter(name, where, means, schema=None, *, needed=False, example=None):
    """A parameter of an operation."""
    told = {"name": name, "in": where, "description": means, "required": needed, "schema": schema or TEXT}
    return told if example is None else told | {"example": example}


PUBLIC_ID = parameter("public_id", "path", "The id.", {"type": "string", "format": "uuid"}, needed=True, example=AN_ID)
MESSAGE_ID = parameter(
    "message_id", "path", "The id of a message.", {"type": "string", "format": "uuid"}, needed=True, example=AN_ID
)
MESSAGE_STATE = parameter(
    "state", "query", "Only messages in this state.", {"type": "string", "enum": ["waiting", "sent", "failed"]}
)
MEASURE = parameter(
    "measure",
    "path",
    "The code of a measure.",
    {"type": "string", "pattern": "^[a-z0-9_]{1,30}$"},
    needed=True,
    example="supd",
)
CODE = parameter("code", "path", "The code of a format.", A_FORMAT, needed=True)
FORMAT = parameter("format", "query", "The code of a format.", A_FORMAT, needed=True)
FILE_NAME = parameter(
    "file_name", "query", "A name for people; no meaning is read from it.", example="claims-2026-11.csv"
)
CURSOR = parameter("cursor", "query", "`next` of the page before.")
LIMIT = parameter(
    "limit", "query", "Rows on a page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 100}
)
IF_NONE_MATCH = parameter("If-None-Match", "header", "`ETag` of what you have: unchanged, it is not sent again (304).")
IDEMPOTENCY_KEY = parameter(
    "Idempotency-Key",
    "header",
    "New for each file. A request that is sent again under it, with the same bytes and format, makes nothing new.",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~][ -~]*$"},
    example="claims-2026-11-26",
)
CONTENT_DIGEST = parameter(
    "Content-Digest", "header", "sha-256 or sha-512 of the body (RFC 9530). It is checked.", example="sha-256=:...:"
)
REPR_DIGEST = parameter("Repr-Digest", "header", "The same of the whole file.", example="sha-256=:...:")
UPLOAD_COMPLETE = parameter(
    "Upload-Complete",
    "header",
    "?0: more parts follow. ?1: this is the last of the file.",
    {"type": "string", "enum": ["?0", "?1"]},
)
UPLOAD_LENGTH = parameter("Upload-Length", "header", "Bytes of the whole file.", {"type": "integer", "minimum": 0})
UPLOAD_OFFSET = parameter(
    "Upload-Offset", "header", "How many bytes are there.", {"type": "integer", "minimum": 0}, needed=True
)


def answer(means, shape=None, *headers, media_type="application/json", schema=None):
    """An answer: a shape of `shapes.SCHEMAS`, or of another media type, or without a body."""
    told = {
        "description": means,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in (*EVERYWHERE, *headers)},
    }
    if shape:
        content = {"schema": {"$ref": f"#/components/schemas/{shape}"}}
        if shape in EXAMPLES:
            content["example"] = EXAMPLES[shape]
        told["content"] = {media_type: content}
    elif schema:
        told["content"] = {media_type: {"schema": schema}}
    return told


NOT_CHANGED = answer("You have it already.", None, "ETag")
WITH = {"in-flight": "Retry-After", "too-many-requests": "Retry-After", "too-many-uploads": "Retry-After", "unavailable": "Retry-After",
        "not-signed-in": "WWW-Authenticate", "unusable-digest": "Want-Content-Digest", "method-not-allowed": "Allow"}  # fmt: skip


def problems(*codes):
    """{status: answer} of kinds of problem."""
    found = {}
    for code in codes:
        found.setdefault(str(KINDS[code].status), []).append(code)
    return {status: _of_kinds(codes) for status, codes in sorted(found.items())}


def _of_kinds(codes):
    kinds = {code: KINDS[code] for code in codes}
    told = answer(
        " Or: ".join(kind.title + "." for kind in kinds.values()), None, *{WITH[c]: 0 for c in codes if c in WITH}
    )
    types = {code: kind.type or TYPES_AT + code for code, kind in kinds.items()}
    examples = {
        code: {"value": {"type": types[code], "title": kind.title, "status": kind.status, "detail": kind.remedy}}
        for code, kind in kinds.items()
    }
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": {"type": {"enum": list(types.values())}}}]
    }
    told["content"] = {"application/problem+json": {"schema": schema, "examples": examples}}
    return told


def operation(code, summary, *, means="", parameters=(), body=None, answers, refusals=(), is_open=False):
    """One operation. `answers`: {status: answer}; `refusals`: kinds of problem beside those that every operation has."""
    common = ("too-many-requests", "unavailable") if is_open else ("not-signed-in", "too-many-requests", "unavailable")
    told = {
        "operationId": code,
        "summary": summary,
        "description": means or summary,
        "parameters": list(parameters),
        "responses": answers | problems(*refusals, *common),
        "security": [] if is_open else [{"bearer": []}],
    }
    return told | {"requestBody": body} if body else told
