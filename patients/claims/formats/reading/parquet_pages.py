"""What the pages of a Parquet file say of themselves: the sizes that a reader makes room for, whatever the footer says.

Footer and page headers are structs in Thrift's compact protocol; the numbers of their fields are those of parquet-format.
They are read here because pyarrow ends the process over some footers when it is asked where a column lies.
"""

from contextlib import suppress

HEADER_BYTES = (1 << 10, 1 << 16)  # of most pages, and of one with long statistics
DEEPEST = 16
TRUE_OR_FALSE, BYTE, NUMBERS, DOUBLE, BINARY, LISTS, STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12
# What is wanted of a struct: {field: what is wanted of its value}.
EXPANDED, IN_FILE = 2, 3
PAGE = {EXPANDED: None, IN_FILE: None}
PATH, SIZE, DATA_AT, DICTIONARY_AT = 3, 7, 9, 11
COLUMN = {PATH: None, SIZE: None, DATA_AT: None, DICTIONARY_AT: None}
ROW_GROUPS, COLUMNS, OF_COLUMN = 4, 1, 3
FOOTER = {ROW_GROUPS: {COLUMNS: {OF_COLUMN: COLUMN}}}


class BadPage(ValueError):
    """A footer or a page's header cannot be read, or lies outside of its place."""


def row_groups(footer, names):
    """For each row group the (start, length) of its columns of these names, as the bytes of a footer tell them."""
    try:
        groups = _Thrift(footer).struct(FOOTER)[ROW_GROUPS]
        for group in groups:
            columns = [one[OF_COLUMN] for one in group[COLUMNS]]
            yield [_place(one) for one in columns if len(one[PATH]) == 1 and one[PATH][0].decode() in names]
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError):
        raise BadPage


def _place(column):
    return min(filter(None, (column.get(DICTIONARY_AT), column[DATA_AT]))), column[SIZE]


def sizes(stream, start, length):
    """The size, when expanded, of each page of a column that takes `length` bytes of the file from `start`."""
    place, end = start, start + length
    if start < 0 or length < 0:
        raise BadPage
    while place < end:
        expanded, in_file, header = _header(stream, place, end)
        if type(expanded) is not int or type(in_file) is not int or min(expanded, in_file) < 0:
            raise BadPage
        place += header + in_file
        if place > end:
            raise BadPage
        yield expanded


def _header(stream, place, end):
    """(size when expanded, size in the file, size of the header) of the page that begins at `place`."""
    for most in HEADER_BYTES:
        stream.seek(place)
        header = _Thrift(stream.read(min(most, end - place)))
        with suppress(BadPage):
            told = header.struct(PAGE)
            return told.get(EXPANDED), told.get(IN_FILE), header.at
    raise BadPage


class _Thrift:
    """Values out of bytes, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def struct(self, wanted, depth=0):
        """{field: value} of the fields that are wanted."""
        told, field = {}, 0
        while byte := self._byte():
            step = byte >> 4
            field = field + step if step else self._number()
            value = self._value(byte & 0x0F, wanted.get(field), depth + 1, is_member=False)
            if field in wanted:
                told[field] = value
        return told

    def _value(self, kind, wanted, depth, *, is_member):
        if depth > DEEPEST:
            raise BadPage
        if kind in NUMBERS:
            return self._number()
        if kind == STRUCT:
            return self.struct(wanted or {}, depth)
        if kind == BINARY:
            return self._bytes(self._varint())
        if kind in LISTS:
            return self._list(wanted, depth)
        if kind in TRUE_OR_FALSE:
            return self._byte() if is_member else kind == TRUE_OR_FALSE[0]
        if kind not in (BYTE, DOUBLE):
            raise BadPage
        return self._bytes(1 if kind == BYTE else 8)

    def _list(self, wanted, depth):
        byte = self._byte()
        size = byte >> 4
        size = self._varint() if size == 15 else size
        return [self._value(byte & 0x0F, wanted, depth + 1, is_member=True) for _ in range(size)]

    def _byte(self):
        return self._bytes(1)[0]

    def _bytes(self, size):
        first, self.at = self.at, self.at + size
        if self.at > len(self.data):
            raise BadPage
        return self.data[first : self.at]

    def _varint(self):
        value = shift = 0
        while shift <= 63:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise BadPage

    def _number(self):
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
