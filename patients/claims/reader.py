"""A file, read: rows in batches that COPY takes as they are, the faults of bad records, and at the end what came of it all.

A large file is read by a process of its own, without Django and in constant memory, while the database works on what came
before. Both ways give the same items in the same order.
"""

import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

from .encoding import ENCODERS, digest_of
from .formats import Bad, FeedRefused, Written, open_feed

BATCH_ROWS = 5_000
BATCH_FAULTS = 1_000
OWN_PROCESS_BYTES = 2_000_000
"""Files beyond this size are worth a process of their own, which takes half a second to start."""
AHEAD = 12
"""Items that wait while the database is at work: some 12 MB."""
ROOT = Path(__file__).parents[2]
SIZE = struct.Struct("!I")
DRIFTS = ("missing", "unknown", "duplicated", "reordered")


class Rows(NamedTuple):
    """Rows of whole records. `kinds`: (kind, lines) pairs, a line being `seq, number, content hash, the encoder's columns`; seq
    counts the rows of the file from 1. `last`: the number of the last record. `unwritable`: numbers of those records among them
    of which UTF-8 cannot write a row."""

    kinds: list
    last: int
    unwritable: list


class Faults(NamedTuple):
    """(number, field, code, message, digest) of each problem of rejected records."""

    faults: list


class End(NamedTuple):
    """`lines`: data records. `rejected`: those with a fault."""

    kind: str
    lines: int
    rejected: int
    notes: dict
    drift: dict


class Refused(NamedTuple):
    """A FeedRefused on its way from the reading process."""

    code: str
    message: str
    line: int


class ReadingStopped(Exception):
    """The reading process ended before the file did. The load is tried again."""


def items(*, format, path, name, max_bytes, today):
    """Yields Rows and Faults as they are read, and End. Raises FeedRefused, also late; then nothing of it may stay."""
    size = path.stat().st_size
    read = _in_own_process if size > OWN_PROCESS_BYTES else _here
    yield from read(format=format, path=path, name=name, max_bytes=max_bytes, today=today)


def _here(*, format, path, name, max_bytes, today):
    with path.open("rb") as stream:
        yield from read(open_feed(format, stream, name=name, max_bytes=max_bytes, today=today))


def read(feed):
    """The items of an open feed."""
    batches, faults = Batches(feed.kind), []
    for item in feed.written():
        if isinstance(item, Bad):
            faults += [(item.number, one.field, one.code, one.message, item.digest) for one in item.problems]
            if len(faults) >= BATCH_FAULTS:
                yield Faults(faults)
                faults = []
        elif isinstance(item, Written):
            for first in range(0, len(item.lines), BATCH_ROWS):
                if batches.are_full:
                    yield batches.take()
                batches.add_written(item.lines[first : first + BATCH_ROWS])
        else:
            if batches.are_full and item.number != batches.last:
                yield batches.take()
            batches.add(item)
    kinds = feed.kind or "+".join(sorted(batches.lines))
    if batches.seq:
        yield batches.take()
    if faults:
        yield Faults(faults)
    drift = {name: list(columns) for name in DRIFTS if (columns := getattr(feed.drift, name))}
    yield End(kinds, feed.records, feed.rejected, feed.notes, drift)


class Batches:
    """Lines for COPY, by kind. `kind`: of a feed of one kind. `seq`: rows so far. `last`: the number of the last record."""

    def __init__(self, kind):
        self.kind, self.seq, self.last, self.full = kind, 0, 0, BATCH_ROWS
        self.lines, self.encoders = {}, {}

    @property
    def are_full(self):
        return self.seq >= self.full

    def add(self, good):
        number, row, kind = good
        if kind not in self.encoders:
            self.encoders[kind] = ENCODERS[kind or self.kind].encode
        digest, words = self.encoders[kind](row)
        self.seq, self.last = self.seq + 1, number
        self.lines.setdefault(kind, []).append(f"{self.seq}\t{number}\t{digest}\t{words}\n")

    def add_written(self, some):
        """(number, words) pairs."""
        self.lines.setdefault("", []).extend(
            f"{seq}\t{number}\t{digest_of(words)}\t{words}\n" for seq, (number, words) in enumerate(some, self.seq + 1)
        )
        self.seq, self.last = self.seq + len(some), some[-1][0]

    def take(self):
        """The batches as Rows; they are empty afterwards."""
        self.full = self.seq + BATCH_ROWS
        kinds, unwritable = [], []
        for kind, lines in self.lines.items():
            if lines:
                kinds.append((kind or self.kind, _bytes_of(lines, unwritable)))
                lines.clear()
        return Rows(kinds, self.last, unwritable)


def _bytes_of(batch, unwritable):
    try:
        return "".join(batch).encode()
    except UnicodeEncodeError:
        lines = []
        for line in batch:
            try:
                lines.append(line.encode())
            except UnicodeEncodeError:
                unwritable.append(int(line.split("\t", 2)[1]))
        return b"".join(lines)


def _in_own_process(*, format, path, name, max_bytes, today):
    words = [sys.executable, "-m", "patients.claims.reader", format, str(path), name, str(max_bytes), str(today)]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT) as process:
        ahead = queue.Queue(AHEAD)
        thread = threading.Thread(target=_read_ahead, args=(process.stdout, ahead), daemon=True)
        thread.start()
        try:
            while told := ahead.get():
                item = pickle.loads(told)  # noqa: S301 - written by our own process
                if isinstance(item, Refused):
                    raise FeedRefused(*item)
                yield item
                if isinstance(item, End):
                    return
            raise ReadingStopped(f"The process that read the file ended with {process.wait()}.")
        finally:
            process.kill()
            while thread.is_alive():  # it may wait for a place
                with suppress(queue.Empty):
                    ahead.get(timeout=0.05)


def _read_ahead(pipe, ahead):
    """Takes items from the pipe while the database is at work, and an empty one at its end."""
    while len(head := pipe.read(SIZE.size)) == SIZE.size:
        (length,) = SIZE.unpack(head)
        if len(told := pipe.read(length)) < length:
            break
        ahead.put(told)
    ahead.put(b"")


def main(format, path, name, max_bytes, today):
    """The reading process: every item to standard output, its length in front."""
    out = sys.stdout.buffer
    sys.stdout = sys.stderr

    def say(item):
        told = pickle.dumps(item, protocol=pickle.HIGHEST_PROTOCOL)
        out.write(SIZE.pack(len(told)))
        out.write(told)
        out.flush()

    try:
        for item in _here(
            format=format, path=Path(path), name=name, max_bytes=int(max_bytes), today=date.fromisoformat(today)
        ):
            say(item)
    except FeedRefused as refusal:
        say(Refused(refusal.code, refusal.message, refusal.line))
    except BrokenPipeError:
        os._exit(1)  # whoever asked is gone


if __name__ == "__main__":
    from patients.claims import reader  # under its own name, so that the pickled classes are found

    reader.main(*sys.argv[1:])
