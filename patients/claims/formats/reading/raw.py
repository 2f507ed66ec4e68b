"""Records as they were sent: cut out of the bytes of a file by their numbers, and lines with two columns more."""

import re
from dataclasses import dataclass
from functools import cached_property

from .lines import LONGEST_LINE_BYTES

COLUMNS = ("error", "error_line")
"""What a file of rejected lines has beside the columns of the file that they come from. Known in every kind of file."""


def lines_of(blocks, wanted):
    """Yields (number, piece, is_end) of each wanted line, its line end included; a line may come in several pieces.

    `wanted`: numbers that rise. Holds one block.
    """
    wanted = iter(wanted)
    number, aim = 1, next(wanted, None)
    for block in blocks:
        start = 0
        while aim is not None:
            if number < aim:
                count = block.count(b"\n", start)
                if number + count < aim:
                    number += count
                    break
                for _ in range(aim - number):
                    start = block.find(b"\n", start) + 1
                number = aim
            end = block.find(b"\n", start) + 1
            if end == 0:
                yield number, block[start:], False
                break
            yield number, block[start:end], True
            start, number, aim = end, number + 1, next(wanted, None)
        if aim is None:
            return
    if aim == number:
        yield number, b"", True


def records_of(cut, wanted):
    """Yields (number, bytes) of each wanted record of a RecordFeed's `cut`."""
    wanted = iter(wanted)
    aim = next(wanted, None)
    for record in cut:
        while aim is not None and aim < record.number:
            aim = next(wanted, None)
        if aim is None:
            return
        if record.number == aim:
            yield aim, record.sent() if record.sent else record.raw
            aim = next(wanted, None)


@dataclass(frozen=True)
class Columns:
    """The two columns in the lines under one header: filled in where the header has them, added at the end where not.

    Nothing else of a line changes. A line whose fields cannot be told apart is left as it is, with what is added at its end.
    """

    dialect: object
    header: tuple[str, ...]

    @cached_property
    def _places(self):
        names = [name.lower() for name in self.header]
        return {name: names.index(name) if name in names else None for name in COLUMNS}

    def header_line(self, line):
        """The header's line, without its line end, and the names of the columns that it lacks."""
        return self._with(line, [self.dialect.folded(name) for name in COLUMNS], fill=False)

    def line(self, line, *values):
        """A line, without its line end, with the two values (texts)."""
        return self._with(line, [self._written(value) for value in values], fill=True)

    def added(self, *values):
        """What comes at the end of a line that is too long to be held."""
        return self._end([self._written(value) for value in values])

    def _with(self, line, values, *, fill):
        spans = self._spans(line) if len(line) <= LONGEST_LINE_BYTES else []
        if self.dialect.may_trail and len(spans) == len(self.header) + 1 and spans[-1][0] == spans[-1][1]:
            line, spans = line[: spans[-1][0] - 1], spans[:-1]
        if fill and len(spans) == len(self.header):
            held = [
                (place, text) for place, text in zip(self._places.values(), values, strict=True) if place is not None
            ]
            for place, text in sorted(held, reverse=True):
                start, end = spans[place]
                line = line[:start] + text.encode() + line[end:]
        return line + self._end(values)

    def _end(self, values):
        lacking = [text for place, text in zip(self._places.values(), values, strict=True) if place is None]
        return "".join(self.dialect.delimiter + text for text in lacking).encode()

    def _written(self, text):
        text = " ".join(text.split())
        if self.dialect.is_quoted:
            return '"' + text.replace('"', '""') + '"'
        return text.replace(self.dialect.delimiter, " ")

    @cached_property
    def _field(self):
        between = re.escape(self.dialect.delimiter.encode())
        return re.compile(rb'"(?:[^"]|"")*"|[^"%b]*' % between if self.dialect.is_quoted else rb"[^%b]*" % between)

    def _spans(self, line):
        """Where each field begins and ends; nothing for a line whose quotes do not match up."""
        spans, position, delimiter = [], 0, self.dialect.delimiter.encode()
        while True:
            end = self._field.match(line, position).end()
            if end < len(line) and line[end : end + 1] != delimiter:
                return []
            spans.append((position, end))
            if end == len(line):
                return spans
            position = end + 1
