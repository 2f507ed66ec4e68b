"""Bad inputs by kind, position and format: every field of every kind of file, with everything that should not stand in it.

Each is rejected under its own line number, field and code, the code is among those that the format documents for the field,
and the lines before and after it are loaded.
"""

import hashlib
from collections import defaultdict
from io import BytesIO
from typing import NamedTuple

import pytest

from patients.claims import documentation
from patients.claims.formats import FORMATS, Good, open_feed
from patients.claims.formats.reading.described import LINE

from . import bad_values
from .reading import TODAY

POSITIONS = ("first", "middle", "last", "last without a line end")
DELIMITERS = {"tuva_csv": b",", "cms_rif": b"|"}


class Base(NamedTuple):
    """A good line of a kind under a header of all its fields."""

    format: str
    title: str
    delimiter: bytes
    names: tuple
    values: tuple
    fields: dict

    def line(self, **changes):
        """The line with other values (bytes) in the columns named."""
        return self.delimiter.join(changes.get(n, v) for n, v in zip(self.names, self.values, strict=True))


def base_of(format_code, title):
    delimiter = DELIMITERS[format_code]
    fields = {one.name: one for one in FORMATS[format_code].fields[title] if one.name != LINE}
    header, first, *_ = documentation.example(format_code, title).encode().split(b"\n")
    example = dict(zip(header.decode().split(delimiter.decode()), first.split(delimiter), strict=True))
    names = tuple(dict.fromkeys((*fields, *example)))
    return Base(format_code, title, delimiter, names, tuple(example.get(name, b"") for name in names), fields)


BASES = {(code, title): base_of(code, title) for code in DELIMITERS for title in FORMATS[code].fields}


def columns(base):
    """The fields to try: of those that differ by a number alone the first and the last. With their readers."""
    shape = next(one for one in FORMATS[base.format].shapes if one.code == base.title)
    read = {one.name: one.read for one in shape.inputs}
    rows = next(kind for kind in documentation.kinds(FORMATS[base.format]) if kind.title == base.title).rows
    return {one.name: read[one.name] for row in rows for one in {row.first, row.last} if one.name != LINE}


def catalogue():
    """(format, kind of file, kind of fault) -> [(column, value, code)]. Of the columns of a file that share a reader the first
    gets every value, the others one for each code."""
    found = defaultdict(list)
    for base in BASES.values():
        seen = set()
        for name, read in columns(base).items():
            general = bad_values.ANYWHERE + (bad_values.QUOTES if base.format == "tuva_csv" else [])
            values = general + bad_values.for_field(read, base.fields[name].type)
            for bad in values if id(read) not in seen else {one.code: one for one in values}.values():
                found[base.format, base.title, f"{bad.code}-{bad.name}"].append((name, bad.value, bad.code))
            seen.add(id(read))
    return found


CASES = catalogue()


class Dripping(BytesIO):
    """A stream that gives a few bytes at a time, so that lines and characters are cut anywhere."""

    def read(self, wanted=-1):
        return super().read(min(wanted, 61) if wanted >= 0 else 61)


def outcomes(base, broken, position):
    """(feed, good, bad) of a file of two good lines and one bad one."""
    at = {"first": 0, "middle": 1}.get(position, 2)
    rows = [base.line(), base.line()]
    rows.insert(at, broken)
    data = b"\n".join([base.delimiter.join(name.encode() for name in base.names), *rows, b""])
    data = data.removesuffix(b"\n") if position == "last without a line end" else data
    feed = open_feed(base.format, (Dripping if position == "last" else BytesIO)(data), today=TODAY)
    assert feed.shape == base.title
    found = list(feed)
    assert (feed.records, feed.rejected) == (3, 1)
    good = {one.number for one in found if isinstance(one, Good)}
    assert good == {2, 3, 4} - {at + 2}, "the neighbours are loaded"
    (bad,) = (one for one in found if not isinstance(one, Good))
    assert bad.number == at + 2
    assert bad.digest == hashlib.sha256(broken).hexdigest()
    return bad


@pytest.mark.parametrize(("key", "code"), sorted({(key[:2], key[2].split("-")[0]) for key in CASES}), ids=str)
def test_a_bad_value_rejects_its_line_alone(key, code):
    for case in (one for one in CASES if one[:2] == key and one[2].startswith(f"{code}-")):
        for number, (name, value, _) in enumerate(CASES[case]):
            for position in POSITIONS if number == 0 else POSITIONS[1:2]:
                check(BASES[key], name, value, code, position)


