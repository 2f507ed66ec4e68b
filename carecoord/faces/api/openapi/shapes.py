"""What the API sends, as JSON Schema with examples."""

from carecoord.kernel.webhooks.models import Message
from patients.claims.formats import FORMATS as READERS
from patients.claims.models import Delivery
from patients.claims.notices import TYPES

from .building import A_DAY, AN_ID, a_list, a_number, a_page, a_text, an_object, one_of, ref
from .shapes_results import EXAMPLES as OF_RESULTS
from .shapes_results import RESULT_SCHEMAS

A_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
A_DIGEST = "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:"


COUNTS = an_object(
    "What became of the records. The last five add up to `lines`.",
    lines=a_number("Data records in the file; the header and blank lines are not counted."),
    loaded=a_number("Counted for a member."),
    waiting=a_number("Kept until the member's eligibility comes."),
    repeated=a_number("Said by another line or delivery already."),
    rejected=a_number("With a fault: see `rejects`."),
    conflicting=a_number("Say another thing than a record with the same key and version."),
)
PROGRESS = an_object(
    "How far the work is.",
    stage=a_text(
        "The stage of a load that is under way; else the delivery's `state`.",
        enum=[*one_of(Delivery.State), *one_of(Delivery.Stage)],
    ),
    lines_so_far=a_number("Records read so far."),
)
TOTALS = an_object(
    "Control totals of one kind of record.",
    optional=("quantity", "units", "paid_cents"),
    rows=a_number("How many rows: a record may have several."),
    quantity=a_text("Sum of quantities dispensed, as a decimal."),
    units=a_text("Sum of service units, as a decimal."),
    paid_cents={"type": "integer", "description": "Sum of what was paid, in cents."},
)
DELIVERY = an_object(
    "One file.",
    id=a_text("Its id.", format="uuid"),
    state=a_text(
        "received and loading go on by themselves; loaded, refused, failed and withdrawn do not.",
        enum=one_of(Delivery.State),
    ),
    format=a_text("The code of its format."),
    kind=a_text("What it holds, such as pharmacy_claim; several kinds are joined by +. Empty until it is loaded."),
    file_name=a_text("The sender's name for it."),
    sha256=a_text("Of the bytes that were kept, in hex.", pattern="^[0-9a-f]{64}$"),
    content_digest=a_text("The same as a `Content-Digest` (RFC 9530)."),
    size_bytes=a_number("Bytes that were kept."),
    received_at=a_text("In UTC.", format="date-time"),
    loaded_at={"type": ["string", "null"], "format": "date-time", "description": "In UTC."},
    refusal=a_text("Why the whole file was refused, in a sentence; else empty."),
    counts=ref("Counts"),
    progress=ref("Progress"),
    totals={
        "type": "object",
        "description": "Control totals of what was not rejected, by kind of record.",
        "additionalProperties": ref("ControlTotals"),
    },
    notes={
        "type": "object",
        "description": "What the data lack, by code: in how many records.",
        "additionalProperties": {"type": "integer"},
    },
    drift={
        "type": "object",
        "description": "Columns that are missing, unknown, duplicated or reordered, against the documented ones.",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    },
    conflicts=a_text("Address of the lines that contradict others, page by page.", format="uri-reference"),
    rejects=a_text("Address of the problems, page by page.", format="uri-reference"),
    rejects_csv=a_text("Address of the rejected lines in the file's own layout.", format="uri-reference"),
    rejects_ndjson=a_text("Address of the rejected records as JSON.", format="uri-reference"),
)
REJECT = an_object(
    "One problem of a rejected record. It never tells what stood there.",
    line=a_number("The record's number; the header is line 1."),
    field=a_text("The column as the feed names it, or line."),
    code=a_text("Stable, such as not_a_date."),
    message=a_text("A sentence."),
    digest=a_text("sha256 of the record's bytes without the line end, to find it in your file; may be empty."),
)
OTHER_LINE = an_object(
    "A line of a delivery.", delivery=a_text("The delivery's id.", format="uuid"), line=a_number("The record's number.")
)
CONFLICT = an_object(
    "A line that says another thing than others with the same key and version. A person of the PBM rules which one stands.",
    line=a_number("The record's number; the header is line 1."),
    kind=a_text("What it holds.", enum=["pharmacy_claim", "medical_claim", "claim_payment", "eligibility", "clinical"]),
    others=a_list(ref("OtherLine"), "The lines that it contradicts, the oldest first."),
)
REJECTED = an_object(
    "A rejected record as it was sent. It is patient data.",
    optional=("raw_base64",),
    line=a_number("The record's number; the header is line 1."),
    raw={"type": ["string", "null"], "description": "Its bytes as text; null where they are no UTF-8, or too many."},
    raw_base64=a_text("Its bytes in base64, where they are no UTF-8.", contentEncoding="base64"),
    errors=a_list(ref("RecordError"), "What is wrong with it."),
)
RECORD_ERROR = an_object(
    "One problem of a record.", field=a_text("The column."), code=a_text("Stable."), message=a_text("A sentence.")
)
_TEXTS = {"type": "string"}
FAULT = an_object(
    "A code that a reject or a refusal carries.",
    code=a_text("Stable, such as not_a_date."),
    of=a_text("Whether a record or the whole file is refused with it.", enum=["record", "file"]),
    says=a_text("What it says."),
    do=a_text("What the sender does about it."),
)
NOTE = an_object("Something that data may lack.", code=a_text("Stable."), says=a_text("What is counted under it."))
_FAULTS = a_list(ref("Fault"), "What can be wrong.")
_NOTES = a_list(ref("Note"), "What is counted, and kept.")
_OF_FORMAT = {
    "code": a_text("Its name in `?format=`."),
    "title": a_text("What people call it."),
    "media_types": a_list(_TEXTS, "What its files are."),
    "counts": a_text("What the number of a record counts, such as line or segment."),
    "href": a_text("Address of the whole description.", format="uri"),
    "page": a_text("Address of the page for people.", format="uri"),
}
FORMAT_SUMMARY = an_object("A format in short.", kinds=a_list(_TEXTS, "Titles of its kinds of record."), **_OF_FORMAT)
FORMATS = an_object(
    "Which formats can be sent.",
    formats=a_list(ref("FormatSummary"), "Every format."),
    faults=_FAULTS,
    notes=_NOTES,
)
FORMAT_FIELD = an_object(
    "A field.",
    name=a_text("As the file names it."),
    means=a_text("What it means."),
    type=a_text("How it is written."),
    required={"type": "boolean", "description": "Whether a record needs it."},
    example=a_text("One value."),
    faults=a_list(_TEXTS, "Codes of the faults that it can have."),
)
RECORD_KIND = an_object(
    "A kind of record.",
    title=a_text("Its name."),
    fields=a_list(ref("FormatField"), "What is read of it."),
    example=a_text("A small file of invented people; empty where there is none."),
)
FORMAT = an_object(
    "A format, field by field.",
    kinds=a_list(ref("RecordKind"), "What a file of it can hold."),
    faults=_FAULTS,
    notes=_NOTES,
    **_OF_FORMAT,
)
TOKEN = an_object(
    "A token.",
    access_token=a_text("Send it as `Authorization: Bearer ...`. It is shown once."),
    token_type=a_text("How it is sent.", const="bearer"),
    expires_in=a_number("Seconds until it ends."),
    scope=a_text("What it is good for."),
)
OAUTH_ERROR = an_object(
    "An error as OAuth says it (RFC 6749, 5.2).",
    error=a_text(
        "Its code.", enum=["invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type"]
    ),
    error_description=a_text("A sentence for the client's engineer."),
)
UPLOAD = an_object(
    "An upload in parts that was begun.",
    id=a_text("Its id.", format="uuid"),
    offset=a_number("How many bytes are there."),
)
A_MOMENT_OR_NONE = {"type": ["string", "null"], "format": "date-time"}
WEBHOOK = an_object(
    "An address of this client's that is told what becomes of deliveries. The PBM registers it.",
    id=a_text("Its id.", format="uuid"),
    url=a_text("Where messages go.", format="uri"),
    types=a_list({"type": "string", "enum": list(TYPES)}, "What it is told of; empty: everything."),
    state=a_text(
        "on; late: a try failed since the last success; failing: a message was given up since then; off.",
        enum=["on", "late", "failing", "off"],
    ),
    off_because=a_text("Why it is off; else empty."),
    last_success_at=A_MOMENT_OR_NONE | {"description": "When a message was taken last."},
    failing_since=A_MOMENT_OR_NONE | {"description": "The first try since then that failed."},
    messages=a_text("Address of its messages.", format="uri-reference"),
)
ATTEMPT = an_object(
    "A try.",
    at=a_text("In UTC.", format="date-time"),
    status={"type": ["integer", "null"], "description": "What the endpoint answered; null without an answer."},
    milliseconds=a_number("How long it took."),
    fault=a_text("Why it failed; else empty."),
)
MESSAGE = an_object(
    "A message to an endpoint.",
    id=a_text("Its id in this API.", format="uuid"),
    webhook_id=a_text("What the header `webhook-id` says at every try."),
    type=a_text("What happened; see `webhooks`."),
    created_at=a_text("When it happened, in UTC.", format="date-time"),
    state=a_text("sent: the endpoint took it; failed: nobody tries it any more.", enum=one_of(Message.State)),
    next_try_at=A_MOMENT_OR_NONE | {"description": "Of a message that waits."},
    body=a_text("The body, as it is sent.", contentMediaType="application/json"),
    attempts=a_list(ref("Attempt"), "The oldest first."),
)
DELIVERY_NEWS = an_object(
    "A delivery when it was told of. `href` has it as it is now.",
    id=a_text("Its id.", format="uuid"),
    state=DELIVERY["properties"]["state"],
    format=a_text("The code of its format."),
    kind=DELIVERY["properties"]["kind"],
    sha256=DELIVERY["properties"]["sha256"],
    size_bytes=a_number("Bytes that were kept."),
    received_at=a_text("In UTC.", format="date-time"),
    loaded_at=DELIVERY["properties"]["loaded_at"],
    counts={"$ref": "#/components/schemas/Counts"},
    href=a_text("Its address.", format="uri-reference"),
    rejects=a_text("Address of the problems.", format="uri-reference"),
)
PROBLEM = an_object(
    "A problem (RFC 9457). `type` says which; some have members of their own.",
    type=a_text("Which problem it is; stable.", format="uri-reference"),
    title=a_text("The same for every problem of the type."),
    status=a_number("The HTTP status."),
    detail=a_text("What is wrong this time, and what to do."),
)
FORMAT_CODE = {"type": "string", "description": "The code of a format.", "enum": sorted(READERS)}
SCHEMAS = {
    "FormatCode": FORMAT_CODE,
    "Counts": COUNTS,
    "Progress": PROGRESS,
    "ControlTotals": TOTALS,
    "Delivery": DELIVERY,
    "Deliveries": a_page("Delivery"),
    "OtherLine": OTHER_LINE,
    "Conflict": CONFLICT,
    "Conflicts": a_page("Conflict"),
    "Reject": REJECT,
    "Rejects": a_page("Reject"),
    "RecordError": RECORD_ERROR,
    "RejectedRecord": REJECTED,
    "Fault": FAULT,
    "Note": NOTE,
    "FormatSummary": FORMAT_SUMMARY,
    "Formats": FORMATS,
    "FormatField": FORMAT_FIELD,
    "RecordKind": RECORD_KIND,
    "Format": FORMAT,
    "Token": TOKEN,
    "OAuthError": OAUTH_ERROR,
    "Upload": UPLOAD,
    "Webhook": WEBHOOK,
    "Webhooks": a_page("Webhook"),
    "Attempt": ATTEMPT,
    "Message": MESSAGE,
    "Messages": a_page("Message"),
    "DeliveryNews": DELIVERY_NEWS,
    "Problem": PROBLEM,
    **RESULT_SCHEMAS,
}
_ADDRESS = f"/api/v1/deliveries/{AN_ID}"
_A_FORMAT = {
    "code": "tuva_csv",
    "title": "Tuva input layer, comma-separated",
    "media_types": ["text/csv"],
    "counts": "line",
    "href": "https://carecoord.example/api/v1/formats/tuva_csv",
    "page": "https://carecoord.example/formats/tuva_csv/",
}
_A_FAULT = {"code": "not_a_date", "of": "record", "says": "The value is no day of the calendar.", "do": "Correct it."}
_A_NOTE = {"code": "no_prescriber", "says": "Fills that do not name the prescriber."}
EXAMPLES = OF_RESULTS | {
    "Delivery": {
        "id": AN_ID,
        "state": "loaded",
        "format": "tuva_csv",
        "kind": "pharmacy_claim",
        "file_name": "claims-2026-11.csv",
        "sha256": A_SHA256,
        "content_digest": A_DIGEST,
        "size_bytes": 4,
        "received_at": A_DAY,
        "loaded_at": A_DAY,
        "refusal": "",
        "counts": {"lines": 1000, "loaded": 980, "waiting": 5, "repeated": 5, "rejected": 10, "conflicting": 0},
        "progress": {"stage": "loaded", "lines_so_far": 1000},
        "totals": {"pharmacy_claim": {"rows": 990, "quantity": "41250.500", "paid_cents": 1234567}},
        "notes": {"no_prescriber": 3},
        "drift": {"unknown": ["prior_auth_flag"]},
        "conflicts": f"{_ADDRESS}/conflicts",
        "rejects": f"{_ADDRESS}/rejects",
        "rejects_csv": f"{_ADDRESS}/rejects.csv",
        "rejects_ndjson": f"{_ADDRESS}/rejects.ndjson",
    },
    "Reject": {
        "line": 17,
        "field": "dispensing_date",
        "code": "not_a_date",
        "message": "dispensing_date is not a day of the calendar.",
        "digest": A_SHA256,
    },
    "Formats": {
        "formats": [_A_FORMAT | {"kinds": ["pharmacy_claim"]}],
        "faults": [_A_FAULT],
        "notes": [_A_NOTE],
    },
    "Format": _A_FORMAT
    | {
        "kinds": [
            {
                "title": "pharmacy_claim",
                "fields": [
                    {
                        "name": "dispensing_date",
                        "means": "Day on which the drug was dispensed.",
                        "type": "date as 2026-01-31",
                        "required": True,
                        "example": "2026-01-31",
                        "faults": ["not_a_date", "in_the_future"],
                    }
                ],
                "example": "",
            }
        ],
        "faults": [_A_FAULT],
        "notes": [_A_NOTE],
    },
    "Token": {"access_token": "d2hhdGV2ZXI", "token_type": "bearer", "expires_in": 900, "scope": "deliveries"},
    "OAuthError": {"error": "invalid_client", "error_description": "The assertion has expired, or has no `exp`."},
    "Upload": {"id": AN_ID, "offset": 1048576},
}
_NEWS = {name: EXAMPLES["Delivery"][name] for name in DELIVERY_NEWS["required"] if name != "href"}
EXAMPLES["DeliveryNews"] = _NEWS | {"href": _ADDRESS}
EXAMPLES["Webhook"] = {
    "id": AN_ID,
    "url": "https://hooks.example.com/carecoord",
    "types": ["conflict.opened", "delivery.loaded"],
    "state": "on",
    "off_because": "",
    "last_success_at": A_DAY,
    "failing_since": None,
    "messages": f"/api/v1/webhooks/{AN_ID}/messages",
}
EXAMPLES["Message"] = {
    "id": AN_ID,
    "webhook_id": f"msg_{AN_ID.replace('-', '')}",
    "type": "delivery.loaded",
    "created_at": A_DAY,
    "state": "sent",
    "next_try_at": None,
    "body": '{"type":"delivery.loaded","timestamp":"2026-11-26T10:00:00.000Z","data":{}}',
    "attempts": [{"at": A_DAY, "status": 204, "milliseconds": 41, "fault": ""}],
}
EXAMPLES["Webhooks"] = {"results": [EXAMPLES["Webhook"]], "next": None}
EXAMPLES["Messages"] = {"results": [EXAMPLES["Message"]], "next": None}
EXAMPLES["Deliveries"] = {"results": [EXAMPLES["Delivery"]], "next": None}
EXAMPLES["Conflict"] = {"line": 17, "kind": "pharmacy_claim", "others": [{"delivery": AN_ID, "line": 4}]}
EXAMPLES["Conflicts"] = {"results": [EXAMPLES["Conflict"]], "next": None}
EXAMPLES["Rejects"] = {"results": [EXAMPLES["Reject"]], "next": None}
