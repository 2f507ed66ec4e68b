"""One transmission taken apart: a header of fixed length, shared segments, and up to four transactions with their own.

Separators: RS (0x1E) before a segment, GS (0x1D) before a transaction, FS (0x1C) before a field.
"""

from dataclasses import dataclass, field

from ...checks import Rejected, present, problem
from ...fields import FieldFault
from .versions import HEADER_NAMES, NO_CLAIMS, Version

FS, GS, RS = "\x1c", "\x1d", "\x1e"
MOST = 4
NOTHING, ONE_EMPTY = {}, ("",)


@dataclass(slots=True)
class Head:
    """What the header says, as texts without blanks around them."""

    version: Version
    is_request: bool
    transaction: str
    count: str
    pharmacy: str
    day: str
    status: str = ""


@dataclass(slots=True)
class Fields:
    """The fields of one transaction and of the segments that it shares, with everything that is found wrong with them."""

    version: Version
    segments: dict
    problems: list = field(default_factory=list)

    def all(self, segment, id):
        """The values of a field that may repeat, read."""
        return [self._read(id, raw) for raw in self.segments.get(segment, NOTHING).get(id, ())]

    def one(self, segment, id):
        """The value of a field that must not repeat with other words; read as empty when it is absent."""
        raws = self.segments.get(segment, NOTHING).get(id, ONE_EMPTY)
        if len(raws) > 1 and len({raw.strip() for raw in raws}) > 1:
            self.fault(id, "doubled_field", "stands twice, with different values.")
        return self._read(id, raws[0])

    def need(self, id, value):
        """A fault when a field is empty, and not for another reason."""
        name = self.version.elements[id].name
        if not any(one.field == name for one in self.problems):
            present(self.problems, name, value)

    def fault(self, id, code, message):
        self.problems.append(problem(self.version.elements[id].name, code, message))

    def _read(self, id, raw):
        read = self.version.elements[id].read
        try:
            return read.careful(raw)
        except FieldFault as fault:
            self.fault(id, fault.code, f"{fault.message}.")
            return read.careful("")


def head_of(raw, version, is_request):
    """Reads the header. Raises Rejected when it has not the right length."""
    header = version.request if is_request else version.response
    text = raw[: header["end"][0] + 20].decode("latin-1")
    length = min((at for at in map(text.find, (RS, GS, FS)) if at >= 0), default=len(text.rstrip()))
    least = version.shortest["request" if is_request else "response"]
    if not least <= length <= header["end"][0]:
        raise Rejected([problem("header", "header_length", f"is not {header['end'][0]} characters long.")])
    text = text[:length]
    told = {name: text[slice(*header[name])].strip() for name in ("transaction", "count", "pharmacy", "day")}
    return Head(version, is_request, status="" if is_request else text[slice(*header["status"])], **told)


def groups_in(raw, head):
    """How many transactions a transmission holds. Raises Rejected when that is not what its header says."""
    found = raw.count(b"\x1d")
    if not found and head.is_request and b"\x1cAM07" in raw:
        found = 1  # captures of single transactions often lack the separator
    if head.transaction in NO_CLAIMS or (not head.is_request and not found):
        return max(found, 1)
    if not head.count.isdigit() or not head.count.isascii() or int(head.count) != found or not 1 <= found <= MOST:
        name, says = HEADER_NAMES["count"], f"is not the number of transactions that follow, which is {found}."
        raise Rejected([problem(name, "transaction_count", says)])
    return found


def alone(raw, head, place, groups):
    """The bytes of one transaction of a transmission, with what all of them share; of another number of them, all."""
    shared, *parts = raw.split(GS.encode())
    if len(parts) != groups or groups < 2:
        return raw
    start, end = (head.version.request if head.is_request else head.version.response)["count"]
    return shared[:start] + b"1" + shared[end:] + GS.encode() + parts[place]


def take_apart(raw, version):
    """(Segments of the whole transmission, [segments of each transaction]): {id: {field id: [texts]}} each. Raises Rejected."""
    text = raw.decode("latin-1")
    start = min((at for at in map(text.find, (RS, GS, FS)) if at >= 0), default=len(text))
    shared, *groups = text[start:].split(GS)
    if not groups and f"{FS}AM07" in shared:
        shared, claim = shared.split(f"{FS}AM07", 1)
        groups = [f"{FS}AM07{claim}"]
    return _segments(shared), [_segments(group) for group in groups]


def _segments(text):
    found = {}
    for part in text.split(RS):
        name, *fields = [piece for piece in part.split(FS) if piece.strip()] or [""]
        if not name:
            continue
        name = name.strip()
        if name.startswith("AM") and len(name) > 4:
            raise Rejected(
                [problem("segment", "no_field_separator", "has no separator (0x1C) behind its id (111-AM).")]
            )
        if name in found:
            raise Rejected([problem("segment", "doubled_segment", "stands twice in one transaction.")])
        found[name] = told = {}
        for piece in fields:
            told.setdefault(piece[:2], []).append(piece[2:])
    return found
