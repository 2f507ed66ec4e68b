"""What the sender of a file should know: its fields and the faults they can raise, out of the columns that its shapes read.

Types, examples and faults come from the readers (`fields.Told`) and from what `build` checks (`In.checked`); what a column
means is data beside each format (`meanings.csv`), and so is what each code says (`faults.csv`).
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from .shape import Field

OF_ANY_COLUMN = ("control_character", "encoding")
OF_QUOTES = ("stray_quote", "unterminated_quote")
LINE = "line"
LINE_FAULTS = ("column_count", "database_refused", "encoding", "line_too_long")
LINE_FIELD = Field(LINE, "The line as a whole.", "one line of the file", faults=LINE_FAULTS)
MONTH = re.compile(r"_(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEPT|OCT|NOV|DEC)_")


@dataclass(frozen=True, slots=True)
class Fault:
    """`of`: record (it is rejected, and the others are loaded) or file (it is refused whole). `do`: for the sender."""

    code: str
    of: str
    says: str
    do: str


def table(path):
    """The rows of a CSV file as dicts; lines that begin with # are notes."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


FAULTS = {row["code"]: Fault(**row) for row in table(Path(__file__).with_name("faults.csv"))}


class NoMeaning(Exception):
    """A column is read, and nothing says what it means."""


def fields_of(shapes, *, meanings, is_quoted):
    """Title of a kind -> its fields: the columns of its documented header that are read, then the line as a whole.

    `meanings`: path of a table `column,means,example`. Raises NoMeaning."""
    known = {row["column"]: row for row in table(meanings)}
    general = {*OF_ANY_COLUMN, *(OF_QUOTES if is_quoted else ())}
    return {shape.code: _of_shape(shape, known, general) for shape in shapes}


def _of_shape(shape, meanings, general):
    documented = {*shape.known, *shape.extras}
    fields = [_field(one, meanings, general) for one in shape.inputs if one.name in documented]
    return (*fields, LINE_FIELD)


def _field(one, meanings, general):
    told = one.read.told
    row = _meaning(one.name, meanings)
    return Field(
        name=one.name,
        means=row["means"],
        type=told.type,
        needed=one.needed,
        example=row["example"] or told.example,
        faults=tuple(sorted({*told.faults, *one.checked, *general})),
    )


def _meaning(name, meanings):
    numbered = re.sub(r"[0-9]+", "#", name)
    for key in (name, numbered, MONTH.sub("_MON_", name)):
        if key in meanings:
            return meanings[key]
    raise NoMeaning(f"{name} is read, and nothing says what it means.")
