"""One feed file of one kind, as long as is asked for: for a payer's engineer who tries the way before there are data.

The people of a seed are the same in every kind: eligibility and pharmacy claims of one seed go together. Lines are written as
they are drawn, so memory does not grow with the file.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from . import columns, lines, writers
from .chance import dice, window
from .faults import COLUMNS, break_line, break_row
from .population import Run, write_member

KINDS = tuple(COLUMNS)
FORMATS = ("tuva_csv", *writers.WRITERS)
FAULTS_PER_MILLE = 50
LONGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that cannot be read: its number as the format counts (of lines the header is 1), the column of Tuva's at fault
    or '', and what is wrong."""

    line: int
    field: str
    fault: str


@dataclass(slots=True)
class _Wanted:
    """Takes lines until there are enough. `broken` is a list when some lines are to be broken, else None."""

    kind: str
    out: object
    left: int
    roll: object
    broken: list | None
    per_mille: int
    written: int = 0
    writer: object = None

    def put(self, line, kind="good"):
        if not self.left or kind == "unknown_member":
            return
        is_broken = self.broken is not None and self.roll() * 1_000 < self.per_mille
        if self.writer is not None:
            self._write_row(dict(zip(COLUMNS[self.kind], line.rstrip("\n").split(","), strict=True)), is_broken)
            return
        self.left -= 1
        self.written += 1
        if is_broken:
            line, its_field, fault = break_line(self.roll, self.kind, line, number=len(self.broken) + 1)
            self.broken.append(Broken(self.written + 1, its_field, fault))
        self.out.write(line)

    def _write_row(self, row, is_broken):
        """In another format; a row that its writer has no place for does not count."""
        its_field = fault = ""
        if is_broken:
            row, its_field, fault = break_row(self.roll, self.kind, row, number=len(self.broken) + 1)
        if not self.writer.put(row):
            return
        self.left -= 1
        if fault:
            self.broken.append(Broken(self.writer.number, its_field, fault))


@dataclass(slots=True)
class _Nowhere:
    """Takes what is not wanted."""

    taken: int = field(default=0)

    def put(self, line, kind="good"):
        self.taken += 1

    write = put


def check(format, kind):
    """Raises ValueError, with a sentence, where no file of this format and kind can be made."""
    if format not in FORMATS:
        raise ValueError(f"The format must be one of {', '.join(FORMATS)}.")
    if kind not in KINDS:
        raise ValueError(f"The kind must be one of {', '.join(KINDS)}.")
    if not writers.has(format, kind):
        raise ValueError(f"Of {format} there is {' and '.join(writers.kinds_of(format, KINDS))} to try with.")


def write(
    out,
    *,
    kind,
    count,
    seed,
    format="tuva_csv",
    as_of=None,
    with_faults=False,
    per_mille=FAULTS_PER_MILLE,
    payer="sandbox",
):
    """Writes `count` records of `kind` and what stands around them to `out` (text). Returns the records that were broken, with
    `with_faults` `per_mille` in a thousand. Raises ValueError, with a sentence, when an argument cannot be
    used."""
    check(format, kind)
    if not 1 <= count <= LONGEST:
        raise ValueError(f"The number of lines must lie between 1 and {LONGEST:,}.")
    if not 0 <= seed < 1_000_000_000:
        raise ValueError("The seed must be a whole number from 0 to 999999999.")
    as_of = as_of or datetime.now(UTC).date()
    days = window(as_of.year, as_of)
    writer = None if format == "tuva_csv" else writers.WRITERS[format][1](out, as_of)
    wanted = _Wanted(kind, out, count, dice(seed, 99), [] if with_faults else None, per_mille, writer=writer)
    sinks = {each: wanted if each == kind else _Nowhere() for each in KINDS}
    run = Run(window=days, seed=seed, formats=lines.formats(payer, days), sinks=sinks, expected=_Nowhere())
    if writer is None:
        out.write(",".join(getattr(columns, kind.upper())) + "\n")
    member = 0
    while wanted.left:
        write_member(run, member)
        member += 1
    if writer is not None:
        writer.end()
    return wanted.broken or []
