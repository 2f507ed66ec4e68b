"""Bytes to transmissions. Two ways to write several into a file, told by the first byte:

- STX (0x02) ... ETX (0x03) around each, as the NCPDP batch standard 1.1 and 1.2 has it: a record 00 opens a batch, G1 and a
  reference number of ten characters come before each transmission, and a record 99 counts the records, 00 and 99 included.
  Transmissions in STX and ETX without a batch are read, too; line ends between the frames do not matter.
- one a line, without a frame.
"""

import re
from itertools import chain
from typing import NamedTuple

from ..reading.lines import LONGEST_LINE_BYTES, TooLong, numbered
from ..reading.outcome import FeedRefused
from ..reading.strangers import name_of
from .versions import OLD, VERSIONS

STX, ETX = b"\x02", b"\x03"
HEADER = re.compile(rb"00[TRE].{24}([0-9]{7})[0-9]{12}[PT]1[12].{0,24}", re.DOTALL)
TRAILER = re.compile(rb"99([0-9]{7})([0-9]{10}).{0,35}", re.DOTALL)
HEADS = (b"00T", b"00R", b"00E")
DETAIL = re.compile(rb"G1.{10}", re.DOTALL)
LONGEST_TRANSMISSION_BYTES = 5 * LONGEST_LINE_BYTES
"""Four transactions, and what they share: a value that is too long for anything costs its own transaction alone (rows.py)."""
SAYS = {
    "unterminated": "begins with STX and has no ETX.",
    "outside_frame": "stands outside STX and ETX.",
    "record_too_long": f"is longer than {LONGEST_TRANSMISSION_BYTES:,} bytes.",
}


class Framed(NamedTuple):
    """The bytes of one transmission. `reference`: of its batch detail. `fault`: a key of SAYS when it is no whole one."""

    raw: bytes
    reference: bytes = b""
    fault: str = ""


def framed(blocks):
    """Yields Framed. Raises FeedRefused for a file of another kind, one that is cut off, or a batch that miscounts."""
    first = next(blocks)
    while len(first.lstrip()) < 8 and (more := next(blocks, b"")):
        first += more
    start = first.lstrip(b" \r\n\t")
    if start.startswith(STX):
        yield from _batched(_frames(chain([start], blocks)))
        return
    _check_start(start)
    for chunk in numbered(chain([first], blocks), longest=LONGEST_TRANSMISSION_BYTES):
        if isinstance(chunk, TooLong):
            yield Framed(b"", fault="record_too_long")
            continue
        for line in chunk.body.split(b"\n"):
            line = line.removesuffix(b"\r")
            if len(line) > LONGEST_TRANSMISSION_BYTES:
                yield Framed(line, fault="record_too_long")
            elif line.strip():
                yield Framed(line)


def version_of(raw):
    """(the Version, whether it is a request), or (None, False)."""
    for version in VERSIONS.values():
        for is_request, header in ((True, version.request), (False, version.response)):
            start, end = header["version"]
            if raw[start:end] == version.code.encode():
                return version, is_request
    return None, False


def _check_start(start):
    if version_of(start)[0] is not None:
        return
    line = start.split(b"\n", 1)[0][:1000]
    if line[6:8] in OLD and b"\x1c" in line:
        raise FeedRefused("wrong_version", f"This is NCPDP version {OLD[line[6:8]]}. Version D.0 is read.", 1)
    name = "" if b"\x1c" in line else name_of(line)
    raise FeedRefused("not_ncpdp", f"The file does not begin with an NCPDP D.0 transmission. {name}".strip(), 1)


def _frames(blocks):
    """Yields (bytes between STX and ETX, fault)."""
    held, is_first, is_skipping = b"", True, False
    for block in blocks:
        pieces = (held + block).split(STX)
        held = pieces.pop()
        for piece in pieces:
            if not is_skipping and not (is_first and not piece):
                yield from _frame(piece)
            is_first = is_skipping = False
        if is_skipping:
            held = b""
        elif len(held) > LONGEST_TRANSMISSION_BYTES and ETX not in held[:LONGEST_TRANSMISSION_BYTES]:
            yield held[:LONGEST_TRANSMISSION_BYTES], "record_too_long"
            held, is_skipping = b"", True
    if is_skipping:
        return
    if ETX not in held:
        raise FeedRefused("truncated", "The file ends within a transmission. Send it again.")
    yield from _frame(held)


def _frame(piece):
    body, ended, after = piece.partition(ETX)
    fault = "record_too_long" if len(body) > LONGEST_TRANSMISSION_BYTES else "" if ended else "unterminated"
    yield body, fault
    if after.strip():
        yield after[:LONGEST_TRANSMISSION_BYTES], "outside_frame"


def _batched(frames):
    """Checks the batches and yields what they hold."""
    batch, count = None, 0
    for body, fault in frames:
        count += fault != "outside_frame"
        if fault or version_of(body)[0] is not None:
            yield Framed(body, fault=fault)
        elif body[:3] in HEADS:
            opened = HEADER.fullmatch(body)
            if opened is None:
                raise FeedRefused(
                    "bad_batch_header", "The first record (00) of a batch is not as the batch standard 1.2 has it."
                )
            if batch is not None:
                raise _no_trailer()
            batch, count = opened[1], 1
        elif closed := TRAILER.fullmatch(body):
            if batch is None:
                raise FeedRefused("no_batch_header", "A batch ends (record 99) that did not begin (record 00).")
            _check_trailer(batch, count, closed)
            batch = None
        elif detail := DETAIL.match(body):
            yield Framed(body[detail.end() :], body[2 : detail.end()])
        else:
            yield Framed(body)
    if batch is not None:
        raise _no_trailer()


def _check_trailer(batch, count, closed):
    if closed[1] != batch:
        raise FeedRefused("control_total", "The batch numbers of a batch's first and last record differ.")
    if int(closed[2]) != count:
        message = f"A batch says that it has {int(closed[2])} records, and has {count}, its first and last included."
        raise FeedRefused("control_total", message)


def _no_trailer():
    return FeedRefused("truncated", "A batch has no end (record 99). Send the file again.")
