"""Rural or not, by ZIP code: the primary RUCA code, 1 (metropolitan core) to 10 (rural), 99 where nobody lives."""

import csv
import gzip
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "ruca_zip_2010.csv.gz"


def ruca_of(zip_code):
    """The RUCA code of a five-digit ZIP code, or None when it is not in the list."""
    return _codes().get(zip_code[:5])


@cache
def _codes():
    with gzip.open(FILE, "rt", encoding="ascii", newline="") as lines:
        return {row["zip"]: int(row["ruca"]) for row in csv.DictReader(lines)}
