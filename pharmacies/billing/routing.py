"""Which benefit pays for a vaccine, and under which administration code: dated rules as data (data/vaccine_*.csv)."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from .reasons import read

GIVING = frozenset(["90471", "90472", "90473", "90474", "90480", "G0008", "G0009", "G0010"])
"""Codes for giving a vaccine."""
OWN_CODES = frozenset(["G0008", "G0009", "G0010"])
"""Those that are Medicare's alone."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One row: `benefit` is medical or pharmacy; `administration` is empty where the general codes are taken."""

    benefit: str
    administration: str
    since: date
    until: date | None


@cache
def _groups():
    return {row["cvx"]: row["group"] for row in read("vaccine_groups")}


@cache
def _routes():
    found = {}
    for row in read("vaccine_routing"):
        route_ = Route(
            benefit=row["benefit"],
            administration=row["administration"],
            since=date.fromisoformat(row["since"]),
            until=date.fromisoformat(row["until"]) if row["until"] else None,
        )
        found.setdefault((row["line_of_business"], row["group"]), []).append(route_)
    return found


def route(cvx, line_of_business, day):
    """The Route in force on the day; None where the rules say nothing of that vaccine and that kind of plan."""
    rules = _routes().get((line_of_business, _groups().get(cvx)), ())
    return next((each for each in rules if each.since <= day and (each.until is None or day <= each.until)), None)
