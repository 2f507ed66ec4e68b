"""Column by column comes to the same as line by line: rows, faults, notes and counts, whatever stands in a line."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.claims import reader
from patients.claims.formats import Written, open_feed
from patients.claims.formats.reading import columns
from patients.claims.formats.reading.feed import PLAIN
from patients.claims.formats.tuva_csv.pharmacy_claim import INPUTS, KNOWN

from .bad_values import ANYWHERE, DATES, LENGTHS, NUMBERS, QUOTES
from .reading import TODAY, line_with
from .test_bad_inputs import FILL

ALL = ",".join(KNOWN)
TELLING = (
    ["", " ", "0", "00", "1", "01", "-1", "-30", "30.0", "2.5", "0.001", "0.0001", "366", "367", "-999", "1000"]
    + ["B1", "b2", "B2", "B3", "P", "retail", "MAIL", "y", "No", "2", "H9901-002", "h1234-001-002", "H1234"]
    + ["2026-11-21", "2026-11-22", "2026-11-23", "1899-12-31", "9999-12-31", "2026-02-30", "2026-01-31"]
    + [
        "00440509685",
        "1234-5678-90",
        "99999999999",
        "0000000000",
        "1234567893",
        "1000000202",
        "x y",
        " M1 ",
        "é",
        "\u202e",
    ]
    + ["12.5", "12.50", "-12.50", "12.345", "999999999.99", "9999999999", "x" * 60, "x" * 61, "x" * 100, "x" * 101]
)


def both(content):
    """What the reader makes of a file column by column, and line by line."""
    found = []
    for way in ("written", "__iter__"):
        feed = open_feed("tuva_csv", BytesIO(content), today=TODAY)
        items = list(reader.read(Through(feed, way)))
        rows = [
            line
            for item in items
            if isinstance(item, reader.Rows)
            for _, lines in item.kinds
            for line in lines.splitlines()
        ]
        faults = [fault for item in items if isinstance(item, reader.Faults) for fault in item.faults]
        found.append((rows, faults, items[-1]))
    return found


class Through:
    """A feed that is read in one way."""

    def __init__(self, feed, way):
        self.feed, self.way = feed, way

    def written(self):
        return getattr(self.feed, self.way)()

    def __getattr__(self, name):
        return getattr(self.feed, name)


def alike(content):
    by_columns, by_lines = both(content)
    assert by_columns == by_lines
    return by_columns


def a_file(*lines, header=ALL):
    return ("\n".join([header, *lines]) + "\n").encode("utf-8", "surrogatepass")


def test_plain_lines_are_read_by_columns_and_only_they():
    lines = [
        line_with(ALL, FILL, claim_id=f"C{number}", quantity="-30" if number == 3 else "30") for number in range(600)
    ]
    feed = open_feed("tuva_csv", BytesIO(a_file(*lines)), today=TODAY)
    items = list(feed.written())
    assert sum(len(item.lines) for item in items if isinstance(item, Written)) == 599
    assert [item.number for item in items if not isinstance(item, Written)] == [5]
    assert feed.records == 600


@pytest.mark.parametrize("name", [one.name for one in INPUTS])
def test_every_value_in_every_column(name):
    """Beside good lines, quoted or not. A block that is not plain ASCII goes line by line, so that both kinds come apart."""
    bad = [one.value for one in (*ANYWHERE, *QUOTES, *LENGTHS, *DATES, *NUMBERS)]
    values = [value.encode() for value in TELLING] + bad + [b'"30"', b'"a ""b"""', b'"x,y"']
    good, marked = line_with(ALL, FILL).encode(), line_with(ALL, FILL, **{name: "\x01"}).encode()
    found = []
    for is_plain in (True, False):
        some = [value for value in values if is_plain == (not value.translate(None, PLAIN))]
        lines = [each for value in some for each in (good, marked.replace(b"\x01", value))]
        rows, faults, end = alike(b"\n".join([ALL.encode(), *lines, b""]))
        assert len(rows) + end.rejected == end.lines == 2 * len(some)
        found += faults
    assert found


@given(
    st.lists(
        st.one_of(
            st.just({}),
            st.dictionaries(
                st.sampled_from([one.name for one in INPUTS]),
                st.sampled_from([text for text in TELLING if text.isascii()]),
                max_size=6,
            ),
        ),
        max_size=12,
    ),
    st.sets(st.sampled_from([one.name for one in INPUTS if not one.needed and one.name != "member_id"])),
)
@settings(max_examples=150, deadline=None)
def test_any_mixture_of_lines_under_any_header(changes, lacking):
    header = ",".join(name for name in KNOWN if name not in lacking)
    alike(a_file(*(line_with(header, FILL, **change) for change in changes), header=header))


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_bytes_that_overwrite_any_part(put, at, over):
    content = a_file(*(line_with(ALL, FILL, claim_id=f"C{number}") for number in range(4)))
    place = len(ALL) + 1 + at
    alike(content[:place] + put + content[place + over :])


def test_a_reader_forgets_what_it_saw_when_it_saw_too_much(monkeypatch):
    monkeypatch.setattr(columns, "KEPT", 3)
    lines = [line_with(ALL, FILL, claim_id=f"C{number}", paid_amount=f"{number}.00") for number in range(40)]
    rows, _, _ = alike(a_file(*lines))
    assert len(rows) == 40
