"""Claim and claim line feed (CCLF) of Medicare's accountable care organisations: files 5, 7, 8 and 9.

In fixed width without a header, as CMS ships them, or under a header of their column names, separated by commas, pipes or
tabs. The kind is seen from the content, never from the file's name. Fixed-width lines may lack what is blank at their end.
A fixed-width file of a newer version, whose lines are longer, is read as far as it is known, and that is counted.
"""

from datetime import UTC, datetime
from itertools import chain

from ...checks import Rejected, problem
from ..reading.blocks import CONTAINER_TYPES, blocks
from ..reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Dialect, Feed, Format, feed_under, first_line
from ..reading.lines import Lines, TooLong, numbered
from ..reading.outcome import FeedRefused
from ..reading.shape import Plan
from ..reading.strangers import FIXED_WIDTH, name_of
from .beneficiary import CROSS_REFERENCE_SHAPE, DEMOGRAPHICS_SHAPE
from .documented import FIELDS
from .layouts import EXPECTED, LAYOUTS, TELLING, TITLES, kind_of
from .part_b import PART_B_SHAPE
from .part_d import PART_D_SHAPE

SHAPES = {shape.code: shape for shape in (PART_B_SHAPE, PART_D_SHAPE, DEMOGRAPHICS_SHAPE, CROSS_REFERENCE_SHAPE)}
BY_CODE = {layout.code: layout for layout in LAYOUTS}
COLUMNS = frozenset(name for shape in SHAPES.values() for name in shape.known) | frozenset(TELLING.values())
DELIMITERS = ",|\t"
LOOKED_AT = 50  # lines by which a file of fixed width is told


def recognise(header, line):
    """The shape of a header. Kinds that are not read are named, and so is what is no header at all."""
    have = set(header)
    for code, column in TELLING.items():
        if column in have:
            return SHAPES[code] if code in SHAPES else _not_read(code, line)
    if have & COLUMNS:
        raise FeedRefused("unknown_kind", f"The header is that of no file that is read. {EXPECTED}", line)
    raise FeedRefused("no_header", f"The first line names no known column. {EXPECTED}", line)


def _not_read(code, line):
    raise FeedRefused("unknown_kind", f"This is {code}, {TITLES[code]}, which is not read here. {EXPECTED}", line)


def _is_summary(line):
    return line.upper().startswith(b"FILE NUMBER") or line.upper().startswith(b"CCLF1 ")


def open_feed(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    """Open a stream of bytes as a Feed. Raises FeedRefused, also while it is read."""
    number, line, chunks = first_line(numbered(blocks(stream, max_bytes=max_bytes, ratio=ratio)))
    if _is_summary(line):
        _not_read("CCLF0", number)
    if (delimiter := _delimiter(line)) is not None:
        dialect = Dialect(delimiter=delimiter, is_quoted=True, folded=str.upper)
        return feed_under(dialect, recognise, number, line, chunks, name=name, today=today)
    code, length, chunks = _told(number, line, chunks)
    if code not in SHAPES:
        _not_read(code, number)
    layout, shape = BY_CODE[code], SHAPES[code]
    if length >= 2 * layout.length or b"\r" in line.removesuffix(b"\r"):
        raise FeedRefused("line_ends", "The lines of the file do not end in LF or CRLF. Send a line a record.", number)
    is_newer = length > layout.length
    dialect = Dialect(delimiter="", is_quoted=False, folded=str.upper, split=_cutter(layout, length))
    feed = Feed(dialect, Plan(layout.names, shape), chunks, name=name, today=today or datetime.now(UTC).date())
    return _with_note(feed) if is_newer else feed


def _with_note(feed):
    feed.note_file("longer_than_known")
    return feed


def _delimiter(line):
    """The delimiter of a header line; None for a line that names no column of any CCLF."""
    text = line.decode("utf-8", "replace").replace('"', "").upper()
    best = max(DELIMITERS, key=text.count)
    return best if any(word.strip() in COLUMNS for word in text.split(best)) else None


def _told(number, line, chunks):
    """The kind of a file of fixed width, the length of the line that told it, and all the file's chunks."""
    ahead = next(chunks, None)
    more = [] if ahead is None or isinstance(ahead, TooLong) else ahead.body.split(b"\n", LOOKED_AT)[:LOOKED_AT]
    whole = chain([Lines(number, line)], [] if ahead is None else [ahead], chunks)
    for one in (line, *more):
        text = one.removesuffix(b"\r").decode("latin-1").rstrip()
        if code := kind_of(text.ljust(60)):
            return code, len(text), whole
    says = f"{stranger_name(line)} The lines are those of no file that is read. {EXPECTED}".strip()
    raise FeedRefused("unknown_layout", says, number)


def stranger_name(line):
    """The name of a file that is taken for one of this format."""
    name = name_of(line)
    return "" if name == FIXED_WIDTH else name


def _cutter(layout, length):
    longest = max(layout.length, length)

    def cut(line, _):
        if len(line) > longest and len(line.rstrip()) > longest:
            raise Rejected([problem("line", "record_length", f"is longer than {longest} characters.")])
        if len(line) < layout.least:
            raise Rejected([problem("line", "record_length", f"is shorter than {layout.least} characters.")])
        return [line[place].strip(" ") for place in layout.slices]

    return cut


FORMAT = Format(
    code="cclf",
    title="CMS claim and claim line feed (CCLF 5, 7, 8, 9)",
    media_types=("text/plain", "text/csv", *CONTAINER_TYPES),
    open=open_feed,
    shapes=tuple(SHAPES.values()),
    fields=FIELDS,
)
