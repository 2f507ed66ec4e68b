"""NCPDP Telecommunication D.0, as captured: requests (B1 billing, B2 reversal, B3 rebill, S1 to S3 services) and answers.

A request without its answer is kept as a claim of which nothing is known to be paid. An answered one takes amounts and
authorization number from the answer: P paid, D duplicate of paid, C captured (no amounts yet); R says that nothing came of it,
and it is left out, also when the whole transmission was rejected (501-F1). Which claim a reversal means: rows.py.
"""

from ..reading.blocks import CONTAINER_TYPES, blocks
from ..reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from ..reading.records import RecordFeed
from ..reading.shape import Field
from .framing import framed
from .pairing import Desk
from .versions import D0_ELEMENTS

NEEDED = frozenset({"C2", "D2"})
HEADER_FIELDS = (
    Field("101-A1", "BIN of the processor; not used.", "6 digits", True, "610066"),
    Field("102-A2", "Version: D0.", "2 characters", True, "D0", ("wrong_version",)),
    Field(
        "103-A3",
        "Transaction: B1, B2, B3, S1, S2, S3. Others are left out.",
        "2 characters",
        True,
        "B1",
        ("unknown_code",),
    ),
    Field("104-A4", "Processor control number; not used.", "10 characters", False, "PCN1"),
    Field(
        "109-A9", "How many transactions follow, 1 to 4.", "1 digit", True, "1", ("transaction_count", "answer_count")
    ),
    Field("202-B2", "What kind of id 201-B1 is; not used.", "2 digits", True, "01"),
    Field("201-B1", "The pharmacy, best its NPI.", "15 characters", True, "1679576722", ("missing", "not_a_code")),
    Field(
        "401-D1",
        "Day of service.",
        "date, YYYYMMDD",
        True,
        "20250301",
        ("missing", "not_a_date", "in_the_future", "before_birth"),
    ),
    Field("110-AK", "Software of the sender; not used.", "10 characters", False, ""),
    Field("501-F1", "Of an answer: A or R for the whole transmission.", "1 letter", True, "A"),
)


def _fields():
    for element in D0_ELEMENTS.values():
        type_, faults = element.type
        is_needed = element.id in NEEDED
        faults = (*(("missing",) if is_needed else ()), *faults, "doubled_field")
        yield Field(element.name, element.means, type_, is_needed, element.example, faults)


def open_d0(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    """A RecordFeed; the number of a record counts the transactions of the file, requests and answers to nothing alike."""
    first = framed(blocks(stream, max_bytes=max_bytes, ratio=ratio))
    head = next(first, None)
    return RecordFeed(_cut(head, first), name=name, today=today)


def _cut(head, rest):
    desk = Desk()
    if head is not None:
        yield from desk.take(head)
    for framed_ in rest:
        yield from desk.take(framed_)
    yield from desk.rest()


FORMAT = Format(
    code="ncpdp_d0",
    title="NCPDP Telecommunication D.0, requests and answers",
    media_types=("application/octet-stream", "text/plain", *CONTAINER_TYPES),
    open=open_d0,
    counts="transaction",
    fields={"header": HEADER_FIELDS, "segments": tuple(_fields())},
)
