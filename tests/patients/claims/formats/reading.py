"""How the tests of the wire formats read: bytes or rows of words in, the feed and what it gave out."""

from datetime import date
from io import BytesIO
from pathlib import Path

from patients.claims.formats import Bad, Good, open_feed
from patients.claims.records import LAYOUTS

TODAY = date(2026, 11, 21)
DATA = Path(__file__).parents[3] / "data"


def read(code, data, **options):
    """The feed after reading, its good rows as dicts with `number`, and its bad lines."""
    feed = open_feed(code, BytesIO(data), today=TODAY, **options)
    good, bad = [], []
    for outcome in feed:
        if isinstance(outcome, Good):
            names = LAYOUTS[outcome.kind or feed.kind].names
            good.append(dict(zip(names, outcome.row, strict=True), number=outcome.number))
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
