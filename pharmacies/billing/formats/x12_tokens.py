"""X12 in: a stream of bytes becomes numbered segments. Holds one segment at a time; says what is wrong with the envelope."""

from dataclasses import dataclass

CHUNK = 65_536
LONGEST_SEGMENT = 4_096
ISA_LENGTH = 106


@dataclass(frozen=True, kw_only=True)
class Segment:
    """`number` counts the file's segments from 1; `get(1)` is element 01, '' where it is not there."""

    number: int
    id: str
    elements: tuple[str, ...]
    component: str = ":"

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
    """The sentence says why nothing of the file can be read."""


def segments(stream):
    """Yields Segment after Segment of a binary stream. Raises NotX12 for what does not begin with a whole ISA, or has no end."""
    head = _head(stream)
    element, component, terminator = head[3], head[104], head[105]
    if len({element, component, terminator}) < 3 or any(each.isalnum() for each in (element, component, terminator)):
        raise NotX12("The first line (ISA) does not say which signs part its elements. Is the file whole?")
    rest, count = head, 0
    while chunk := stream.read(CHUNK):
        *whole, rest = (rest + _text(chunk)).split(terminator)
        for text in whole:
            if text := text.strip():
                count += 1
                yield _segment(count, text, element, component)
        if len(rest) > LONGEST_SEGMENT:
            raise NotX12(f"After segment {count} comes one without an end. The file is cut off, or it is no X12 file.")
    *whole, rest = rest.split(terminator)
    for text in filter(None, map(str.strip, whole)):
        count += 1
        yield _segment(count, text, element, component)
    if rest.strip():
        raise NotX12(f"The file ends in the middle of segment {count + 1}. It was cut off: ask for it again.")


def _head(stream):
    head = stream.read(ISA_LENGTH)
    while len(head) < ISA_LENGTH and (more := stream.read(ISA_LENGTH - len(head))):
        head += more
    if not head.startswith(b"ISA"):
        raise NotX12("This is no X12 file: it does not begin with ISA.")
    if len(head) < ISA_LENGTH:
        raise NotX12("The file ends within its first segment. It was cut off: ask for it again.")
    return _text(head)


def _text(data):
    return data.decode("latin-1")


def _segment(count, text, element, component):
    if len(text) > LONGEST_SEGMENT:
        raise NotX12(f"Segment {count} is longer than {LONGEST_SEGMENT} letters: this is no X12 file.")
    id_, *elements = text.replace("\r", "").replace("\n", "").split(element)  # some senders break lines anywhere
    return Segment(number=count, id=id_, elements=tuple(elements), component=component)
