"""The columns of `tuva_csv` as newline-delimited JSON: one object a line, in UTF-8, of at most 64 KB.

Each line is a record of the kind that its keys tell; a file may mix the six kinds. A key that a line lacks, and null, are an
empty column. Numbers may be numbers or texts; flags may be true or false. Keys are compared in lower case. Blank lines are no
records. A line that is no JSON object, names a key twice, or holds NaN, an infinity, or a list or an object where a column
has one value, is rejected.
"""

import json
from datetime import UTC, datetime
from functools import partial

from ..checks import Rejected, problem
from .reading.blocks import CONTAINER_TYPES, blocks
from .reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from .reading.lines import LONGEST_LINE_BYTES, TooLong, digest, numbered
from .reading.mapped import Kinds, number_text, shown
from .reading.outcome import FeedRefused
from .reading.records import Record, RecordFeed
from .reading.strangers import name_of
from .tuva_csv import SHAPES, recognise


class Twice(ValueError):
    """An object names a key twice."""

    def __init__(self, key):
        super().__init__(key)
        self.key = key


class Constant:
    """NaN, Infinity or -Infinity, which are no JSON."""


def _pairs(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Twice(next(name for name in names if names.count(name) > 1))
    return found


DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_int=str,
    parse_float=number_text,
    parse_constant=lambda _: Constant(),
)


def _rejected(field, code, message):
    return Rejected([problem(field, code, message)])


def _object(line):
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise _rejected("line", "encoding", "is not UTF-8.")
    try:
        found = DECODER.decode(text)
    except Twice as twice:
        raise _rejected(shown(twice.key), "duplicate_key", "is named more than once.")
    except RecursionError:
        raise _rejected("line", "too_deep", "is nested too deeply.")
    except ValueError:
        raise _rejected("line", "not_json", "is not JSON: one object a line, without line breaks in it.")
    if not isinstance(found, dict):
        raise _rejected("line", "not_an_object", "is JSON, but not an object of columns and values.")
    constants = [name for name, value in found.items() if isinstance(value, Constant)]
    if constants:
        raise Rejected([problem(shown(name), "not_a_number", "is NaN or infinite.") for name in constants])
    return found


class NdjsonFeed(RecordFeed):
    """`kinds` learns from each line what the file's columns are; `drift` is known at the end."""

    def __init__(self, chunks, *, name, today):
        self.kinds = Kinds(recognise)
        super().__init__(self._records(chunks), name=name, today=today)

    def __iter__(self):
        yield from super().__iter__()
        self.drift = self.kinds.drift

    def _records(self, chunks):
        for chunk in chunks:
            if isinstance(chunk, TooLong):
                yield Record(chunk.number, b"", _too_long, chunk.digest)
                continue
            for number, line in enumerate(chunk.body.split(b"\n"), chunk.number):
                line = line.removesuffix(b"\r")
                if not line.strip():
                    continue
                if len(line) > LONGEST_LINE_BYTES:
                    yield Record(number, b"", _too_long, digest(line))
                else:
                    yield Record(number, line, partial(self._rows, line, number))

    def _rows(self, line, number, seen):
        return self.kinds.rows(_object(line), number, seen)


def _too_long(seen):
    raise _rejected("line", "line_too_long", f"is longer than {LONGEST_LINE_BYTES:,} bytes.")


def open_feed(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    """Open a stream of bytes. A file whose first line is no start of an object is refused."""
    chunks = _looked_at(numbered(blocks(stream, max_bytes=max_bytes, ratio=ratio)))
    return NdjsonFeed(chunks, name=name, today=today or datetime.now(UTC).date())


def _looked_at(chunks):
    """The same chunks, once the first line that is not blank looks like JSON."""
    passed = []
    for chunk in chunks:
        passed.append(chunk)
        if isinstance(chunk, TooLong):
            break
        lines = chunk.body.split(b"\n")
        at = next((place for place, line in enumerate(lines) if line.strip()), None)
        if at is not None:
            _check_first(lines[at].strip(), chunk.number + at)
            break
    else:
        raise FeedRefused("empty_file", "The file holds nothing but blank lines.")
    return _chained(passed, chunks)


def _chained(passed, chunks):
    yield from passed
    yield from chunks


def _check_first(line, number):
    if b"\x00" in line:
        raise FeedRefused("not_text", "The first line holds NUL bytes: the file is binary, or UTF-16.", number)
    named = name_of(line[:LONGEST_LINE_BYTES])
    if b'"resourceType"' in line or not line.startswith(b"{"):
        says = named or "The first line is not a JSON object. Send one object a line, without brackets around them."
        raise FeedRefused("not_ndjson", says, number)
    if line == b"{":
        raise FeedRefused("not_ndjson", "The JSON is spread over several lines. Send one object a line.", number)


FORMAT = Format(
    code="tuva_ndjson",
    title="Tuva input layer, newline-delimited JSON",
    media_types=("application/x-ndjson", "application/jsonl", *CONTAINER_TYPES),
    open=open_feed,
    shapes=SHAPES,
)
