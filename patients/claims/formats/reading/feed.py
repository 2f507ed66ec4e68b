"""Feeds: an open file of a known kind that yields `Good` and `Bad`. Formats give a dialect and recognise kinds."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import call

from ...checks import Problem, Rejected, problem
from ...fields import FieldFault
from .blocks import blocks
from .columns import InColumns
from .lines import LONGEST_LINE_BYTES, BadQuoting, TooLong, digest, numbered, split_plain, split_quoted
from .outcome import Bad, FeedRefused, Good, Written
from .shape import Plan, Shape, careful_rows, check_header, drift_of
from .strangers import name_of

DEFAULT_MAX_BYTES = 20 << 30
DEFAULT_RATIO = 100
# Deleting the plain bytes and looking at what is left is twenty times as fast as searching with a pattern.
PLAIN = bytes(range(0x20, 0x7F)) + b"\n"
OF_THE_FILE = frozenset({"social_security_column_ignored", "longer_than_known"})
BROKEN = re.compile("[\x00\r]")
SAYS = {
    "unterminated_quote": "opens a quote that the line does not close.",
    "stray_quote": "has a quote that does not enclose the whole field.",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a format cuts lines. `folded` is how header names are compared (str.lower or str.upper).

    `split(line, delimiter)`, where it is given, cuts a line into the values of the header's columns; it raises Rejected.
    """

    delimiter: str
    is_quoted: bool
    folded: Callable
    may_trail: bool = False  # a line may end in one delimiter too many
    split: Callable | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """A wire format. `open(stream, *, name="", max_bytes=..., ratio=..., today=None) -> Feed`, raises FeedRefused.

    `shapes`: the kinds of file that it reads, with their columns, for the documentation. `fields`: the same of formats that
    are no shapes, title of the record -> its `shape.Field`s. `counts`: what a record's number counts, in one word: line,
    segment, resource, message, transaction.
    """

    code: str
    title: str
    media_types: tuple[str, ...]
    open: Callable
    shapes: tuple[Shape, ...] = ()
    counts: str = "line"
    fields: dict = field(default_factory=dict)


@dataclass(slots=True)
class Seen:
    """What the builders of rows know beside the line: the day of reading, and the counts of what the feed lacks."""

    today: object
    notes: Counter = field(default_factory=Counter)


class Feed:
    """An open file of lines. `kind`, `layout`, `shape` and `drift` are known at once; iterate once for the rows.

    At the end `records` is the number of data lines (every line that is not blank and does not mean nothing by rule),
    `rejected` the number of bad ones, and `notes` counts what the data lack (codes: `records.NOTES`).
    """

    def __init__(self, dialect, plan, chunks, *, name, today, header_number=1):
        self.name = name
        self.kind = plan.shape.layout.kind
        self.layout = plan.shape.layout
        self.shape = plan.shape.code
        self.header = plan.header
        self.header_number = header_number
        self.drift = drift_of(plan.header, plan.shape)
        self.records = 0
        self.rejected = 0
        self.dialect = dialect
        self._split = dialect.split or (split_quoted if dialect.is_quoted else split_plain)
        self._plan = plan
        self._chunks = chunks
        self._seen = Seen(today)
        if "social_security_number" in plan.header:
            self.note_file("social_security_column_ignored")

    def note_file(self, code):
        """Notes what is true of every line of the file: one of OF_THE_FILE."""
        self._seen.notes[code] = 0

    @property
    def notes(self):
        notes = dict(self._seen.notes)
        for code in OF_THE_FILE.intersection(notes):
            notes[code] = self.records
        return {code: count for code, count in notes.items() if count}

    def __iter__(self):
        return self._items(self._plain)

    def written(self):
        """As iteration, but a line that is plain in every way may come as COPY takes it, in `Written`."""
        if self._plan.shape.columns is None:
            return iter(self)
        self._in_columns = InColumns(self.header, self._plan.shape, self.dialect.delimiter, self._seen.today)
        return self._items(self._many)

    def _items(self, plain):
        for chunk in self._chunks:
            if isinstance(chunk, TooLong):
                self.records += 1
                yield self._bad(chunk.number, [_too_long()], chunk.digest)
                continue
            body = chunk.body.replace(b"\r\n", b"\n") if b"\r" in chunk.body else chunk.body
            body = body.removesuffix(b"\r")
            if not body.translate(None, PLAIN):
                lines = body.decode("ascii").split("\n")
                if len(max(lines, key=len)) <= LONGEST_LINE_BYTES:
                    yield from plain(chunk.number, lines)
                    continue
            for number, line in enumerate(body.split(b"\n"), chunk.number):
                if len(line) <= LONGEST_LINE_BYTES and not line.translate(None, PLAIN):
                    yield from self._plain(number, [line.decode("ascii")])
                else:
                    yield from self._careful(number, line)

    def _plain(self, first, lines):
        """Lines of printable ASCII: the way of nearly every line, and therefore kept short. Doubts go to `_careful`."""
        plan, seen, split, delimiter = self._plan, self._seen, self._split, self.dialect.delimiter
        pick, pick_texts, quick, longest = plan.pick, plan.pick_texts, plan.quick, plan.longest_text
        width, build = len(plan.header), plan.shape.build
        for number, line in enumerate(lines, first):
            rows = None
            try:
                values = split(line, delimiter)
                if len(values) == width and (width > 1 or line.strip()):
                    values.append("")
                    if len(max(pick_texts(values), key=len)) <= longest:
                        rows = build(list(map(call, quick, pick(values))), seen)
            except (BadQuoting, FieldFault, Rejected):
                rows = None
            if rows is None:
                yield from self._careful(number, line.encode("ascii"))
                continue
            self.records += bool(rows)
            for row in rows:
                yield Good(number, row)

    def _many(self, first, lines):
        """Lines of printable ASCII of a shape that reads columns."""
        run = []
        for number, words in enumerate(self._in_columns.words(lines, self._seen.notes), first):
            if words is not None:
                run.append((number, words))
                continue
            if run:
                self.records += len(run)
                yield Written(run)
                run = []
            yield from self._plain(number, [lines[number - first]])
        if run:
            self.records += len(run)
            yield Written(run)

    def _careful(self, number, line):
        """Any line: every value checked, every problem collected."""
        if not line.strip():
            return
        self.records += 1
        if len(line) > LONGEST_LINE_BYTES:
            yield self._bad(number, [_too_long()], digest(line))
            return
        try:
            rows = self._rows(line)
        except Rejected as rejected:
            yield self._bad(number, rejected.problems, digest(line))
            return
        self.records -= not rows
        for row in rows:
            yield Good(number, row)

    def _rows(self, line):
        plan = self._plan
        values = self._values(line)
        broken = [name for name, value in zip(plan.header, values, strict=True) if BROKEN.search(value)]
        if broken:
            raise Rejected(
                [problem(name, "control_character", "contains NUL or a carriage return.") for name in broken]
            )
        values.append("")
        # A rejected line must not add to the counts of what the feed lacks: it counts as rejected, not as lacking.
        seen = Seen(self._seen.today)
        rows = careful_rows(plan.shape, plan.pick(values), seen)
        self._seen.notes.update(seen.notes)
        return rows

    def _values(self, line):
        """The values of one line, as many as the header has columns."""
        header, dialect = self._plan.header, self.dialect
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as fault:
            place = line[: fault.start].count(dialect.delimiter.encode()) if dialect.split is None else len(header)
            name = header[place] if place < len(header) and b'"' not in line else "line"
            raise Rejected([problem(name, "encoding", "is not UTF-8.")])
        try:
            values = self._split(text, dialect.delimiter)
        except BadQuoting as bad:
            name = header[bad.column] if bad.column < len(header) else "line"
            raise Rejected([problem(name, bad.code, SAYS[bad.code])])
        if dialect.may_trail and len(values) == len(header) + 1 and values[-1] == "":
            self._seen.notes["trailing_delimiter"] += 1
            values.pop()
        if len(values) != len(header):
            says = f"has {len(values)} columns where the header has {len(header)}."
            raise Rejected([problem("line", "column_count", says)])
        return values

    def _bad(self, number, problems, line_digest):
        self.rejected += 1
        return Bad(number, tuple(problems), line_digest)


