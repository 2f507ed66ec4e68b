"""Who the members are and when they are covered, said again in plain Python from the words of fold.py and members.py."""

from collections import defaultdict
from datetime import date

NAMED = ("first_name", "last_name", "city", "person_id")
EVER, NEVER = date.max, date.min


def key(row, digest):
    """What a row is about: a year that its line tells whole, a span, or somebody's identity."""
    if row["statement"]:
        return row["member_id"], row["statement"].partition(":")[0]
    return (row["member_id"], row["starts_on"], row["plan"]) if row["starts_on"] else (row["member_id"], digest)


def in_force(events):
    """The rows that hold, of (row, digest) pairs: of every record the highest version, with all of its statement."""
    records = defaultdict(dict)
    for row, digest in events:
        records[key(row, digest)][digest] = row
    for found in records.values():
        best = min(found, key=lambda d: (-(found[d]["version"] or 0), found[d]["ends_on"] is None, d))
        for digest, row in found.items():
            if digest == best or (row["statement"] and row["statement"] == found[best]["statement"]):
                yield row, digest


def members(events):
    """member id -> (coverage spans in order, born_on, died_on, names as a dict)."""
    of = defaultdict(list)
    for row, digest in in_force(events):
        of[row["member_id"]].append((row, digest))
    return {member: _told(rows) for member, rows in of.items()}


def _told(rows):
    spans = sorted((r["starts_on"], r["ends_on"] or EVER, r["plan"], r["contract"]) for r, _ in rows if r["starts_on"])
    newest = [row for row, _ in sorted(rows, key=_newest_first)]
    said = {name: next((r[name] for r in newest if r[name]), "") for name in NAMED}
    said["person_id"] = max(r["person_id"] for r in newest)
    born, died = (next((r[name] for r in newest if r[name]), None) for name in ("born_on", "died_on"))
    return spans, born, died, said


def _newest_first(pair):
    row, digest = pair
    return (
        -(row["starts_on"] or NEVER).toordinal(),
        -(row["ends_on"] or EVER).toordinal(),
        row["version"] is None,
        -(row["version"] or 0),
        digest,
    )
