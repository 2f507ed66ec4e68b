"""Who the members are and when they are covered, said again in plain Python from the words of fold.py and members.py."""

from collections import defaultdict
from datetime import date, timedelta

from . import people

NAMED = ("first_name", "last_name", "city", "person_id")
NO_END = date(2100, 12, 31)
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


def members(events, same=(), different=()):
    """id of today -> (coverage spans in order, born_on, died_on, names as a dict). `same`, `different`: rulings, pairs of ids."""
    held = sorted(in_force(events), key=_newest_first)
    rows = [row for row, _ in held]
    found, (groups, former) = {}, people.one_person(rows, same, different)
    for ids in groups:
        today = people.id_of_today(ids, rows, former)
        if today:
            found[today] = _told([(row, digest) for row, digest in held if row["member_id"] in ids], today)
    return found


def _told(rows, today):
    firsts = defaultdict(list)
    for row, _ in rows:
        was_in_force = row["starts_on"] and (row["ends_on"] or EVER) >= row["starts_on"]
        if was_in_force and row["member_id"] == today:
            firsts[row["plan"]].append(row["starts_on"])
    spans = []
    for row, _ in rows:
        if not row["starts_on"]:
            continue
        last = min(row["ends_on"] or EVER, _told_end(row, rows))
        if row["member_id"] != today and firsts[row["plan"]]:
            last = min(last, min(firsts[row["plan"]]) - timedelta(days=1))
        if last >= row["starts_on"]:
            spans.append((row["starts_on"], last, row["plan"], row["contract"]))
    newest = [row for row, _ in rows]
    said = {name: next((r[name] for r in newest if r[name]), "") for name in NAMED}
    said["person_id"] = max(r["person_id"] for r in newest)
    born, died = (next((r[name] for r in newest if r[name]), None) for name in ("born_on", "died_on"))
    return sorted(spans), born, died, said


def _told_end(span, rows):
    """An end without a first day, told later under the same id, of this plan or of all: the last word of those that reach it."""
    ends = [
        (-(row["version"] or 0), row["ends_on"], digest)
        for row, digest in rows
        if not row["starts_on"] and row["ends_on"] and row["member_id"] == span["member_id"]
        and row["plan"] in (span["plan"], "") and row["ends_on"] >= span["starts_on"]
        and (row["version"] or 0) > (span["version"] or 0)
    ]  # fmt: skip
    last = min(ends)[1] if ends else NO_END
    return EVER if last == NO_END else last


def _newest_first(pair):
    row, digest = pair
    return (
        -(row["starts_on"] or NEVER).toordinal(),
        -(row["ends_on"] or EVER).toordinal(),
        row["version"] is None,
        -(row["version"] or 0),
        digest,
    )