def _too_long():
    return Problem("line", "line_too_long", f"line is longer than {LONGEST_LINE_BYTES:,} bytes.")


def open_feed(dialect, recognise, stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    """Open a stream of bytes as a Feed. `recognise(header, line)` gives the Shape or raises FeedRefused.

    `today` (default: today in UTC) is the day after which days of service are refused; `name` is the sender's file
    name, kept for reports only: no meaning is read from it.
    """
    chunks = numbered(blocks(stream, max_bytes=max_bytes, ratio=ratio))
    number, line, chunks = first_line(chunks)
    return feed_under(dialect, recognise, number, line, chunks, name=name, today=today)


def feed_under(dialect, recognise, number, line, chunks, *, name="", today=None):
    """A Feed of the lines that remain under this header line: see `open_feed` and `first_line`."""
    try:
        header = _header(dialect, line, number)
        shape = recognise(header, number)
    except FeedRefused as refusal:
        if refusal.code in ("no_header", "bad_header") and (name := name_of(line)):
            raise FeedRefused(refusal.code, f"{name} {refusal.message}", number)
        raise
    check_header(header, shape, number)
    today = today or datetime.now(UTC).date()
    return Feed(dialect, Plan(header, shape), chunks, name=name, today=today, header_number=number)


def first_line(chunks):
    """The first line that is not blank, its number, and the chunks that remain."""
    for chunk in chunks:
        if isinstance(chunk, TooLong):
            raise FeedRefused("header_too_long", "The header line is too long.", chunk.number)
        lines = chunk.body.split(b"\n")
        for place, line in enumerate(lines):
            if line.strip():
                rest = chunk._replace(number=chunk.number + place + 1, body=b"\n".join(lines[place + 1 :]))
                return (
                    chunk.number + place,
                    line.removesuffix(b"\r"),
                    _again(rest if lines[place + 1 :] else None, chunks),
                )
    raise FeedRefused("empty_file", "The file holds nothing but blank lines.")


def _again(rest, chunks):
    if rest is not None:
        yield rest
    yield from chunks


def _header(dialect, line, number):
    if len(line) > LONGEST_LINE_BYTES:
        raise FeedRefused("header_too_long", "The header line is too long.", number)
    if b"\x00" in line:
        raise FeedRefused(
            "not_text", "The header holds NUL bytes: the file is binary, or UTF-16. Send UTF-8 text.", number
        )
    if b"\r" in line:
        raise FeedRefused("line_ends", "Lines end in a bare carriage return. Use LF or CRLF.", number)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise FeedRefused("not_utf_8", "The header is not UTF-8. Send the file as UTF-8.", number)
    try:
        names = (split_quoted if dialect.is_quoted else split_plain)(text, dialect.delimiter)
    except BadQuoting:
        raise FeedRefused("bad_header", "The quotes of the header do not match up.", number)
    if dialect.may_trail and len(names) > 1 and not names[-1].strip():
        names.pop()
    return tuple(dialect.folded(name.strip()) for name in names)
