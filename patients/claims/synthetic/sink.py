"""One feed file: lines leave it in another order than they came, some twice, some with a broken sister line.

Memory does not grow with the file: a line waits in a shelf of fixed size until a later one takes its place.
"""

from dataclasses import dataclass, field

from . import faults
from .chance import dice

SHELF = 600
DUPLICATES_PER_MILLE = 10
FAULTS_PER_MILLE = 10


@dataclass(slots=True)
class Count:
    """Lines (data records, without the header) of one file. The classes are disjoint and add up to `lines`.

    good: told for the first time, known member. duplicates: the same bytes once more. reversals: B2 lines.
    unknown_member: well-formed, but no eligibility line names the member.
    """

    lines: int = 0
    good: int = 0
    malformed: int = 0
    duplicates: int = 0
    reversals: int = 0
    unknown_member: int = 0


@dataclass(slots=True)
class Sink:
    """A file being written. `rejects` takes a row for each broken line: file, line (header = 1), field, fault."""

    name: str
    kind: str
    stream: object
    rejects: object
    seed: int
    count: Count = field(default_factory=Count)
    shelf: list = field(default_factory=list)
    roll: object = None
    broken: int = 0

    def __post_init__(self):
        self.roll = dice(self.seed, 1 + sum(map(ord, self.kind)))

    def put(self, line, kind="good"):
        """Take a line of a class of Count. Duplicates and broken sisters are made here."""
        self._shelve(line, kind)
        turn = self.roll() * 1_000
        if turn < DUPLICATES_PER_MILLE:
            self._shelve(line, "duplicates")
        elif turn >= 1_000 - FAULTS_PER_MILLE and kind == "good":
            self.broken += 1
            line, its_field, fault = faults.break_line(self.roll, self.kind, line, number=self.broken)
            self._shelve(line, "malformed", (its_field, fault))

    def _shelve(self, line, kind, fault=None):
        record = (line, kind, fault)
        if len(self.shelf) < SHELF:
            self.shelf.append(record)
            return
        place = int(self.roll() * SHELF)
        record, self.shelf[place] = self.shelf[place], record
        self._write(record)

    def _write(self, record):
        line, kind, fault = record
        self.count.lines += 1
        setattr(self.count, kind, getattr(self.count, kind) + 1)
        self.stream.write(line)
        if fault:
            its_field, what = fault
            self.rejects.write(f"{self.name},{self.count.lines + 1},{its_field},{what}\n")

    def empty(self):
        """Write what still waits on the shelf."""
        for record in self.shelf:
            self._write(record)
        self.shelf.clear()
