"""Any bytes give a refusal or rows and named problems, never another exception, and every line is accounted for."""

import gzip
import json
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.claims.formats import FORMATS, Bad, FeedRefused, Good, open_feed
from patients.claims.records import LAYOUTS, NOTES

from . import x12
from .reading import DATA, TODAY
from .test_bad_inputs import (
    CARRIER,
    ELIGIBILITY,
    EVENT,
    FILL,
    LAB,
    LINE,
    MEDICAL,
    OBSERVATION,
    PERSON,
    PHARMACY,
    RIF,
    SHOT,
    SPAN,
    VISIT,
    YEAR,
)

TYPES = dict(text=str, date=date, int=int, cents=int, decimal3=Decimal, texts=tuple, bool=bool)
TUVA_HEADERS = [PHARMACY, MEDICAL, ELIGIBILITY, OBSERVATION, LAB, SHOT]
RIF_HEADERS = [RIF, CARRIER, YEAR]
NASTY = st.sampled_from(
    ["", " ", '"', '""', "\x00", "\r", "\n", ",", "|", "\\", "'", "1e5", "NaN", "-1", "2025-03-01", "26-Jun-2014", "９"]
    + [
        "9999-12-31",
        "0",
        "1",
        "B2",
        "B3",
        "UPDATE",
        "D",
        "M1",
        "E11.9",
        "\u202e",
        "\ufffd",
        "é",
        "x" * 200,
        "H1234-001",
    ]
)
VALUE = st.one_of(NASTY, st.text(max_size=12), *(st.sampled_from(sorted(base.values())) for base in (FILL, EVENT)))


def drain(code, data):
    """Read everything and check what must hold of whatever came: types, line numbers, sums."""
    try:
        feed = open_feed(code, BytesIO(data), today=TODAY)
        outcomes = list(feed)
    except FeedRefused as refused:
        assert refused.code and refused.message
        return
    good = [one for one in outcomes if isinstance(one, Good)]
    bad = [one for one in outcomes if isinstance(one, Bad)]
    numbers = [one.number for one in outcomes]
    assert numbers == sorted(numbers)
    assert len({one.number for one in good} | {one.number for one in bad}) == feed.records
    assert not {one.number for one in good} & {one.number for one in bad}
    assert set(feed.notes) <= set(NOTES)
    assert len(bad) == feed.rejected == len({one.number for one in bad})
    for line in bad:
        assert line.problems and len(line.digest) == 64
        assert all(one.code and one.message.startswith(one.field) for one in line.problems)
    for line in good:
        for column, value in zip(LAYOUTS[line.kind or feed.kind].columns, line.row, strict=True):
            assert value is None or type(value) is TYPES[column.type], column.name
            assert value is not None or column.type not in {"text", "texts"}
            assert not column.required or value not in {None, ""}


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(sorted(FORMATS)))
def test_any_bytes(data, code):
    drain(code, data)
    drain(code, gzip.compress(data))
    for magic in (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"):
        drain(code, magic + data)


@settings(deadline=None)
@given(st.sampled_from(TUVA_HEADERS), st.lists(st.lists(VALUE, max_size=30), max_size=4), st.binary(max_size=20))
def test_any_values_under_a_tuva_header(header, rows, tail):
    width = header.count(",") + 1
    body = [",".join((row + [""] * width)[:width]) for row in rows]
    drain("tuva_csv", "\n".join([header, *body]).encode("utf-8", "surrogatepass") + tail)


@settings(deadline=None)
@given(st.sampled_from(RIF_HEADERS), st.lists(st.lists(VALUE, max_size=15), max_size=4), st.binary(max_size=20))
def test_any_values_under_a_research_file_header(header, rows, tail):
    width = header.count("|") + 1
    body = ["|".join((row + [""] * width)[:width]) for row in rows]
    drain("cms_rif", "\n".join([header, *body]).encode("utf-8", "surrogatepass") + tail)


BASES = [("tuva_csv", PHARMACY, FILL), ("tuva_csv", MEDICAL, VISIT), ("tuva_csv", ELIGIBILITY, SPAN)]
BASES += [("cms_rif", RIF, EVENT), ("cms_rif", CARRIER, LINE), ("cms_rif", YEAR, PERSON)]


@settings(deadline=None)
@given(st.sampled_from(BASES), st.data())
def test_one_field_changed_in_a_good_line(base, data):
    code, header, values = base
    delimiter = "," if code == "tuva_csv" else "|"
    changed = values | {data.draw(st.sampled_from(header.split(delimiter))): data.draw(VALUE)}
    row = delimiter.join(changed.get(name, "") for name in header.split(delimiter))
    drain(code, f"{header}\n{row}\n".encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(st.sampled_from([FILL, VISIT, SPAN]), st.data())
def test_one_value_changed_in_a_good_object(base, data):
    value = data.draw(st.one_of(VALUE, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(st.integers())))
    changed = base | {data.draw(st.sampled_from([*base, "compound_flag", "x"])): value}
    line = json.dumps(changed, ensure_ascii=data.draw(st.booleans()))
    drain("tuva_ndjson", f"{line}\n".encode("utf-8", "surrogatepass"))


MESSAGES = {
    "tuva_ndjson": (DATA / "tuva_ndjson" / "mixed.ndjson").read_bytes(),
    "hl7_v2": (DATA / "hl7_v2" / "batch.hl7").read_bytes(),
}


@settings(deadline=None)
@given(st.sampled_from(sorted(MESSAGES)), st.data())
def test_a_good_file_with_pieces_changed(code, data):
    whole = MESSAGES[code]
    for _ in range(data.draw(st.integers(1, 4))):
        at, size = data.draw(st.integers(0, len(whole))), data.draw(st.sampled_from([0, 1, 5, 200]))
        piece = data.draw(
            st.one_of(VALUE.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=3))
        )
        again = data.draw(st.sampled_from([b"", whole[at : at + 300]]))
        whole = whole[:at] + piece + again + whole[at + size :]
    drain(code, whole)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["pde", "inpatient", "beneficiary_2014", "hha"]), st.data())
