"""Feeds whose records are not lines, or of several kinds: a format cuts records out of the bytes, and builds rows from each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ...checks import Rejected
from .feed import Seen
from .lines import digest
from .outcome import Bad, Good
from .shape import Drift


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file, still as bytes. `number`: see Good; numbers rise. `build(seen)` returns its rows as a list of
    (kind, row), row in the order of `records.LAYOUTS[kind]`, or raises Rejected with everything that is wrong with it.
    A record that means nothing here gives no row and is no data record: `build` counts it in `seen.notes`, under a code of
    `records.NOTES`. `digest`: for a record of which not all bytes are kept, sha256 in hex, or what gives it. `sent`: gives the
    bytes of a file of this record alone, where its own are no such file."""

    number: int
    raw: bytes
    build: Callable
    digest: str | Callable = ""
    sent: Callable | None = None


class RecordFeed:
    """A feed of `Record`s. A subclass or a caller gives `cut`: an iterator of Records, which raises FeedRefused for a file
    that is damaged, cut off, or whose trailer says otherwise than its records.

    At the end `records`, `rejected` and `notes` are as in `Feed`. `kind` is '': every row names its own.
    """

    kind = ""

    def __init__(self, cut, *, name="", today=None, drift=None):
        self.name = name
        self.drift = drift or Drift()
        self.records = 0
        self.rejected = 0
        self.cut = cut
        self._seen = Seen(today or datetime.now(UTC).date())

    @property
    def notes(self):
        return {code: count for code, count in self._seen.notes.items() if count}

    def written(self):
        """As `Feed.written`: no format of records has its lines ready."""
        return iter(self)

    def __iter__(self):
        for record in self.cut:
            seen = Seen(self._seen.today)  # a rejected record counts as rejected, not as lacking something
            try:
                rows = record.build(seen)
            except Rejected as rejected:
                self.records += 1
                self.rejected += 1
                told = record.digest() if callable(record.digest) else record.digest
                yield Bad(record.number, tuple(rejected.problems), told or digest(record.raw))
                continue
            self._seen.notes.update(seen.notes)
            self.records += bool(rows)
            for kind, row in rows:
                yield Good(record.number, row, kind)
