"""Which time zones a state lies in."""

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("data") / "state_zones.csv"


def zones_of(state):
    """IANA names; empty for a state that is not known."""
    return _every().get(state.strip().upper(), ())


@cache
def _every():
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    return {row["state"]: tuple(row["zones"].split()) for row in csv.DictReader(lines)}
