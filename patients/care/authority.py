"""From which age, and on whose word, a pharmacist of a state may give a vaccine: a dated table."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("data") / "vaccine_authority.csv"
ANY = "*"
NEEDS = {
    "nothing": "on the pharmacist's own word",
    "protocol": "under a protocol or standing order",
    "prescription": "on a prescription",
}


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One row. `is_verified`: somebody has read the law; other rows are shown, and stop nobody."""

    state: str
    group: str
    minimum_age: int
    needs: str
    since: date
    until: date | None
    source: str
    is_verified: bool

    def __str__(self):
        doubt = "" if self.is_verified else " This rule is not verified: check it with your board."
        return f"In {self.state} a pharmacist gives it from {self.minimum_age} years on, {NEEDS[self.needs]}.{doubt}"


@cache
def every():
    """All rows, in the order of the file. Raises ValueError for a row that cannot be."""
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    return tuple(_row(each) for each in csv.DictReader(lines))


def rule_for(state, group, day, rows=None):
    """The newest row in force on the day for that vaccine group, else for any vaccine; None for a state without one."""
    found = [
        each
        for each in rows or every()
        if each.state == state
        and each.group in (group, ANY)
        and each.since <= day
        and (each.until is None or each.until >= day)
    ]
    return max(found, key=lambda each: (each.group == group, each.since), default=None)


def _row(row):
    if row["needs"] not in NEEDS or row["verified"] not in ("yes", "no"):
        raise ValueError(f"{FILE.name}: {row['state']} {row['group']}: needs or verified says what it cannot.")
    return Authority(
        state=row["state"],
        group=row["group"],
        minimum_age=int(row["minimum_age"]),
        needs=row["needs"],
        since=date.fromisoformat(row["since"]),
        until=date.fromisoformat(row["until"]) if row["until"] else None,
        source=row["source"],
        is_verified=row["verified"] == "yes",
    )
