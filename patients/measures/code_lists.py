"""Code lists as files: one CSV a list with a column `code`; the lines that begin with # name the source."""

import csv
import re
from functools import cache
from pathlib import Path

_CODE = re.compile(r"[A-Z0-9]{2,7}|[0-9]{3,6}-[0-9]")


@cache
def read(path: Path) -> tuple[str, ...]:
    """The codes: upper case, no dots; LOINC with its hyphen. Raises ValueError for anything else, a repeated one, an empty list."""
    with path.open(encoding="utf-8", newline="") as file:
        codes = tuple(row["code"] for row in csv.DictReader(line for line in file if not line.startswith("#")))
    if wrong := [code for code in codes if not _CODE.fullmatch(code)]:
        raise ValueError(f"{path.name}: not a code without dots: {wrong[0]!r}")
    if len(set(codes)) != len(codes) or not codes:
        raise ValueError(f"{path.name}: empty, or a code is there twice.")
    return codes


@cache
def title(path: Path) -> str:
    """What the list is about: the first words of its header, up to a colon, a semicolon or the name of a code system."""
    return re.split(r"[:;.]|, ICD-10", " ".join(header(path)), maxsplit=1)[0]


@cache
def header(path: Path) -> tuple[str, ...]:
    """The lines that begin with #, without it: what the list is, its source and licence."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(line.lstrip("#").strip() for line in file if line.startswith("#"))


def in_sql(codes: tuple[str, ...]) -> str:
    """'A', 'B' for an IN list. Only plain letters, digits, _ and - pass, so that no text can end the literal."""
    if wrong := [code for code in codes if not re.fullmatch(r"[A-Za-z0-9_-]+", code)]:
        raise ValueError(f"Not a plain code or name: {wrong[0]!r}")
    return ", ".join(f"'{code}'" for code in codes)


def emergency_services() -> tuple[str, ...]:
    """Service codes of visits to an emergency department, as facts keep them."""
    return read(Path(__file__).parent / "kinds" / "codes" / "emergency_services.csv")
