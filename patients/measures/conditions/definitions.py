"""Every condition, read from the data files of this package; each says where it is from (data/README.md)."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from .condition import Code, Condition, Way

_DATA = Path(__file__).parent / "data"


class UnknownCondition(LookupError):
    """There is no condition of that code; the text names those that there are."""


@cache
def every() -> dict[str, Condition]:
    """All conditions by code, in alphabetical order. Raises ValueError for data that contradict themselves."""
    sources = {row["code"]: row for row in _rows("sources.csv")}
    ways, codes = defaultdict(list), defaultdict(list)
    for row in _rows("ways.csv"):
        ways[row["condition"]].append(_way(row))
    for row in _rows("codes.csv"):
        codes[row["condition"]].append(Code(row["group"], row["system"], row["code"], row["detail"], row["origin"]))
    found = {
        row["code"]: _condition(row, ways.pop(row["code"]), codes.pop(row["code"]), sources[row["source"]])
        for row in sorted(_rows("conditions.csv"), key=lambda row: row["code"])
    }
    if ways or codes:
        raise ValueError(f"Ways or codes of no condition: {', '.join(sorted({*ways, *codes}))}.")
    return found


def find(code: str) -> Condition:
    """The condition of that code. Raises UnknownCondition."""
    if code not in every():
        raise UnknownCondition(f"There is no condition {code!r}. There are: {', '.join(every())}.")
    return every()[code]


@cache
def by_number() -> dict[int, Condition]:
    """All conditions by the number that stands for them in the SQL."""
    return {condition.number: condition for condition in every().values()}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def _way(row: dict[str, str]) -> Way:
    names = ("groups", "lesser_groups", "settings", "void_if", "void_unless")
    parts = {name: tuple(filter(None, row[name].split("|"))) for name in names}
    return Way(number=int(row["way"]), claims=int(row["claims"]), **parts)


def _condition(row: dict[str, str], ways: list[Way], codes: list[Code], source: dict[str, str]) -> Condition:
    return Condition(
        number=int(row["number"]),
        code=row["code"],
        title=row["title"],
        family=row["family"],
        look_back_years=int(row["look_back_years"]),
        sensitivity=int(row["sensitivity"]),
        detail=row["detail"],
        version=row["version"],
        ways=tuple(ways),
        codes=tuple(codes),
        source=source["text"],
        is_open=source["is_open"] == "yes",
        reviewed_on=date.fromisoformat(source["reviewed_on"]),
        review_due=date.fromisoformat(source["review_due"]),
    )
