"""The invented pharmacies and prescribers of the synthetic population.

Every NPI here is made up: it passes the check digit (Luhn over 80840 + the number), and begins with 10000, below the
lowest numbers that we know to be handed out.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """One pharmacy. `channel`: retail, mail, long_term_care or specialty. `feed_id`: the payer's own number or ""."""

    npi: str
    name: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    channel: str
    in_network: bool
    feed_id: str

    @property
    def sent_as(self):
        """What the feed writes as dispensing pharmacy."""
        return self.feed_id or self.npi


def rows_of(name):
    """The rows of a data file as dicts; lines that begin with # are its provenance."""
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(line for line in stream if not line.startswith("#"))


@cache
def _pharmacies():
    return tuple(Pharmacy(**{**row, "in_network": row["in_network"] == "1"}) for row in rows_of("pharmacies.csv"))


def pharmacies():
    """All pharmacies, in an order that does not change."""
    return list(_pharmacies())


def npi(stem):
    """The ten-digit NPI of a nine-digit stem. Source of the rule: ISO/IEC 7812 check digit with the prefix 80840."""
    total = 0
    for place, digit in enumerate(reversed("80840" + stem)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return f"{stem}{-total % 10}"


PRESCRIBERS = tuple(npi(f"1000010{number:02d}") for number in range(40))
FACILITIES = tuple(npi(f"1000020{number:02d}") for number in range(12))
