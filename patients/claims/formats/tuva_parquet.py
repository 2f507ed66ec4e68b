"""The columns of `tuva_csv` as a Parquet file, for installations with the extra `parquet` (pyarrow).

The whole file is of one kind, told by its columns; the number of a record is that of its row, from 1. Values are read as in
`tuva_ndjson`: texts, numbers, decimals, dates, times and flags; null is empty. Row groups are read piece by piece. Before
anything is read, what the file says of itself must keep within the caps: the whole, its expansion, and each row group.
What its pages say of themselves must, too: they are looked at one by one, since a footer may lie. A Parquet file is
compressed inside, so it comes as it is, and from a place where it can be read in any order.
"""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec

from ..checks import Rejected, problem
from .reading.blocks import RATIO_FREE_BYTES
from .reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from .reading.lines import LONGEST_LINE_BYTES, digest
from .reading.mapped import Kinds, NoValue, shown, text_of
from .reading.outcome import FeedRefused
from .reading.parquet_pages import row_groups, sizes
from .reading.records import Record, RecordFeed
from .reading.shape import check_header
from .tuva_csv import SHAPES, recognise

MAGIC = b"PAR1"
TEXTS = ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")
ROWS_AT_ONCE = 1_000
BUFFER_BYTES = 1 << 16
LARGEST_ROW_GROUP_BYTES = 512 << 20
LARGEST_FOOTER_BYTES = 16 << 20
LARGEST_PAGES_BYTES = 64 << 20
"""Of the largest page of each column that is read, together: as much is held expanded at once."""
LARGEST_FIXED_BYTES = 1_024
SMALLEST_FILE_BYTES = 12
NOT_INSTALLED = (
    "This installation cannot read Parquet: its extra 'parquet' (pyarrow) is not installed. Send tuva_ndjson."
)
DAMAGED = "The Parquet file is damaged or cut off. Send it again."


