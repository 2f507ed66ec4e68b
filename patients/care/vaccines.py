"""Vaccines by CVX number, and the service code for giving one, by who pays."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("data") / "vaccines.csv"
MEDICARE_ADMINISTRATION = {"influenza": "G0008", "pneumococcal": "G0009", "hepatitis_b": "G0010"}
"""Medicare's own codes for giving a Part B vaccine. Other vaccines, and other payers, take the general codes."""
COVID_ADMINISTRATION = "90480"
FIRST_INJECTION, FIRST_NASAL = "90471", "90473"


@dataclass(frozen=True, kw_only=True)
class Vaccine:
    cvx: str
    label: str
    group: str
    form: str
    live: str

    @property
    def is_live(self):
        return self.live == "live"


@cache
def every():
    """CVX -> Vaccine, in the order of the file."""
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    return {row["cvx"]: Vaccine(**row) for row in csv.DictReader(lines)}


def administration_code(cvx, line_of_business):
    """The service code for giving it: by payer for influenza, pneumococcal and hepatitis B vaccines. None for an unknown CVX."""
    vaccine = every().get(cvx)
    if vaccine is None:
        return None
    if line_of_business == "medicare" and vaccine.group in MEDICARE_ADMINISTRATION:
        return MEDICARE_ADMINISTRATION[vaccine.group]
    if vaccine.group == "covid":
        return COVID_ADMINISTRATION
    return FIRST_NASAL if vaccine.form == "nasal" else FIRST_INJECTION
