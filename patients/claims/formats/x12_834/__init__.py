"""X12 834: benefit enrolment and maintenance (005010X220), as a full file or as changes.

A record is a member (INS), numbered by its INS segment among all segments of the file. The version is the transaction's
creation (BGN03 and BGN04), and not the day from which a change holds (DTP*303): what was said last is what holds, whether it
concerns next month or last year. A member who is missing from a full file (BGN08 4 or RX) is not thereby gone: the guide ends
a coverage by saying so (024), and a file of half the members would otherwise end the other half.
"""

from collections import Counter
from datetime import UTC, datetime
from functools import partial

from ...records import words
from ..reading.blocks import CONTAINER_TYPES
from ..reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from ..reading.records import Record, RecordFeed
from ..reading.x12 import Guide, Kept, created, opened, refused
from .described import FIELDS
from .member import Member, build

GUIDE = Guide("834", "BE", ("005010X220",), "enrolment")
OF_HEADERS = frozenset(["BGN", "REF", "DTP", "QTY", "N1", "ACT"])
OF_MEMBERS = frozenset(words("REF DTP NM1 PER N3 N4 DMG EC ICM AMT HLH LUI DSB HD IDC LX N1 N2 PRV COB LS LE PLA QTY"))
"""Segments of the guide, by where they stand. Any other says that something was damaged: its member is not read."""
TOTALS = {"ET": ("Y",), "DT": ("N",), "TO": ("Y", "N")}
"""Control totals of the header: subscribers, dependants, and both."""


class Cutter:
    """The transaction that is open, and the member."""

    def __init__(self, found, today):
        self.found, self.today = found, today
        self.member = None
        self._start()

    def _start(self):
        self.version = self.group_id = self.sponsor = None
        self.totals, self.counted = [], Counter()

    def __iter__(self):
        for s in self.found:
            if s.id in ("INS", "SE") and self.member is not None:
                yield self._cut()
            if s.id == "ST":
                self._start()
            elif s.id == "SE":
                self._tally()
            elif s.id == "INS":
                self._begin(s)
            elif self.member is not None:
                self.member.add(s)
            else:
                self._header(s)

    def _header(self, s):
        if s.id not in OF_HEADERS:
            raise refused("segment_order", s, "does not belong where no member is open.")
        if s.id == "BGN":
            _, self.version = created(s, 3, 4, today=self.today)
        elif s.id == "REF" and s.get(1) == "38":
            self.group_id = s
        elif s.id == "N1" and s.get(1) == "P5":
            self.sponsor = s
        elif s.id == "QTY" and s.get(1) in TOTALS and len(self.totals) < len(TOTALS):
            self.totals.append(s)

    def _begin(self, s):
        if self.version is None:
            raise refused("segment_order", s, "is a member before the transaction said when it was made (BGN).")
        self.member = Kept(s)
        self.counted["Y" if s.get(1) == "Y" else "N"] += 1

    def _tally(self):
        for s in self.totals:
            held = sum(self.counted[which] for which in TOTALS[s.get(1)])
            said = s.get(2)
            if not (said.isascii() and said.isdigit() and len(said) <= 12 and int(said) == held):
                raise refused("control_total", s, f"counts members otherwise than the transaction has them, {held}.")

    def _cut(self):
        kept, self.member = self.member, None
        stray = next((s for s in kept.segments[1:] if s.id not in OF_MEMBERS), None)
        member = Member(kept.segments, self.version, self.group_id, self.sponsor, stray)
        return Record(kept.start.number, kept.raw, partial(build, member))


def open_enrolment(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    today = today or datetime.now(UTC).date()
    found = opened(stream, GUIDE, max_bytes=max_bytes, ratio=ratio)
    return RecordFeed(iter(Cutter(found, today)), name=name, today=today)


FORMAT = Format(
    "x12_834",
    "X12 834 enrolment (005010X220)",
    ("application/EDI-X12", *CONTAINER_TYPES),
    open_enrolment,
    counts="segment",
    fields=FIELDS,
)
