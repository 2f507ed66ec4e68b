"""X12: the envelope of an interchange, checked while its transactions pass through, and elements read as values.

A file whose envelope is broken is refused whole: what a lost segment said, nobody can tell. Letters: X12 names no character
set, so bytes that are not UTF-8 are read as Latin-1.
"""

from dataclasses import dataclass, replace

from pharmacies.billing.formats.x12_tokens import NotX12, Segment, segments

from ...checks import FIRST_DAY, Problem, Rejected, problem
from ...fields import X12_DATE, FieldFault
from .blocks import blocks
from .outcome import FeedRefused

LONGEST_SEGMENT = 1 << 16
LARGEST_RECORD = 4 << 20
OUTSIDE = frozenset({"TA1"})
"""Segments that may stand between ISA and GS and are not of any group."""


@dataclass(frozen=True, slots=True)
class Guide:
    """An implementation guide: transaction set, functional group, versions by their first letters, and what it holds."""

    set: str
    group: str
    versions: tuple[str, ...]
    holds: str


class Expanded:
    """The blocks of a file as a stream."""

    def __init__(self, expanded):
        self._blocks = expanded

    def read(self, _size):
        return next(self._blocks, b"")


def opened(stream, guide, *, max_bytes, ratio):
    """Yields the segments of the file's transactions, ST and SE included. The start of the file is looked at at once."""
    passing = _passing(Expanded(blocks(stream, max_bytes=max_bytes, ratio=ratio)), Envelope(guide))
    first = next(passing)

    def all_of_them():
        yield first
        yield from passing

    return all_of_them()


def _passing(stream, envelope):
    last = 0
    try:
        for segment in segments(stream, longest=LONGEST_SEGMENT):
            last = segment.number
            if envelope.take(segment):
                yield envelope.st if segment.id == "ST" else segment
    except NotX12 as fault:
        raise FeedRefused(fault.code, str(fault))
    envelope.end(last)


class Envelope:
    """ISA to IEA, GS to GE, ST to SE: each closed by its own, with the count and the control number that it names."""

    def __init__(self, guide):
        self.guide = guide
        self.isa = self.gs = self.st = None
        self.groups = self.sets = 0

    def take(self, s):
        """Whether the segment belongs to a transaction. Raises FeedRefused."""
        if s.id in ("ISA", "GS", "ST", "SE", "GE", "IEA"):
            getattr(self, f"_{s.id.lower()}")(s)
            return s.id in ("ST", "SE")
        if self.st is None and not (s.id in OUTSIDE and self.isa is not None and self.gs is None):
            raise refused("segment_order", s, "stands outside of any transaction.")
        return self.st is not None

    def end(self, last):
        for opener, closer in ((self.st, "SE"), (self.gs, "GE"), (self.isa, "IEA")):
            if opener is not None:
                raise FeedRefused("truncated", f"The file ends at segment {last} without {closer}: it was cut off.")

    def _isa(self, s):
        self._closed(s, self.isa)
        self.isa, self.groups = s, 0

    def _gs(self, s):
        self._closed(s, self.gs)
        self._within(s, self.isa, "ISA")
        self.gs, self.sets, self.groups = s, 0, self.groups + 1
        if s.get(1) != self.guide.group:
            raise refused("wrong_kind", s, f"opens a group that does not hold {self.guide.holds} ({self.guide.group}).")

    def _st(self, s):
        self._closed(s, self.st)
        self._within(s, self.gs, "GS")
        self.sets += 1
        if s.get(1) != self.guide.set:
            raise refused("wrong_kind", s, f"opens a transaction that is not a {self.guide.set}.")
        version = s.get(3) or self.gs.get(8)
        self.st = replace(s, elements=(s.get(1), s.get(2), version))  # a transaction may leave its version to its group
        if not version.startswith(self.guide.versions):
            raise refused("wrong_version", s, f"is not of a version read here: {', '.join(self.guide.versions)}.")

    def _se(self, s):
        self._within(s, self.st, "ST")
        _agree(s, s.number - self.st.number + 1, "segments", self.st.get(2))
        self.st = None

    def _ge(self, s):
        self._closed(s, self.st)
        self._within(s, self.gs, "GS")
        _agree(s, self.sets, "transactions", self.gs.get(6))
        self.gs = None

    def _iea(self, s):
        self._closed(s, self.gs)
        self._within(s, self.isa, "ISA")
        _agree(s, self.groups, "groups", self.isa.get(13))
        self.isa = None

    def _closed(self, s, open_):
        if open_ is not None:
            raise refused("no_trailer", s, f"comes before segment {open_.number} ({open_.id}) was closed.")

    def _within(self, s, open_, opener):
        if open_ is None:
            raise refused("segment_order", s, f"stands where no {opener} is open.")


