"""Code lists that measures use, one CSV a list, with the source in its first lines."""

import csv
import re
from functools import cache
from pathlib import Path

_CODE = re.compile(r"[A-Z0-9]{3,7}")


@cache
def read(name: str) -> tuple[str, ...]:
    """The codes of `name`.csv in this folder: upper case, no dots. Raises ValueError for anything else."""
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        codes = tuple(row["code"] for row in csv.DictReader(line for line in file if not line.startswith("#")))
    if wrong := [code for code in codes if not _CODE.fullmatch(code)]:
        raise ValueError(f"{name}.csv: not a code without dots: {wrong[0]!r}")
    return codes
