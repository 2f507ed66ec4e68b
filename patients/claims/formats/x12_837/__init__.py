"""X12 837: health care claims, professional (005010X222) and institutional (005010X223), as sent: nothing of it is paid yet.

A record is a claim, numbered by its CLM segment among all segments of the file. The transaction's creation (BHT04 and
BHT05) is the version: a claim sent again later, as a correction or unchanged, holds.
"""

from datetime import UTC, datetime
from functools import partial

from ...records import words
from ..reading.blocks import CONTAINER_TYPES
from ..reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from ..reading.records import Record, RecordFeed
from ..reading.x12 import Guide, Kept, created, opened, refused
from .claim import Claim, build
from .described import FIELDS

PROFESSIONAL, INSTITUTIONAL = "005010X222", "005010X223"
GUIDE = Guide("837", "HC", (PROFESSIONAL, INSTITUTIONAL), "claims")
BILLING, SUBSCRIBER, PATIENT = "20", "22", "23"
ABOVE = {BILLING: None, SUBSCRIBER: BILLING, PATIENT: SUBSCRIBER}
OF_LEVELS = frozenset(words("NM1 N3 N4 REF PER PRV CUR SBR PAT DMG"))
OF_CLAIMS = frozenset(
    words(
        "DTP PWK CN1 AMT REF K3 NTE CR1 CR2 CR3 CR5 CRC HI HCP NM1 PRV N3 N4 PER SBR CAS OI MIA MOA DMG LX SV1 SV2 SV5 "
        "QTY MEA PS1 LIN CTP SVD LQ FRM CL1"
    )
)
"""Segments of the guides, by where they stand. Any other says that something was damaged: its claim is not read."""


class Cutter:
    """Where in the hierarchy the file is: the open levels, and the open claim."""

    def __init__(self, found, today):
        self.found, self.today = found, today
        self.version = None
        self.levels, self.ids, self.is_sound = {}, {}, True
        self.level = self.claim = None
        self.kind = ""

    def __iter__(self):
        for s in self.found:
            if s.id in ("CLM", "HL", "SE") and self.claim is not None:
                yield self._cut()
            if s.id == "ST":
                self.__init__(self.found, self.today)
                self.kind = s.get(3)
            elif s.id == "HL":
                self._hierarchy(s)
            elif s.id == "CLM":
                self._begin(s)
            elif s.id != "SE":
                self._add(s)

    def _begin(self, s):
        if self.level not in (SUBSCRIBER, PATIENT) or self.version is None:
            raise refused("segment_order", s, "is a claim without a subscriber or patient above it.")
        self.claim = Kept(s)

    def _add(self, s):
        if self.claim is not None:
            self.claim.add(s)
        elif self.level is not None:
            if s.id not in OF_LEVELS:
                raise refused("segment_order", s, "does not belong where no claim is open.")
            self.levels[self.level].add(s)
        elif s.id == "BHT":
            _, self.version = created(s, 4, 5, today=self.today)

    def _hierarchy(self, s):
        """A level opens: under the one that it names, which must be the open one. Claims under a wrong level are not read."""
        level = s.get(3)
        if level not in ABOVE:
            raise refused("hierarchy", s, "opens a level that claims do not have.")
        above = ABOVE[level]
        self.is_sound = above is None or s.get(2) != "" and s.get(2) == self.ids.get(above)
        for lower in (
            level,
            *((PATIENT,) if level == SUBSCRIBER else (SUBSCRIBER, PATIENT) if level == BILLING else ()),
        ):
            self.levels.pop(lower, None)
            self.ids.pop(lower, None)
        self.level, self.levels[level], self.ids[level] = level, Kept(s), s.get(1)

    def _cut(self):
        kept, self.claim = self.claim, None
        claim = Claim(
            segments=kept.segments,
            billing=self._of(BILLING),
            subscriber=self._of(SUBSCRIBER),
            patient=self._of(PATIENT) if self.level == PATIENT else None,
            is_institutional=self.kind.startswith(INSTITUTIONAL),
            version=self.version,
            is_sound=self.is_sound,
            stray=next((s for s in kept.segments[1:] if s.id not in OF_CLAIMS), None),
        )
        return Record(kept.start.number, kept.raw, partial(build, claim))

    def _of(self, level):
        return self.levels[level].segments if level in self.levels else []


def open_claims(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    today = today or datetime.now(UTC).date()
    found = opened(stream, GUIDE, max_bytes=max_bytes, ratio=ratio)
    return RecordFeed(iter(Cutter(found, today)), name=name, today=today)


FORMAT = Format(
    "x12_837",
    "X12 837 claims, professional and institutional (005010X222, 005010X223)",
    ("application/EDI-X12", *CONTAINER_TYPES),
    open_claims,
    counts="segment",
    fields=FIELDS,
)