def open_feed(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    """Open a Parquet file. Raises FeedRefused, also where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise FeedRefused("not_installed", NOT_INSTALLED)
    import pyarrow  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415

    size, footer = _check_ends(stream)
    try:
        file = parquet.ParquetFile(stream, pre_buffer=False, buffer_size=BUFFER_BYTES)
        texts = [field.name for field in file.schema_arrow if str(field.type) in TEXTS]
        nested = {field.name for field in file.schema_arrow if pyarrow.types.is_nested(field.type)}
        _check_size(file.metadata, size, max_bytes=max_bytes, ratio=ratio)
        columns = _Columns([field.name for field in file.schema_arrow], nested)
        _check_widths(file.schema_arrow, columns.read, pyarrow.types.is_fixed_size_binary)
        _check_pages(stream, footer, frozenset(columns.read), size, max_bytes=max_bytes, ratio=ratio)
        stream.seek(0)
        if texts:
            # As a dictionary each text is made once, however many rows a few bytes say it in.
            options = {"pre_buffer": False, "buffer_size": BUFFER_BYTES, "read_dictionary": texts}
            file = parquet.ParquetFile(stream, metadata=file.metadata, **options)
    except (pyarrow.ArrowException, OSError, ValueError, TypeError, OverflowError, NotImplementedError):
        raise FeedRefused("parquet_damaged", DAMAGED)
    return RecordFeed(
        _records(file, columns, pyarrow),
        name=name,
        today=today or datetime.now(UTC).date(),
        drift=columns.kinds.drift,
    )


def _check_ends(stream):
    """The size of a stream that begins and ends as a Parquet file does, and its footer."""
    first = stream.read(len(MAGIC))
    if first != MAGIC:
        raise FeedRefused("not_parquet" if first else "empty_file", "The file is not a Parquet file.")
    if not (hasattr(stream, "seekable") and stream.seekable()):
        raise FeedRefused("parquet_stream", "A Parquet file cannot be read from a stream. Send tuva_ndjson.")
    size = stream.seek(0, io.SEEK_END)
    if size < SMALLEST_FILE_BYTES:
        raise FeedRefused("parquet_damaged", DAMAGED)
    stream.seek(size - 8)
    footer, last = int.from_bytes(stream.read(4), "little"), stream.read(4)
    if last != MAGIC or not 0 < footer <= min(LARGEST_FOOTER_BYTES, size - SMALLEST_FILE_BYTES):
        raise FeedRefused("parquet_damaged", DAMAGED)
    stream.seek(size - 8 - footer)
    told = stream.read(footer)
    stream.seek(0)
    return size, told


def _check_size(metadata, size, *, max_bytes, ratio):
    groups = [metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups)]
    total = sum(groups)
    if min(groups, default=0) < 0 or total > max_bytes or size > max_bytes:
        raise FeedRefused("too_large", f"The file is larger than {max_bytes:,} bytes when expanded.")
    _check_ratio(max(total, metadata.num_rows), size, ratio)
    if max(groups, default=0) > LARGEST_ROW_GROUP_BYTES:
        says = f"A row group is larger than {LARGEST_ROW_GROUP_BYTES >> 20} MiB. Write smaller row groups."
        raise FeedRefused("row_group_too_large", says)


def _check_ratio(total, size, ratio):
    if total > RATIO_FREE_BYTES and total > ratio * size:
        raise FeedRefused("too_compressed", f"The file expands to more than {ratio} times its size.")


def _check_pages(stream, footer, names, size, *, max_bytes, ratio):
    """What the pages of the columns that are read say of their sizes."""
    total = 0
    for columns in row_groups(footer, names):
        largest = 0
        for start, length in columns:
            of_column = 0
            for page in sizes(stream, start, length):
                of_column, total = max(of_column, page), total + page
            largest += of_column
            if total > max_bytes:
                raise FeedRefused("too_large", f"The file is larger than {max_bytes:,} bytes when expanded.")
            _check_ratio(total, size, ratio)
        if largest > LARGEST_PAGES_BYTES:
            says = f"The largest pages of a row group are together larger than {LARGEST_PAGES_BYTES >> 20} MiB."
            raise FeedRefused("row_group_too_large", f"{says} Write smaller pages.")


def _check_widths(schema, names, is_fixed):
    if any(
        is_fixed(field.type) and field.type.byte_width > LARGEST_FIXED_BYTES for field in schema if field.name in names
    ):
        says = f"A column has values of a fixed length of more than {LARGEST_FIXED_BYTES:,} bytes."
        raise FeedRefused("row_group_too_large", says)


class _Columns:
    """The columns of the file that its kind reads, by their names in the file."""

    def __init__(self, names, nested):
        folded = [name.strip().lower() for name in names]
        shape = recognise(tuple(folded), 0)
        check_header(tuple(folded), shape, 0)
        self.kinds = Kinds(recognise)
        self.plan = self.kinds.plan(tuple(names), 0)
        wanted = [name for name in self.plan.sources if name is not None]
        self.read = [name for name in wanted if name not in nested]
        self.nested = dict.fromkeys(nested.intersection(wanted), NESTED)  # not even read: a few bytes may hold any size


def _records(file, columns, pyarrow):
    number = 0
    try:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=columns.read):
            values = {name: _values(batch.column(name), pyarrow) for name in batch.schema.names}
            for place in range(batch.num_rows):
                number += 1
                row = {name: column[place] for name, column in values.items()} | columns.nested
                yield Record(
                    number, b"", partial(_rows, columns.plan, row), partial(_digest, row), partial(_as_line, row)
                )
    except (pyarrow.ArrowException, OSError, ValueError, TypeError, OverflowError, NotImplementedError):
        raise FeedRefused("parquet_damaged", DAMAGED)
    if number != file.metadata.num_rows:
        raise FeedRefused("parquet_damaged", DAMAGED)


@dataclass(frozen=True)
class Unusable:
    """A value that cannot be had: why."""

    code: str
    message: str


TOO_LONG = Unusable("too_long", f"is longer than {LONGEST_LINE_BYTES:,} characters.")
NOT_UTF_8 = Unusable("encoding", "is not UTF-8.")
NO_DAY = Unusable("out_of_range", "is a day or a time outside the calendar.")
NESTED = Unusable("nested", "holds a list or an object, where one value is needed.")


def _values(column, pyarrow):
    """The values of one column of a batch, each distinct text made once."""
    if pyarrow.types.is_dictionary(column.type):
        texts = _each(column.dictionary)
        places = column.indices.to_pylist()
        used = set(places) - {None}
        if used and (min(used) < 0 or max(used) >= len(texts)):
            raise ValueError("a place outside the dictionary")
        return [None if place is None else texts[place] for place in places]
    if pyarrow.types.is_timestamp(column.type):
        column = column.cast(pyarrow.timestamp("us", tz=column.type.tz), safe=False)
    return _each(column)


def _each(column):
    try:
        return [_checked(value) for value in column.to_pylist()]
    except (ValueError, OverflowError):
        return [_alone(value) for value in column]


def _alone(value):
    try:
        return _checked(value.as_py())
    except UnicodeDecodeError:
        return NOT_UTF_8
    except (ValueError, OverflowError):
        return NO_DAY


def _checked(value):
    if isinstance(value, bytes):  # texts of older writers
        value = value.decode("utf-8")
    return TOO_LONG if isinstance(value, str) and len(value) > LONGEST_LINE_BYTES else value


def _as_line(row):
    """The row as a line of tuva_ndjson: a Parquet file is written by machines, a corrected row by hand."""
    told = {name: _as_json(value) for name, value in row.items()}
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _as_json(value):
    if value is None or isinstance(value, Unusable):
        return None
    try:
        return value if isinstance(value, bool | str) else text_of(value, is_flag=False)
    except NoValue:
        return str(value)


def _digest(row):
    return digest(repr(row).encode("utf-8", "surrogatepass"))


def _rows(plan, row, seen):
    unusable = [(name, value) for name, value in row.items() if isinstance(value, Unusable)]
    if unusable:
        raise Rejected([problem(shown(name), value.code, value.message) for name, value in unusable])
    return plan.rows(row, seen)


FORMAT = Format(
    code="tuva_parquet",
    title="Tuva input layer, Parquet (needs the extra 'parquet')",
    media_types=("application/vnd.apache.parquet",),
    open=open_feed,
    shapes=SHAPES,
    counts="row",
)
