"""What the API sends. Made by `manage.py write_client` out of the OpenAPI document: change that, not this."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FormatCode = Literal[
    "cclf",
    "cms_pde",
    "cms_rif",
    "fhir_eob",
    "hl7_v2",
    "ncpdp_d0",
    "ncpdp_history",
    "pharmacy_dispensing",
    "tuva_csv",
    "tuva_ndjson",
    "tuva_parquet",
    "x12_834",
    "x12_835",
    "x12_837",
]
"""The code of a format."""


@dataclass(frozen=True)
class Counts:
    """What became of the records. The last five add up to `lines`."""

    lines: int
    """Data records in the file; the header and blank lines are not counted."""
    loaded: int
    """Counted for a member."""
    waiting: int
    """Kept until the member's eligibility comes."""
    repeated: int
    """Said by another line or delivery already."""
    rejected: int
    """With a fault: see `rejects`."""
    conflicting: int
    """Say another thing than a record with the same key and version."""


@dataclass(frozen=True)
class Progress:
    """How far the work is."""

    stage: Literal["received", "loading", "loaded", "refused", "failed", "withdrawn", "reading", "waiting", "merging"]
    """The stage of a load that is under way; else the delivery's `state`."""
    lines_so_far: int
    """Records read so far."""


@dataclass(frozen=True)
class ControlTotals:
    """Control totals of one kind of record."""

    rows: int
    """How many rows: a record may have several."""
    quantity: str | None = None
    """Sum of quantities dispensed, as a decimal."""
    units: str | None = None
    """Sum of service units, as a decimal."""
    paid_cents: int | None = None
    """Sum of what was paid, in cents."""


@dataclass(frozen=True)
class Delivery:
    """One file."""

    id: str
    """Its id."""
    state: Literal["received", "loading", "loaded", "refused", "failed", "withdrawn"]
    """received and loading go on by themselves; loaded, refused, failed and withdrawn do not."""
    format: str
    """The code of its format."""
    kind: str
    """What it holds, such as pharmacy_claim; several kinds are joined by +. Empty until it is loaded."""
    file_name: str
    """The sender's name for it."""
    sha256: str
    """Of the bytes that were kept, in hex."""
    content_digest: str
    """The same as a `Content-Digest` (RFC 9530)."""
    size_bytes: int
    """Bytes that were kept."""
    received_at: datetime
    """In UTC."""
    loaded_at: datetime | None
    """In UTC."""
    refusal: str
    """Why the whole file was refused, in a sentence; else empty."""
    counts: Counts
    progress: Progress
    totals: dict[str, ControlTotals]
    """Control totals of what was not rejected, by kind of record."""
    notes: dict[str, int]
    """What the data lack, by code: in how many records."""
    drift: dict[str, list[str]]
    """Columns that are missing, unknown, duplicated or reordered, against the documented ones."""
    conflicts: str
    """Address of the lines that contradict others, page by page."""
    rejects: str
    """Address of the problems, page by page."""
    rejects_csv: str
    """Address of the rejected lines in the file's own layout."""
    rejects_ndjson: str
    """Address of the rejected records as JSON."""


@dataclass(frozen=True)
class Deliveries:
    """A page of a list."""

    results: list[Delivery]
    next: str | None
    """`cursor` of the next page; null on the last."""


@dataclass(frozen=True)
class OtherLine:
    """A line of a delivery."""

    delivery: str
    """The delivery's id."""
    line: int
    """The record's number."""


@dataclass(frozen=True)
class Conflict:
    """A line that says another thing than others with the same key and version. A person of the PBM rules which one stands."""

    line: int
    """The record's number; the header is line 1."""
    kind: Literal["pharmacy_claim", "medical_claim", "claim_payment", "eligibility", "clinical"]
    """What it holds."""
    others: list[OtherLine]
    """The lines that it contradicts, the oldest first."""


@dataclass(frozen=True)
class Conflicts:
    """A page of a list."""

    results: list[Conflict]
    next: str | None
    """`cursor` of the next page; null on the last."""


@dataclass(frozen=True)
class Reject:
    """One problem of a rejected record. It never tells what stood there."""

    line: int
    """The record's number; the header is line 1."""
    field: str
    """The column as the feed names it, or line."""
    code: str
    """Stable, such as not_a_date."""
    message: str
    """A sentence."""
    digest: str
    """sha256 of the record's bytes without the line end, to find it in your file; may be empty."""


@dataclass(frozen=True)
class Rejects:
    """A page of a list."""

    results: list[Reject]
    next: str | None
    """`cursor` of the next page; null on the last."""


@dataclass(frozen=True)
class RecordError:
    """One problem of a record."""

    field: str
    """The column."""
    code: str
    """Stable."""
    message: str
    """A sentence."""


@dataclass(frozen=True)
class RejectedRecord:
    """A rejected record as it was sent. It is patient data."""

    line: int
    """The record's number; the header is line 1."""
    raw: str | None
    """Its bytes as text; null where they are no UTF-8, or too many."""
    errors: list[RecordError]
    """What is wrong with it."""
    raw_base64: str | None = None
    """Its bytes in base64, where they are no UTF-8."""


@dataclass(frozen=True)
class Token:
    """A token."""

    access_token: str
    """Send it as `Authorization: Bearer ...`. It is shown once."""
    token_type: Literal["bearer"]
    """How it is sent."""
    expires_in: int
    """Seconds until it ends."""
    scope: str
    """What it is good for."""


@dataclass(frozen=True)
class OAuthError:
    """An error as OAuth says it (RFC 6749, 5.2)."""

    error: Literal["invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type"]
    """Its code."""
    error_description: str
    """A sentence for the client's engineer."""


@dataclass(frozen=True)
class Upload:
    """An upload in parts that was begun."""

    id: str
    """Its id."""
    offset: int
    """How many bytes are there."""


@dataclass(frozen=True)
class Problem:
    """A problem (RFC 9457). `type` says which; some have members of their own."""

    type: str
    """Which problem it is; stable."""
    title: str
    """The same for every problem of the type."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong this time, and what to do."""