def test_a_real_file_with_bytes_changed(name, data):
    whole = bytearray((DATA / "cms_rif" / f"{name}.csv").read_bytes()[:20_000])
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    drain("cms_rif", bytes(whole))


OURS = ["ncpdp_d0/batch.ncpdp", "ncpdp_history/pipes.txt", "pharmacy_dispensing/fills.csv"]
PIECES = st.sampled_from(
    [
        b"",
        b"\x00",
        b"\x02",
        b"\x03",
        b"\x1c",
        b"\x1d",
        b"\x1e",
        b"\n",
        b"\r",
        b"|",
        b",",
        b"\xff",
        b"\xed\xa0\x80",
        b"{",
        b"}",
    ]
    + [
        b"AM07",
        b"\x1cAM21",
        b"D0B2",
        b"D0B1",
        b"NaN",
        b"-",
        b"9" * 5000,
        b"x" * 70_000,
        b"99",
        b"00T",
        "\u202e".encode(),
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(OURS), st.data())
def test_a_pharmacys_file_with_pieces_put_in_cut_out_and_doubled(name, data):
    whole = (DATA / name).read_bytes()
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(whole)))
        end = start + data.draw(st.sampled_from([0, 0, 1, 2, 60, 300]))
        piece = whole[start:end] * 2 if data.draw(st.booleans()) else data.draw(PIECES)
        whole = whole[:start] + piece + whole[end:]
    drain(name.partition("/")[0], whole)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
@pytest.mark.parametrize("name", OURS)
def test_a_pharmacys_file_in_few_bytes_at_a_time_gives_the_same(name, size):
    data, code = (DATA / name).read_bytes(), name.partition("/")[0]

    class Dripping(BytesIO):
        def read(self, wanted=-1):
            return super().read(min(wanted, size) if wanted >= 0 else size)

    assert list(open_feed(code, Dripping(data), today=TODAY)) == list(open_feed(code, BytesIO(data), today=TODAY))


X12 = {
    "x12_837": (
        x12.professional(x12.subscriber(below=1), x12.patient(), x12.visit(), x12.visit("C2", "7", "X1")),
        x12.institutional(x12.subscriber(), x12.stay()),
    ),
    "x12_835": (x12.remittance(x12.paid(), x12.paid("C2", "4", amount="0", lines=())),),
    "x12_834": (
        x12.enrolment(
            x12.member(coverage=x12.covered() + x12.covered("PDG", "RX", ends="20261231")),
            x12.member(
                "N",
                does="024",
                name="ROE*LEO",
                born="20200101",
                coverage=x12.covered(starts="", ends="20260630", does="024"),
            ),
        ),
    ),
}
BITS = [
    b"*",
    b"~",
    b":",
    b"\x00",
    b"\xff",
    b"\xc3\xa9",
    b"9" * 5000,
    b"x" * 70_000,
    b"NaN",
    b"-",
    b"ISA*",
    b"~CLM*1*1~",
    b"~INS*Y~",
]
BITS += [b"~HL*1**22*0~", b"~LX*1~", b"~HD*~", b"~DTP*348*D8*~", b"~SE*1*1~", b"*99999999*", b"\xe2\x80\xae"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted((code, at) for code, files in X12.items() for at in range(len(files)))), st.data())
def test_an_x12_file_with_parts_changed_lost_and_doubled(which, data):
    code, at = which
    whole = X12[code][at]
    for _ in range(data.draw(st.integers(1, 5))):
        first = data.draw(st.integers(0, len(whole)))
        last = data.draw(st.integers(first, min(len(whole), first + 40)))
        put = data.draw(st.one_of(st.sampled_from(BITS), st.binary(max_size=3), st.just(whole[first:last] * 2)))
        whole = whole[:first] + put + whole[last:]
    drain(code, whole)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted((code, at) for code, files in X12.items() for at in range(len(files)))), st.data())
def test_one_element_changed_in_an_x12_file_is_a_bad_record_or_a_refusal(which, data):
    code, at = which
    lines = X12[code][at].decode().split("~\n")[:-1]
    place = data.draw(st.integers(3, len(lines) - 4))
    elements = lines[place].split("*")
    element = data.draw(st.integers(0, len(elements) - 1))
    elements[element] = data.draw(VALUE.filter(lambda value: not set("*~") & set(value)))
    lines[place] = "*".join(elements)
    drain(code, "".join(f"{line}~\n" for line in lines).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_a_stream_that_gives_few_bytes_at_a_time_gives_the_same(size):
    data = (DATA / "cms_rif" / "pde.csv").read_bytes()

    class Dripping(BytesIO):
        def read(self, wanted=-1):
            return super().read(min(wanted, size) if wanted >= 0 else size)

    for sent in (data[:5000], gzip.compress(data[:5000])):
        dripped = list(open_feed("cms_rif", Dripping(sent), today=TODAY))
        assert dripped == list(open_feed("cms_rif", BytesIO(data[:5000]), today=TODAY))
