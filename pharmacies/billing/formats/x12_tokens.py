"""X12 in: a stream of bytes becomes numbered segments. Holds one segment at a time; says what is wrong with the envelope."""

import re
from dataclasses import dataclass

CHUNK = 65_536
LONGEST_SEGMENT = 4_096
ISA_ELEMENTS, LONGEST_ISA = 16, 160
"""An ISA has 106 places; lines that break within it, or a wider id, make it a little longer."""
BETWEEN = re.compile(rb"(\xef\xbb\xbf)?[\s\x00\x1a]*")
"""What may stand between segments: a byte order mark, blanks, and the end sign of old systems."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """`number` counts the file's segments from 1; `get(1)` is element 01, '' where it is not there."""

    number: int
    id: str
    elements: tuple[str, ...]
    component: str = ":"
    raw: bytes = b""

    def get(self, at):
        return self.elements[at - 1].strip() if at <= len(self.elements) else ""

    def parts(self, at):
        """The components of a composite element."""
        return tuple(part.strip() for part in self.get(at).split(self.component))


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, where: number and id of the segment, its element (0: the segment itself), a stable code, a sentence."""

    segment: int
    segment_id: str
    element: int
    code: str
    sentence: str


class NotX12(Exception):
    """The sentence says why nothing of the file can be read. `code`: not_x12, or truncated where the end is missing, or no_terminator."""

    def __init__(self, sentence, code="not_x12"):
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Signs:
    """The bytes that part a file's elements, components and segments."""

    element: bytes
    component: bytes
    terminator: bytes


def segments(stream, *, longest=LONGEST_SEGMENT):
    """Yields Segment after Segment of a binary stream. Raises NotX12 for what does not begin with a whole ISA, or has no end.

    Each interchange of the stream names its own signs in its ISA, by their order: some senders do not pad its elements.
    """
    buffer, at, count, signs, is_over = b"", 0, 0, None, False
    while not is_over:
        chunk = stream.read(CHUNK)
        buffer, at, is_over = buffer[at:] + chunk, 0, not chunk
        while (found := _next(buffer, at, signs, count, is_over, longest)) is not None:
            text, at, signs = found
            if text:
                count += 1
                yield _segment(count, text, signs)


def _next(buffer, at, signs, count, is_over, longest):
    """(bytes of a segment, where the next one begins, Signs), or None where the buffer does not hold a whole segment."""
    at = BETWEEN.match(buffer, at).end()
    if signs is None or buffer.startswith(b"ISA", at):
        if len(buffer) - at < LONGEST_ISA and not is_over:
            return None
        signs = _signs(buffer[at : at + LONGEST_ISA], is_first=count == 0)
    end = buffer.find(signs.terminator, at)
    if (len(buffer) if end < 0 else end) - at > longest:
        says = f"After segment {count} comes one without an end. The file is cut off, or it is no X12 file."
        raise NotX12(says, "no_terminator")
    if end >= 0:
        return buffer[at:end], end + 1, signs
    if is_over and at < len(buffer):
        # The last segment may lack its sign: its own numbers say whether it is whole.
        if not buffer.startswith(b"IEA" + signs.element, at):
            says = f"The file ends in the middle of segment {count + 1}. It was cut off: ask for it again."
            raise NotX12(says, "truncated")
        return buffer[at:].rstrip(b"\r\n \x00\x1a"), len(buffer), signs
    return None


def _signs(head, *, is_first):
    if not head.startswith(b"ISA"):
        raise NotX12("This is no X12 file: it does not begin with ISA.")
    element = head[3:4]
    *elements, last = head.split(element, ISA_ELEMENTS) if element else [head]
    last = last.lstrip(b"\r\n")
    if len(elements) < ISA_ELEMENTS and len(head) < LONGEST_ISA or len(last) < 2:
        where = "its first segment" if is_first else "a later ISA"
        raise NotX12(f"The file ends within {where}. It was cut off: ask for it again.", "truncated")
    signs = Signs(element=element, component=last[:1], terminator=last[1:2])
    ends = {signs.element, signs.component, signs.terminator}
    if len(elements) < ISA_ELEMENTS or len(ends) < 3 or any(each.isalnum() for each in ends):
        whose = "first line (ISA)" if is_first else "ISA of a later interchange"
        raise NotX12(f"The {whose} does not say which signs part its elements. Is the file whole?")
    return signs


def _segment(count, data, signs):
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.replace("\r", "").replace("\n", "")  # some senders break lines anywhere
    id_, *elements = text.split(signs.element.decode("latin-1"))
    component = signs.component.decode("latin-1")
    return Segment(number=count, id=id_.strip(), elements=tuple(elements), component=component, raw=data)
