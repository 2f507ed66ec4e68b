"""Bytes to messages: segments in CR, LF or CRLF, MLLP frames, batch envelopes whose counts are checked. Nothing is interpreted.

A file that begins with 0x0B is MLLP: each message stands between 0x0B and 0x1C, and a file whose frames do not match up was
cut off. FHS or BHS without its trailer was cut off, too. FTS-1 counts batches, BTS-1 messages.
"""

from dataclasses import dataclass, field

from ...checks import Rejected, problem
from ..reading.outcome import FeedRefused
from ..reading.strangers import name_of

LARGEST_MESSAGE_BYTES = 4 << 20
KEPT_BYTES = 1 << 16  # of a message that is larger
FRAME_START, FRAME_END = b"\x0b", b"\x1c"
TRAILER_OF = {b"FHS": b"FTS", b"BHS": b"BTS"}
ENDING = frozenset({b"MSH", *TRAILER_OF, *TRAILER_OF.values()})
WITHIN = {b"BHS": b"FHS"}


@dataclass(slots=True)
class Raw:
    """One message still as bytes. `segments` are without their ends; of one that is too large only the beginning is kept."""

    number: int
    segments: list = field(default_factory=list)
    size: int = 0

    @property
    def is_too_large(self):
        return self.size > LARGEST_MESSAGE_BYTES

    @property
    def body(self):
        return b"\r".join(self.segments)

    def add(self, segment, size):
        self.size += size + 1
        if not self.is_too_large:
            self.segments.append(segment)
        elif self.segments:
            self.segments = [self.body[:KEPT_BYTES]]


def segments(blocks):
    """Yield (segment, its size): without blank ones; of one beyond the cap on messages only the beginning comes."""
    carry, lost, starts, ends, is_framed = b"", 0, 0, 0, None
    for block in blocks:
        if is_framed is None:
            is_framed = block.startswith(FRAME_START)
        if is_framed:
            starts, ends = starts + block.count(FRAME_START), ends + block.count(FRAME_END)
            block = block.replace(FRAME_START, b"\n").replace(FRAME_END, b"\n")
        *whole, rest = block.replace(b"\r", b"\n").split(b"\n")
        for part in whole:
            if (carry + part).strip():
                yield carry + part, len(carry) + len(part) + lost
            carry, lost = b"", 0
        carry += rest
        if len(carry) > LARGEST_MESSAGE_BYTES:
            lost += len(carry) - KEPT_BYTES
            carry = carry[:KEPT_BYTES]
    if carry.strip():
        yield carry, len(carry) + lost
    if starts != ends:
        raise FeedRefused("mllp_truncated", "An MLLP frame does not end, or ends twice. Send the file again.")


class Envelopes:
    """The batch and file headers that are open, and what was counted in them."""

    def __init__(self):
        self.open = []  # [name, what was counted: batches or messages]
        self.unbatched = 0

    def header(self, name, number):
        inside = self.open[-1][0] if self.open else None
        if inside is not None and inside != WITHIN.get(name):
            raise _misplaced(f"A {name.decode()} stands inside a {inside.decode()}", number)
        if inside:
            self.open[-1][1] += 1
        self.open.append([name, 0])

    def trailer(self, segment, number):
        name = segment[:3]
        if not self.open or TRAILER_OF[self.open[-1][0]] != name:
            raise _misplaced(f"A {name.decode()} ends nothing that is open", number)
        header, counted = self.open.pop()
        told = segment[4:].split(segment[3:4], 1)[0].strip() if len(segment) > 4 else b""
        right = {counted} if counted or header == b"BHS" else {0, 1, self.unbatched}
        if told and not (told.isdigit() and len(told) <= 18 and int(told) in right):
            what = "batches" if header == b"FHS" else "messages"
            says = f"{name.decode()}-1 does not agree with the {counted:,} {what} that came. Send the file again."
            raise FeedRefused("control_total", says)

    def message(self):
        """A message counts in its batch. Of a file without batches FTS-1 may say none, one, or how many messages."""
        if self.open and self.open[-1][0] == b"BHS":
            self.open[-1][1] += 1
        else:
            self.unbatched += 1

    def end(self):
        if self.open:
            name = self.open[-1][0]
            says = f"The file ends before its {TRAILER_OF[name].decode()}: it was cut off. Send it again."
            raise FeedRefused("truncated", says)


def _misplaced(what, number):
    return FeedRefused("bad_envelope", f"{what}, after message {number:,}. Send the file again.")


def messages(blocks):
    """Yield a Raw for each MSH, in order. Raises FeedRefused for what is no HL7 file, and for envelopes that do not agree."""
    envelopes, current, number = Envelopes(), None, 0
    for segment, size in segments(blocks):
        name = segment[:3]
        if current is not None and name in ENDING:
            yield current
            current = None
        if name == b"MSH":
            number += 1
            envelopes.message()
            current = Raw(number)
            current.add(segment, size)
        elif name in TRAILER_OF:
            envelopes.header(name, number)
        elif name in TRAILER_OF.values():
            envelopes.trailer(segment, number)
        elif current is not None:
            current.add(segment, size)
        else:
            raise _stray(segment, number, is_first=not number and not envelopes.open)
    if current is not None:
        yield current
    envelopes.end()
    if not number:
        raise FeedRefused("empty_file", "The file holds no message.")


def _stray(segment, number, *, is_first):
    if not is_first:
        return _misplaced("A segment stands outside of any message", number)
    says = "The file does not begin with an MSH, BHS or FHS segment."
    if b"\x00" in segment:
        says = "The file begins with NUL bytes: it is binary, or UTF-16. Send UTF-8 text."
    return FeedRefused("not_hl7", name_of(segment[:KEPT_BYTES]) or says)


def too_large(seen):
    """The builder of a message beyond the cap."""
    raise Rejected([problem("message", "too_long", f"is longer than {LARGEST_MESSAGE_BYTES >> 20} MB.")])