def _agree(s, held, what, control):
    said = s.get(1)
    if not (said.isascii() and said.isdigit() and len(said) <= 12 and int(said) == held):
        raise refused("control_total", s, f"counts {what} otherwise than the file has them, {held}.")
    if s.get(2) != control:
        raise refused("control_number", s, "has another control number than the segment that it closes.")


def refused(code, s, says):
    name = s.id if s.id.isalnum() and s.id.isascii() and len(s.id) <= 3 else "?"
    return FeedRefused(code, f"Segment {s.number} ({name}) {says}")


class Taken:
    """Values taken from the elements of one record, and everything that is wrong with them."""

    def __init__(self):
        self.problems: list[Problem] = []

    def read(self, s, at, reader, *, of="", part=None):
        """Element `at` of a segment (or a component of it) as the reader reads it; what is wrong becomes a problem."""
        if s is None:
            return reader.careful("")
        return self.value(place(s, at, of), s.get(at) if part is None else component(s, at, part), reader)

    def value(self, field, text, reader):
        try:
            return reader.careful(text)
        except FieldFault as fault:
            self.problems.append(problem(field, fault.code, f"{fault.message}."))
            return reader.careful("")

    def days(self, s):
        """(first, last) of a DTP segment: one day, a range of days, or a day with a time. (None, None) where there is none."""
        if s is None:
            return None, None
        field, text = place(s, 3, s.get(1)), s.get(3)
        first, last = (text.split("-", 1) + [""])[:2] if s.get(2) == "RD8" else (text, text)
        if s.get(2) == "DT":
            first = last = text[:8]
        if not text:
            self.fault(field, "missing", "is empty, and is needed.")
        return self.value(field, first, X12_DATE), self.value(field, last or first, X12_DATE)

    def fault(self, field, code, says):
        self.problems.append(problem(field, code, says))

    def judge(self):
        """Raises Rejected where anything is wrong; of each field only the first word."""
        if self.problems:
            raise Rejected(list({one.field: one for one in reversed(self.problems)}.values())[::-1])


def place(s, at, of=""):
    """The name of an element as people write it: CLM01, or DTP03 (472) where a qualifier says which."""
    return f"{s.id}{at:02}{f' ({of})' if of else ''}"


def component(s, at, part):
    parts = s.parts(at)
    return parts[part - 1] if part <= len(parts) else ""


def first_of(found, id_, *qualifiers):
    """The first segment of this id whose first element is one of the qualifiers; None where there is none."""
    for qualifier in qualifiers:
        for s in found:
            if s.id == id_ and s.get(1) == qualifier:
                return s
    return None


class Kept:
    """The segments of one record or of one level, up to a limit."""

    def __init__(self, start: Segment):
        self.start = start
        self.segments = [start]
        self.bytes = len(start.raw)

    def add(self, s):
        self.segments.append(s)
        self.bytes += len(s.raw) + 200
        if self.bytes > LARGEST_RECORD:
            raise refused("record_too_large", self.start, f"begins a record of more than {LARGEST_RECORD >> 20} MB.")

    @property
    def raw(self):
        return b"\n".join(s.raw for s in self.segments)


def created(s, at_day, at_time, *, today):
    """The version of what a transaction says: minutes from 1970 to its creation, so that of two of one day the later holds.
    Raises FeedRefused for a day that cannot be read or lies ahead: it would outdo everything that comes after."""
    clock = s.get(at_time)[:4].ljust(4, "0")
    try:
        day = X12_DATE.careful(s.get(at_day))
        if day is None or not (clock.isascii() and clock.isdigit() and clock[:2] < "24" and clock[2:] < "60"):
            raise FieldFault("not_a_date", "")
    except FieldFault:
        raise refused("not_a_date", s, "does not say when the transaction was created, as YYYYMMDD and HHMM.")
    if (day - today).days > 1:
        raise refused("in_the_future", s, "says that the transaction was created in the future.")
    return day, (day.toordinal() - FIRST_DAY) * 1440 + int(clock[:2]) * 60 + int(clock[2:])
