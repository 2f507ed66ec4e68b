"""Rejected records as they were sent, with what is wrong with them: to be corrected and sent back.

The file of a delivery is kept while it has rejects. It is read again, in constant memory; values are never altered, so that what is
corrected is exactly what was sent.
"""

import base64
import json
from datetime import UTC, datetime
from itertools import chain, groupby
from operator import attrgetter

from django.conf import settings

from . import storage
from .formats import Feed, FeedRefused, open_feed
from .formats.reading.blocks import blocks
from .formats.reading.feed import DEFAULT_RATIO
from .formats.reading.raw import Columns, lines_of, records_of
from .models import Delivery, Reject

LONGEST_RAW_BYTES = 1_000_000
"""A record beyond this is told without its bytes in NDJSON; in CSV it is there whole."""
LONGEST_ERROR = 2_000
READ = (Delivery.State.LOADED, Delivery.State.WITHDRAWN)


class NotRead(Exception):
    """The delivery was not read to its end: there is no telling which records are wrong."""


class BytesGone(Exception):
    """The file of the delivery is kept no longer."""


class NotDelimited(Exception):
    """The format has no lines under a header."""


def write_csv(*, delivery, out):
    """Writes the rejected lines in the layout of the file that they come from, and two columns more; returns how many.

    `error` tells code and sentence of each problem, `error_line` the line's number in the first file. Nothing is written where no
    line was rejected. Raises NotRead, BytesGone, NotDelimited.
    """
    if not _has_rejects(delivery):
        return 0
    with _file_of(delivery) as stream:
        feed = _open(delivery, stream)
        if not isinstance(feed, Feed):
            raise NotDelimited(f"Files of the format {delivery.format} are no delimited lines.")
        stream.seek(0)
        columns = Columns(feed.dialect, feed.header)
        pieces = lines_of(_blocks(stream), chain([feed.header_number], _numbers(delivery)))
        return _write_lines(out, pieces, columns, feed.header_number, _problems(delivery))


def write_ndjson(*, delivery, out):
    """Writes one JSON object for each rejected record: its number, its bytes (as text, or base64 where they are no UTF-8),
    and its problems; returns how many. Raises NotRead, BytesGone."""
    if not _has_rejects(delivery):
        return 0
    count = 0
    with _file_of(delivery) as stream:
        raw = _raw(delivery, stream)
        at = next(raw, (None, None))
        for number, problems in _problems(delivery):
            while at[0] is not None and at[0] < number:
                at = next(raw, (None, None))
            told = {"line": number, **_as_text(at[1] if at[0] == number else None)}
            told["errors"] = [{"field": p.field, "code": p.code, "message": p.message} for p in problems]
            out.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def _has_rejects(delivery):
    if delivery.state not in READ:
        raise NotRead(f"This delivery is {delivery.get_state_display().lower()}: nothing is known of its lines.")
    return Reject.objects.filter(delivery=delivery).exists()


def _file_of(delivery):
    try:
        return storage.path_of(delivery.stored_as).open("rb")
    except FileNotFoundError as gone:
        raise BytesGone("The file of this delivery is kept no longer. Look the lines up in your own file.") from gone


def _open(delivery, stream):
    today = datetime.now(UTC).date()
    try:
        return open_feed(
            delivery.format, stream, name=delivery.file_name, max_bytes=settings.FEED_MAX_BYTES, today=today
        )
    except FeedRefused as refusal:  # what was read once is read no more: the format has become stricter
        raise BytesGone(f"The file of this delivery cannot be read any more. {refusal.message}") from refusal


def _blocks(stream):
    return blocks(stream, max_bytes=settings.FEED_MAX_BYTES, ratio=DEFAULT_RATIO)


def _rejects(delivery):
    return Reject.objects.filter(delivery=delivery).order_by("line_number", "id")


def _numbers(delivery):
    found = Reject.objects.filter(delivery=delivery).order_by("line_number").values_list("line_number", flat=True)
    return found.distinct().iterator(chunk_size=5_000)


def _problems(delivery):
    """(number, problems) of each rejected record."""
    for number, problems in groupby(_rejects(delivery).iterator(chunk_size=5_000), key=attrgetter("line_number")):
        yield number, list(problems)


def _write_lines(out, pieces, columns, header_number, problems):
    """Lines to `out` as their pieces come in: a line that is too long to be corrected is not held either."""
    held, is_long, line_end, count = b"", False, b"\n", 0
    for number, piece, is_end in pieces:
        held += piece
        if not is_end:
            is_long = is_long or len(held) > LONGEST_RAW_BYTES
            if is_long:
                out.write(held[:-1])  # the last byte may be the first half of a line end
                held = held[-1:]
            continue
        line = held.removesuffix(b"\n").removesuffix(b"\r")
        line_end = held[len(line) :] or line_end
        if number == header_number:
            out.write(columns.header_line(line) + line_end)
        else:
            values = _error(next(problems)[1]), str(number)
            out.write((line + columns.added(*values) if is_long else columns.line(line, *values)) + line_end)
            count += 1
        held, is_long = b"", False
    return count


def _error(problems):
    told = [f"{one.code}: {one.message}" for one in problems]
    while len(told) > 1 and len("; ".join(told)) > LONGEST_ERROR:
        told.pop()
    return "; ".join(told)


def _raw(delivery, stream):
    """(number, bytes or None) of each rejected record that can be found again."""
    feed = _open(delivery, stream)
    if isinstance(feed, Feed):
        stream.seek(0)
        yield from _held(lines_of(_blocks(stream), _numbers(delivery)))
    elif hasattr(feed, "cut"):
        try:
            yield from records_of(feed.cut, _numbers(delivery))
        except FeedRefused:
            return  # see _open: the rest is told without its bytes


def _held(pieces):
    held, size = b"", 0
    for number, piece, is_end in pieces:
        size += len(piece)
        held = held + piece if size <= LONGEST_RAW_BYTES else b""
        if is_end:
            yield number, held.removesuffix(b"\n").removesuffix(b"\r") if size <= LONGEST_RAW_BYTES else None
            held, size = b"", 0


def _as_text(raw):
    if raw is None or len(raw) > LONGEST_RAW_BYTES:
        return {"raw": None}
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw": None, "raw_base64": base64.b64encode(raw).decode()}
