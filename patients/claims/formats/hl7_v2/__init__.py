r"""HL7 version 2 messages, 2.3 to 2.5.1 (later ones are read as 2.5.1): vaccinations (VXU^V04) and results (ORU^R01).

A record is a message; its number is the ordinal of its MSH segment in the file. A message is taken whole or not at all: one
field at fault rejects it, under the field's name (`RXA-5`). Messages of other types are counted and not read.

UTF-8. Segments end in CR, LF or CRLF; messages come in MLLP frames or plainly, in batches (BHS, FHS) or not: cut.py.
Delimiters come from MSH, escapes (\F\ \S\ \T\ \R\ \E\ \X..\) are taken back: message.py. The member: patient.py. What becomes of
doses and results, and how one that is sent again, changed or deleted is known: vaccinations.py, results.py.

Sources of the segments and tables: HL7's chapters 2, 3, 4 and 7 of version 2.5.1, and the CDC's guide for immunization
messaging, release 1.5.
"""

from functools import partial

from ...checks import Rejected, problem
from ..reading.blocks import CONTAINER_TYPES, blocks
from ..reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from ..reading.records import Record, RecordFeed
from . import documented, results, vaccinations
from .cut import messages, too_large
from .message import NEWER, VERSIONS, parse

READERS = {("VXU", "V04"): vaccinations.rows_of, ("ORU", "R01"): results.rows_of}
READERS |= {("VXU", ""): vaccinations.rows_of, ("ORU", ""): results.rows_of}


def build(raw, seen):
    """The rows of one message's bytes. Raises Rejected."""
    segments = parse(raw)
    msh = segments[0]
    type_, trigger, *_ = (*msh.parts(9), "")
    read = READERS.get((type_.upper(), trigger.upper()))
    if not type_:
        raise Rejected([problem("MSH-9", "missing", "is empty, and is needed.")])
    if read is None:
        seen.notes["message_not_read"] += 1
        return []
    version = msh.text(12)
    if version not in VERSIONS and version not in NEWER:
        raise Rejected([problem("MSH-12", "wrong_version" if version else "missing", "names no version from 2.3 on.")])
    if msh.text(11).upper() in ("T", "D"):
        raise Rejected([problem("MSH-11", "test_message", "marks a message for training or debugging: none is read.")])
    if version in NEWER:
        seen.notes["newer_hl7_version"] += 1
    return read(segments, seen)


def open_feed(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    """Open a stream of bytes. What is no HL7 file is refused when its first segment is read."""
    found = messages(blocks(stream, max_bytes=max_bytes, ratio=ratio))
    return RecordFeed(_records(found), name=name, today=today)


def _records(found):
    for raw in found:
        body = raw.body
        yield Record(raw.number, body, too_large if raw.is_too_large else partial(build, body))


FORMAT = Format(
    code="hl7_v2",
    title="HL7 version 2: vaccinations (VXU^V04) and results (ORU^R01)",
    media_types=("x-application/hl7-v2+er7", "application/hl7-v2", "text/plain", *CONTAINER_TYPES),
    open=open_feed,
    counts="message",
    fields=documented.FIELDS,
)
