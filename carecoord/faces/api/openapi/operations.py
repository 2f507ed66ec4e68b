"""Every operation: {name of the route: {method: operation}}. A test holds this against the routes, methods and answers."""

from .operations_results import OF_RESULTS
from .parts import (
    CODE,
    CONTENT_DIGEST,
    CURSOR,
    FILE_NAME,
    FORMAT,
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    LIMIT,
    MESSAGE_ID,
    MESSAGE_STATE,
    NOT_CHANGED,
    PUBLIC_ID,
    REPR_DIGEST,
    UPLOAD_COMPLETE,
    UPLOAD_LENGTH,
    UPLOAD_OFFSET,
    answer,
    operation,
)
from .shapes import WEBHOOK

ASSERTION = {
    "client_assertion_type": {
        "type": "string",
        "const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    },
    "client_assertion": {
        "type": "string",
        "description": "A JWT signed with RS384 or ES384. `iss` and `sub` are the client id, `aud` is this address, `jti` is new "
        "each time, `exp` lies at most five minutes ahead. With two keys registered, its head names one by `kid`.",
    },
}


def _form(**fields):
    properties = fields | ASSERTION
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def _bytes(*media_types, needed=True):
    schema = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"required": needed, "content": {media_type: {"schema": schema} for media_type in media_types}}


