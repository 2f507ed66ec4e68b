"""How the tests of the wire formats read: bytes or rows of words in, the feed and what it gave out."""

from datetime import date
from io import BytesIO
from pathlib import Path

from patients.claims.formats import Bad, Good, open_feed
from patients.claims.records import LAYOUTS

TODAY = date(2026, 11, 21)
DATA = Path(__file__).parents[3] / "data"


def read(code, data, **options):
    """The feed after reading, its good rows as dicts with `number` and `kind`, and its bad lines."""
    feed = open_feed(code, BytesIO(data), today=TODAY, **options)
    good, bad = [], []
    for outcome in feed:
        if isinstance(outcome, Good):
            kind = outcome.kind or feed.kind
            row = dict(zip(LAYOUTS[kind].names, outcome.row, strict=True))
            good.append(row | {"number": outcome.number, "kind": kind})
        else:
            assert isinstance(outcome, Bad)
            bad.append(outcome)
    return feed, good, bad


def faults(bad):
    """(line, field, code) of every problem, in order."""
    return [(line.number, one.field, one.code) for line in bad for one in line.problems]


def lines(header, *rows, end="\n"):
    return (end.join([header, *rows]) + end).encode()


def line_with(header, base, delimiter=",", **changes):
    """One line of `header`'s columns from `base` and `changes`; what neither names is empty."""
    values = base | changes
    return delimiter.join(values.get(name, "") for name in header.split(delimiter))


def read_kinds(code, data, **options):
    """The feed after reading, its good rows as (number, kind, dict), and its bad records: for feeds of several kinds."""
    feed = open_feed(code, BytesIO(data), today=TODAY, **options)
    outcomes = list(feed)
    good = [
        (one.number, one.kind, dict(zip(LAYOUTS[one.kind].names, one.row, strict=True)))
        for one in outcomes
        if isinstance(one, Good)
    ]
    return feed, good, [one for one in outcomes if isinstance(one, Bad)]
