"""One feed file of one kind, as long as is asked for: for a payer's engineer who tries the way before there are data.

The people of a seed are the same in every kind: eligibility and pharmacy claims of one seed go together. Lines are written as
they are drawn, so memory does not grow with the file.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from . import columns, lines
from .chance import dice, window
from .faults import COLUMNS, break_line
from .population import Run, write_member

KINDS = tuple(COLUMNS)
FAULTS_PER_MILLE = 50
LONGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that cannot be read: its number in the file (the header is line 1), the column at fault or '', and what is wrong."""

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

    def put(self, line, kind="good"):
        if not self.left or kind == "unknown_member":
            return
        self.left -= 1
        self.written += 1
        if self.broken is not None and self.roll() * 1_000 < self.per_mille:
            line, its_field, fault = break_line(self.roll, self.kind, line, number=len(self.broken) + 1)
            self.broken.append(Broken(self.written + 1, its_field, fault))
        self.out.write(line)


@dataclass(slots=True)
class _Nowhere:
    """Takes what is not wanted."""

    taken: int = field(default=0)

    def put(self, line, kind="good"):
        self.taken += 1

    write = put


def write(out, *, kind, count, seed, as_of=None, with_faults=False, per_mille=FAULTS_PER_MILLE, payer="sandbox"):
    """Writes a header and `count` lines of `kind` to `out` (text). Returns the lines that were broken, with `with_faults`
    `per_mille` in a thousand. Raises ValueError, with a sentence, when an argument cannot be used."""
    if kind not in KINDS:
        raise ValueError(f"The kind must be one of {', '.join(KINDS)}.")
    if not 1 <= count <= LONGEST:
        raise ValueError(f"The number of lines must lie between 1 and {LONGEST:,}.")
    if not 0 <= seed < 1_000_000_000:
        raise ValueError("The seed must be a whole number from 0 to 999999999.")
    as_of = as_of or datetime.now(UTC).date()
    days = window(as_of.year, as_of)
    wanted = _Wanted(kind, out, count, dice(seed, 99), [] if with_faults else None, per_mille)
    sinks = {each: wanted if each == kind else _Nowhere() for each in KINDS}
    run = Run(window=days, seed=seed, formats=lines.formats(payer, days), sinks=sinks, expected=_Nowhere())
    out.write(",".join(getattr(columns, kind.upper())) + "\n")
    member = 0
    while wanted.left:
        write_member(run, member)
        member += 1
    return wanted.broken or []