MESSAGE_TYPES = {"type": "object", "required": ["types"], "properties": {"types": WEBHOOK["properties"]["types"]}}
OAUTH = {
    "400": answer("The form is not right.", "OAuthError"),
    "401": answer("The client did not prove who it is.", "OAuthError"),
}
UPLOAD_HEADERS = ("Upload-Offset", "Upload-Complete", "Upload-Limit", "Upload-Length")
REFUSED_FILE = (
    "unknown-format",
    "empty-body",
    "cut-off",
    "unusable-idempotency-key",
    "digest-mismatch",
    "unusable-digest",
    "invalid-input",
    "inconsistent-upload-length",
    "not-acceptable",
    "in-flight",
    "length-required",
    "too-large",
    "unsupported-media-type",
    "key-reused",
    "too-many-uploads",
)
REFUSED_PART = (
    "invalid-input",
    "cut-off",
    "empty-body",
    "digest-mismatch",
    "unusable-digest",
    "completed-upload",
    "inconsistent-upload-length",
    "not-found",
    "in-flight",
    "mismatching-upload-offset",
    "gone",
    "too-large",
    "unsupported-media-type",
    "key-reused",
    "too-many-uploads",
)
OPERATIONS = OF_RESULTS | {
    "openapi": {
        "get": operation(
            "getOpenApi",
            "This document",
            parameters=[IF_NONE_MATCH],
            answers={
                "200": answer("The document.", None, "ETag", schema={"type": "object"}),
                "304": NOT_CHANGED,
            },
            is_open=True,
        )
    },
    "docs": {
        "get": operation(
            "getDocs",
            "This document as a page",
            answers={"200": answer("The page.", media_type="text/html", schema={"type": "string"})},
            is_open=True,
        )
    },
    "token": {
        "post": operation(
            "createToken",
            "Ask for a token",
            means="OAuth client credentials with a signed assertion (RFC 7523). There is no shared secret.",
            body=_form(grant_type={"type": "string", "const": "client_credentials"}),
            answers={"200": answer("A token.", "Token"), **OAUTH},
            is_open=True,
        )
    },
    "revoke": {
        "post": operation(
            "revokeToken",
            "End a token",
            means="RFC 7009. The token ends at its next request. A token that nobody knows is ended already.",
            body=_form(token={"type": "string", "minLength": 1, "description": "The token that ends."}),
            answers={"200": answer("The token is ended."), **OAUTH},
            is_open=True,
        )
    },
    "formats": {
        "get": operation(
            "listFormats",
            "Which formats can be sent, and what can be wrong with a record or a file",
            parameters=[IF_NONE_MATCH],
            answers={"200": answer("The formats.", "Formats", "ETag"), "304": NOT_CHANGED},
            refusals=["not-acceptable"],
            is_open=True,
        )
    },
    "format": {
        "get": operation(
            "getFormat",
            "Every field of a format, with an example of each kind of record",
            parameters=[CODE, IF_NONE_MATCH],
            answers={"200": answer("The format.", "Format", "ETag"), "304": NOT_CHANGED},
            refusals=["not-found", "not-acceptable"],
            is_open=True,
        )
    },
    "deliveries": {
        "get": operation(
            "listDeliveries",
            "The deliveries, newest first",
            parameters=[CURSOR, LIMIT, IF_NONE_MATCH],
            answers={"200": answer("A page.", "Deliveries", "ETag"), "304": NOT_CHANGED},
            refusals=["invalid-input", "not-acceptable"],
        ),
        "post": operation(
            "createDelivery",
            "Send a file",
            means="The body is the file itself, plain or as gzip, zstd or zip. With `Upload-Complete: ?0` it is the first part of one "
            '(a subset of the IETF draft "Resumable Uploads for HTTP"): the answer is 201, and `Location` is where the next part goes.',
            parameters=[
                FORMAT,
                FILE_NAME,
                IDEMPOTENCY_KEY,
                CONTENT_DIGEST,
                REPR_DIGEST,
                UPLOAD_COMPLETE,
                UPLOAD_LENGTH,
            ],
            body=_bytes("text/csv", "text/plain", "application/gzip", "application/octet-stream"),
            answers={
                "201": answer("The first part is there.", "Upload", "Location", *UPLOAD_HEADERS),
                "202": answer("The file is kept and will be loaded.", "Delivery", "Location", "Idempotency-Replayed"),
            },
            refusals=REFUSED_FILE,
        ),
    },
    "delivery": {
        "get": operation(
            "getDelivery",
            "How far a delivery is, and what became of its records",
            parameters=[PUBLIC_ID, IF_NONE_MATCH],
            answers={"200": answer("The delivery.", "Delivery", "ETag", "Retry-After"), "304": NOT_CHANGED},
            refusals=["not-found", "not-acceptable"],
        )
    },
    "conflicts": {
        "get": operation(
            "listConflicts",
            "Each line that contradicts another",
            means="Both are kept, and one stands: tell the PBM which is right, or send the record with a later version. "
            "A ruling of the PBM, or a withdrawal, ends it.",
            parameters=[PUBLIC_ID, CURSOR, LIMIT, IF_NONE_MATCH],
            answers={"200": answer("A page.", "Conflicts", "ETag"), "304": NOT_CHANGED},
            refusals=["invalid-input", "not-found", "not-acceptable"],
        )
    },
    "rejects": {
        "get": operation(
            "listRejects",
            "Each problem of each rejected record",
            parameters=[PUBLIC_ID, CURSOR, LIMIT, IF_NONE_MATCH],
            answers={"200": answer("A page.", "Rejects", "ETag"), "304": NOT_CHANGED},
            refusals=["invalid-input", "not-found", "not-acceptable"],
        )
    },
    "rejects_csv": {
        "get": operation(
            "downloadRejectedLines",
            "The rejected lines, to be corrected and sent back",
            means="The lines as they were sent, under the header of the file, with two columns more: `error` (code: sentence) and "
            "`error_line`. Correct them and send the file as a new delivery; the two columns may stay. No value is altered, so a cell that "
            "a spreadsheet takes for a formula is there as you sent it. Empty when nothing was rejected.",
            parameters=[PUBLIC_ID],
            answers={
                "200": answer(
                    "The lines.", None, "Content-Disposition", media_type="text/csv", schema={"type": "string"}
                )
            },
            refusals=["not-found", "not-read", "not-delimited", "gone"],
        )
    },
    "rejects_ndjson": {
        "get": operation(
            "downloadRejectedRecords",
            "The rejected records of any format, one JSON object a line",
            means="Each line is a `RejectedRecord`. Empty when nothing was rejected. Correct what is in `raw` and send the file back "
            "as it is, in the delivery's own format (rows of Parquet as `tuva_ndjson`); or send the texts of `raw`, one behind the "
            "other. Each is a whole file of its record. For delimited lines send `rejects.csv`.",
            parameters=[PUBLIC_ID],
            answers={
                "200": answer(
                    "The records.",
                    None,
                    "Content-Disposition",
                    media_type="application/x-ndjson",
                    schema={"type": "string", "description": "Lines of #/components/schemas/RejectedRecord."},
                )
            },
            refusals=["not-found", "not-read", "gone"],
        )
    },
    "upload": {
        "head": operation(
            "getUploadOffset",
            "How much of a file in parts is there",
            parameters=[PUBLIC_ID],
            answers={
                "204": answer("It goes on at `Upload-Offset`.", None, *UPLOAD_HEADERS),
                "404": answer("There is no such upload."),
                "410": answer("Its parts are kept no longer."),
            },
        ),
        "patch": operation(
            "appendPart",
            "Send the next part of a file",
            means="`Upload-Offset` must be how much is there. The part with `Upload-Complete: ?1` is the last, and makes the delivery "
            "under the Idempotency-Key that the first part named. "
            "`Content-Digest` is of the part; `Repr-Digest`, with the last part, is of the file.",
            parameters=[
                PUBLIC_ID,
                UPLOAD_OFFSET,
                UPLOAD_COMPLETE | {"required": True},
                CONTENT_DIGEST,
                REPR_DIGEST,
            ],
            body=_bytes("application/partial-upload", needed=False),
            answers={
                "202": answer(
                    "The file is whole, is kept and will be loaded.",
                    "Delivery",
                    "Location",
                    "Idempotency-Replayed",
                    *UPLOAD_HEADERS,
                ),
                "204": answer("The part is there.", None, *UPLOAD_HEADERS),
            },
            refusals=REFUSED_PART,
        ),
        "delete": operation(
            "cancelUpload",
            "Give up a file in parts",
            means="What was sent of it is removed. A file that is whole is a delivery by then, and stays one: the PBM withdraws those.",
            parameters=[PUBLIC_ID],
            answers={"204": answer("Its parts are removed.")},
            refusals=["not-found"],
        ),
    },
    "webhooks": {
        "get": operation(
            "listWebhooks",
            "This client's endpoints",
            parameters=[CURSOR, LIMIT, IF_NONE_MATCH],
            answers={"200": answer("A page.", "Webhooks", "ETag"), "304": NOT_CHANGED},
            refusals=["invalid-input", "not-acceptable"],
        )
    },
    "webhook": {
        "get": operation(
            "getWebhook",
            "One endpoint",
            parameters=[PUBLIC_ID, IF_NONE_MATCH],
            answers={"200": answer("The endpoint.", "Webhook", "ETag"), "304": NOT_CHANGED},
            refusals=["not-found", "not-acceptable"],
        ),
        "patch": operation(
            "chooseMessages",
            "Choose what an endpoint is told of",
            means="From now on it hears of the types that are named; of everything when none is, also of what is added later. "
            "`webhook.test` comes whatever is chosen.",
            parameters=[PUBLIC_ID],
            body={
                "required": True,
                "content": {"application/json": {"schema": MESSAGE_TYPES, "example": {"types": ["delivery.loaded"]}}},
            },
            answers={"200": answer("The endpoint.", "Webhook")},
            refusals=["invalid-input", "not-found", "not-acceptable"],
        ),
    },
    "webhook_messages": {
        "get": operation(
            "listMessages",
            "The messages to an endpoint, newest first",
            means="Messages and their tries are kept 30 days.",
            parameters=[PUBLIC_ID, MESSAGE_STATE, CURSOR, LIMIT, IF_NONE_MATCH],
            answers={"200": answer("A page.", "Messages", "ETag"), "304": NOT_CHANGED},
            refusals=["invalid-input", "not-found", "not-acceptable"],
        )
    },
    "webhook_send": {
        "post": operation(
            "sendMessageAgain",
            "Send a message once more, under the same id",
            parameters=[PUBLIC_ID, MESSAGE_ID],
            answers={"202": answer("It waits to be sent.", "Message")},
            refusals=["not-found", "not-sendable", "not-acceptable"],
        )
    },
}
