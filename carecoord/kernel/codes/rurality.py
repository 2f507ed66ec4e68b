"""Rural or not: by ZIP code the primary RUCA code, by county the rural-urban continuum code (RUCC)."""

import csv
import gzip
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
RUCA_WORDS = {
    1: "metropolitan core",
    2: "most people commute to a metropolitan core",
    3: "some people commute to a metropolitan core",
    4: "core of a larger town",
    5: "most people commute to a larger town",
    6: "some people commute to a larger town",
    7: "core of a small town",
    8: "most people commute to a small town",
    9: "some people commute to a small town",
    10: "countryside",
}
"""Our own short words for the primary codes; 99 is a ZIP code where nobody lives."""
RURAL_FROM_RUCA = 4


def ruca_of(zip_code):
    """The RUCA code of a five-digit ZIP code (1 to 10, or 99: nobody lives there), or None when it is not in the list."""
    return _ruca().get(zip_code[:5])


def rucc_of(county_fips):
    """The RUCC of a county (1 to 9) by its five-digit FIPS code, or None when it is not in the list."""
    return _rucc().get(county_fips, (None, ""))[0]


def county_of(county_fips):
    """Such as 'Greenbrier County, WV', or '' when it is not in the list."""
    return _rucc().get(county_fips, (None, ""))[1]


@cache
def _ruca():
    return {row["zip"]: int(row["ruca"]) for row in _rows("ruca_zip_2010.csv.gz")}


@cache
def _rucc():
    return {
        row["fips"]: (int(row["rucc"]), f"{row['county']}, {row['state']}") for row in _rows("rucc_county_2023.csv.gz")
    }


def _rows(name):
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