def check(base, name, value, code, position):
    bad = outcomes(base, base.line(**{name: value}), position)
    assert [(one.field, one.code) for one in bad.problems] == [(name, code)], (value, position)
    assert code in base.fields[name].faults, "what happens is documented"
    assert bad.problems[0].message.startswith(name)
    assert len(value) < 4 or value.decode("utf-8", "replace") not in bad.problems[0].message


def lines_at_fault(base):
    """name -> a line that is at fault as a whole, and the code."""
    good, delimiter = base.line(), base.delimiter
    return {
        "too_many": (good + delimiter + b"one" + delimiter + b"more", "column_count"),
        "too_few": (delimiter.join(good.split(delimiter)[:-1]), "column_count"),
        "another_delimiter": (good.replace(delimiter, b"\t"), "column_count"),
        "semicolons": (good.replace(delimiter, b";"), "column_count"),
        "one_word": (b"total", "column_count"),
        "xml": (b"<claim id='1'/>", "column_count"),
        "just_too_long": (good + b"x" * 65_536, "line_too_long"),
        "a_megabyte": (b"x" * 1_000_000, "line_too_long"),
        "a_megabyte_of_quotes": (b'"' * 1_000_000, "line_too_long"),
        "a_megabyte_of_delimiters": (delimiter * 1_000_000, "line_too_long"),
        "nul_bytes": (b"\x00" * 100_000, "line_too_long"),
    }


@pytest.mark.parametrize("key", BASES, ids="-".join)
def test_a_line_at_fault_as_a_whole_is_rejected_alone(key):
    base = BASES[key]
    documented = next(one for one in FORMATS[base.format].fields[base.title] if one.name == LINE).faults
    for name, (broken, code) in lines_at_fault(base).items():
        for position in POSITIONS:
            bad = outcomes(base, broken, position)
            assert [(one.field, one.code) for one in bad.problems] == [(LINE, code)], (name, position)
            assert code in documented


CHECKS = [
    (key, one.name, code)
    for key, base in BASES.items()
    for shape in FORMATS[base.format].shapes
    if shape.code == base.title
    for one in shape.inputs
    if one.name in base.fields
    for code in one.checked
]
EARLY = {"tuva_csv": b"1901-01-01", "cms_rif": b"01-Jan-1901"}
LATE = {"tuva_csv": b"2099-01-01", "cms_rif": b"01-Jan-2099"}
START = {"tuva_csv": b"2025-02-08", "cms_rif": b"08-Feb-2025"}
STARTS = {"claim_line_start_date", "admission_date", "LINE_1ST_EXPNS_DT", "CLM_ADMSN_DT", "CLM_HOSPC_START_DT_ID"}
TOGETHER = (("member_id", "person_id"), ("collection_datetime", "result_datetime"))


def provoke(base, name, code):
    """Changes to the good line that make a check of several fields find `code` in the field `name`."""
    if code == "missing":
        return dict.fromkeys(next((group for group in TOGETHER if name in group), (name,)), b" ")
    if code == "end_before_start":
        return {one: START[base.format] for one in STARTS & set(base.names)} | {name: EARLY[base.format]}
    return {
        "in_the_future": {name: LATE[base.format]},
        "before_birth": {name: EARLY[base.format]},
        "negative_quantity": {name: b"-5"},
        "out_of_range": {name: b"367"},
    }[code]


@pytest.mark.parametrize(
    ("key", "name", "code"), CHECKS, ids=lambda one: "-".join(one) if isinstance(one, tuple) else one
)
def test_a_check_of_several_fields_names_the_field(key, name, code):
    base = BASES[key]
    for position in POSITIONS:
        bad = outcomes(base, base.line(**provoke(base, name, code)), position)
        assert (name, code) in [(one.field, one.code) for one in bad.problems]
        assert all(one.code in base.fields[one.field].faults for one in bad.problems)


def test_the_catalogue_is_long_enough():
    lines = [name for base in BASES.values() for name in lines_at_fault(base)]
    assert len(POSITIONS) * (len(CASES) + len(lines) + len(CHECKS)) >= 400
    assert len({key[2] for key in CASES} | set(lines)) >= 60


@pytest.mark.parametrize("key", BASES, ids="-".join)
def test_every_fault_that_is_documented_for_a_field_is_in_the_catalogue(key):
    """What nobody can provoke is not documented either."""
    base = BASES[key]
    provoked = defaultdict(set)
    for case, values in CASES.items():
        if case[:2] == key:
            for name, _, code in values:
                provoked[name].add(code)
    for _, name, code in (one for one in CHECKS if one[0] == key):
        provoked[name].add(code)
    for name in columns(base):
        assert provoked[name] == set(base.fields[name].faults), name
