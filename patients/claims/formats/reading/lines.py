"""Blocks to numbered lines, and one line to its fields. A line is a line: a quoted field never runs on to the next."""

import csv
import hashlib
import re
from typing import NamedTuple

LONGEST_LINE_BYTES = 1 << 16


class Lines(NamedTuple):
    """Whole lines joined by LF, without the last line end. `number` is the first line's number in the file."""

    number: int
    body: bytes


class TooLong(NamedTuple):
    """A line beyond the limit, of which only the digest was kept."""

    number: int
    digest: str


def numbered(blocks, *, longest=LONGEST_LINE_BYTES):
    """Yield `Lines` and `TooLong` in file order; never holds more than a block and the longest allowed line."""
    number, carry, overlong = 1, b"", None
    for block in blocks:
        if overlong is not None:
            cut = block.find(b"\n")
            overlong.update(block if cut < 0 else block[:cut].removesuffix(b"\r"))
            if cut < 0:
                continue
            yield TooLong(number, overlong.hexdigest())
            number, overlong, block = number + 1, None, block[cut + 1 :]
        data = carry + block
        cut = data.rfind(b"\n")
        if cut >= 0:
            yield Lines(number, data[:cut])
            number += data.count(b"\n")
            data = data[cut + 1 :]
        carry = data
        if len(carry) > longest:
            overlong, carry = hashlib.sha256(carry), b""
    if overlong is not None:
        yield TooLong(number, overlong.hexdigest())
    elif carry:
        yield Lines(number, carry)


def digest(line):
    """sha256 of the line's bytes without its line end, in hex."""
    return hashlib.sha256(line if isinstance(line, bytes) else line.encode()).hexdigest()


class BadQuoting(ValueError):
    """The quotes of a line do not match up. `column` is the number of the column, from 0."""

    def __init__(self, code, column):
        super().__init__(code)
        self.code = code
        self.column = column


def split_quoted(line, delimiter=","):
    """The fields of a line with RFC 4180 quoting, strictly: quotes enclose a whole field or do not occur."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        values = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return _split_slowly(line, delimiter)
    # A quote inside a value is either a doubled one or a stray one that csv let pass: only the slow way can tell.
    return _split_slowly(line, delimiter) if any('"' in value for value in values) else values


def _split_slowly(line, delimiter):
    field = re.compile(rf'"((?:[^"]|"")*+)"|([^"{re.escape(delimiter)}]*)')
    values, position = [], 0
    while True:
        match = field.match(line, position)
        end = match.end()
        if end < len(line) and line[end] != delimiter:
            opened = match.end() == position and line[position] == '"'
            raise BadQuoting("unterminated_quote" if opened else "stray_quote", len(values))
        quoted = match[1]
        values.append(match[2] if quoted is None else quoted.replace('""', '"'))
        if end == len(line):
            return values
        position = end + 1


def split_plain(line, delimiter):
    """The fields of a line of a format that has no quoting: quotes and backslashes are ordinary characters."""
    return line.split(delimiter)
