"""A file, read: rows in batches that COPY takes as they are, the faults of bad records, and at the end what came of it all.

A large file is read by a process of its own, without Django and in constant memory, while the database works on what came
before. Both ways give the same items in the same order.
"""

import os
import pickle
import struct
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

from .encoding import ENCODERS
from .formats import Bad, FeedRefused, open_feed

BATCH_ROWS = 5_000
BATCH_FAULTS = 1_000
OWN_PROCESS_BYTES = 2_000_000
"""Files beyond this size are worth a process of their own, which takes half a second to start."""
ROOT = Path(__file__).parents[2]
SIZE = struct.Struct("!I")
DRIFTS = ("missing", "unknown", "duplicated", "reordered")


class Rows(NamedTuple):
    """Rows of one kind: lines of `seq, number, content hash, the encoder's columns`. seq counts the rows of the file from 1."""

    kind: str
    lines: bytes


class Faults(NamedTuple):
    """(number, field, code, message, digest) of each problem of rejected records."""

    faults: list


class End(NamedTuple):
    """`lines`: data records. `rejected`: those with a fault. `unwritable`: numbers of records that UTF-8 cannot write."""

    kind: str
    lines: int
    rejected: int
    unwritable: list
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
    batches, encoders, faults, unwritable, seq = {}, {}, [], [], 0
    for item in feed:
        if isinstance(item, Bad):
            faults += [(item.number, one.field, one.code, one.message, item.digest) for one in item.problems]
            if len(faults) >= BATCH_FAULTS:
                yield Faults(faults)
                faults = []
            continue
        number, row, kind = item
        seq += 1
        batch = batches.get(kind)
        if batch is None:
            batch, encoders[kind] = batches.setdefault(kind, []), ENCODERS[kind or feed.kind].encode
        digest, words = encoders[kind](row)
        batch.append(f"{seq}\t{number}\t{digest}\t{words}\n")
        if len(batch) >= BATCH_ROWS:
            yield from _written(kind or feed.kind, batch, unwritable)
            batch.clear()
    for kind, batch in batches.items():
        yield from _written(kind or feed.kind, batch, unwritable)
    if faults:
        yield Faults(faults)
    drift = {name: list(columns) for name in DRIFTS if (columns := getattr(feed.drift, name))}
    kind = feed.kind or "+".join(sorted(batches))
    yield End(kind, feed.records, feed.rejected, unwritable, feed.notes, drift)


def _written(kind, batch, unwritable):
    if not batch:
        return
    try:
        yield Rows(kind, "".join(batch).encode())
    except UnicodeEncodeError:
        lines = []
        for line in batch:
            try:
                lines.append(line.encode())
            except UnicodeEncodeError:
                unwritable.append(int(line.split("\t", 2)[1]))
        yield Rows(kind, b"".join(lines))


def _in_own_process(*, format, path, name, max_bytes, today):
    words = [sys.executable, "-m", "patients.claims.reader", format, str(path), name, str(max_bytes), str(today)]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            while len(head := process.stdout.read(SIZE.size)) == SIZE.size:
                (length,) = SIZE.unpack(head)
                if len(told := process.stdout.read(length)) < length:
                    break
                item = pickle.loads(told)  # noqa: S301 - written by our own process
                if isinstance(item, Refused):
                    raise FeedRefused(*item)
                yield item
                if isinstance(item, End):
                    return
            raise ReadingStopped(f"The process that read the file ended with {process.wait()}.")
        finally:
            process.kill()


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
