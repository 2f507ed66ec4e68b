"""What is published of each wire format: fields, faults, notes and an example file. No PHI: examples are of invented people."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from django.utils.text import slugify

from .formats import FORMATS
from .formats.reading.described import FAULTS
from .formats.reading.shape import Field
from .records import NOTES

EXAMPLES = Path(__file__).parent / "formats" / "examples"
NUMBER = re.compile(r"[0-9]+|_(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEPT|OCT|NOV|DEC)_")


@dataclass(frozen=True)
class Row:
    """Fields that differ by a number or a month in their names alone, told once. `faults`: without those of every field."""

    fields: tuple[Field, ...]
    faults: tuple[str, ...]

    @property
    def first(self):
        return self.fields[0]

    @property
    def last(self):
        return self.fields[-1]


@dataclass(frozen=True)
class Kind:
    """One kind of record of a format."""

    title: str
    rows: tuple[Row, ...]
    faults_of_any: tuple[str, ...]
    example: str


def summary(format_):
    """A format in short, ready for JSON."""
    return {
        "code": format_.code,
        "title": format_.title,
        "media_types": list(format_.media_types),
        "counts": format_.counts,
        "kinds": list(format_.fields),
    }


def whole(format_):
    """All that is published of a format, ready for JSON."""
    kinds = [
        {"title": title, "fields": [_shown(one) for one in fields], "example": example(format_.code, title)}
        for title, fields in format_.fields.items()
    ]
    return {**summary(format_), "kinds": kinds, "faults": faults(), "notes": notes()}


def _shown(field):
    return {
        "name": field.name,
        "means": field.means,
        "type": field.type,
        "required": field.needed,
        "example": field.example,
        "faults": list(field.faults),
    }


def faults():
    return [asdict(fault) for fault in FAULTS.values()]


def notes():
    """What a feed may lack without being wrong."""
    return [{"code": code, "says": says} for code, says in NOTES.items()]


def example(format_code, title):
    """A small file of this kind that loads without a reject; '' where there is none."""
    found = sorted((EXAMPLES / format_code).glob(f"{slugify(title)}.*"))
    return found[0].read_text(encoding="utf-8") if found else ""


def kinds(format_):
    """The kinds of a format as a page tells them."""
    return [_kind(format_.code, title, fields) for title, fields in format_.fields.items()]


def _kind(format_code, title, fields):
    faults = [set(one.faults) for one in fields if one.name != "line"]
    general = set.intersection(*faults) if faults else set()
    alike = {}
    for one in fields:
        key = (NUMBER.sub("#", one.name), one.means, one.type, one.needed, one.faults)
        alike.setdefault(key, []).append(one)
    rows = tuple(
        Row(tuple(group), tuple(code for code in group[0].faults if code not in general or group[0].name == "line"))
        for group in alike.values()
    )
    return Kind(title, rows, tuple(sorted(general)), example(format_code, title))


def place_of(format_code, field, kinds=()):
    """The anchor at which the page of a format tells of a field: of the first of `kinds` that has it, else of any; '' when none has."""
    told = FORMATS[format_code].fields if format_code in FORMATS else {}
    having = [title for title, fields in told.items() if any(one.name == field for one in fields)]
    having.sort(key=lambda title: title not in kinds)
    return f"{slugify(having[0])}.{field}" if having else ""


def all_formats():
    return tuple(FORMATS.values())


def format_named(code):
    """The format, or None."""
    return FORMATS.get(code)
