"""Tuva's columns as Parquet: rows as from CSV, sizes checked before anything is read, and clear words without the extra."""

import json
import tracemalloc
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carecoord.kernel.tenancy import context
from patients.claims import corrections
from patients.claims.formats import FORMATS, FeedRefused, open_feed, tuva_parquet

from ..feeds import counts, load
from .reading import TODAY, faults, read_kinds
from .test_containers import Pipe

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

FILLS = {
    "claim_id": ["C1", "C2", "C3"],
    "claim_line_number": [1.0, 1.0, 1.0],
    "member_id": pyarrow.array(["M1", "M1", "M2"]).dictionary_encode(),
    "dispensing_date": pyarrow.array([date(2025, 3, 1)] * 3),
    "paid_date": pyarrow.array([datetime(2025, 3, 2)] * 3, pyarrow.timestamp("ns")),
    "ndc_code": ["00440509685"] * 3,
    "quantity": [30.0, 2.5, None],
    "days_supply": pyarrow.array([30, 30, 30], pyarrow.int16()),
    "paid_amount": pyarrow.array([Decimal("12.50"), None, Decimal("0.10")]),
    "compound_flag": [True, None, False],
    "Horoscope": [["Leo"], [], None],
}


def written(columns, **how):
    out = BytesIO()
    parquet.write_table(pyarrow.table(columns), out, **how)
    return out.getvalue()


WHOLE = written(FILLS)


def refusal(data, **options):
    with pytest.raises(FeedRefused) as refused:
        read_kinds("tuva_parquet", data, **options)
    assert refused.value.message.endswith(".")
    return refused.value.code


@pytest.mark.parametrize("how", [{}, {"compression": "zstd"}, {"compression": "gzip", "row_group_size": 1}])
def test_rows_of_every_type_are_read(how):
    feed, good, bad = read_kinds("tuva_parquet", written(FILLS, **how))
    assert not bad
    assert [number for number, _, _ in good] == [1, 2, 3]
    first = good[0][2]
    assert (first["claim_id"], first["claim_line"], first["member_id"]) == ("C1", 1, "M1")
    assert (first["filled_on"], first["paid_on"]) == (date(2025, 3, 1), date(2025, 3, 2))
    assert (first["quantity"], first["days_supply"], first["paid_cents"]) == (Decimal("30.000"), 30, 1250)
    assert [row["is_compound"] for _, _, row in good] == [True, None, False]
    assert feed.drift.unknown == ("horoscope",)
    assert "person_id" in feed.drift.missing


def test_old_writers_texts_are_bytes():
    _, good, bad = read_kinds("tuva_parquet", written(FILLS | {"claim_id": [b"C1", b"C2", b"\xff"]}))
    assert [row["claim_id"] for _, _, row in good] == ["C1", "C2"]
    assert faults(bad) == [(3, "claim_id", "encoding")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"claim_id": ["C1", None, "C3"]}, [(2, "claim_id", "missing")]),
        ({"claim_id": ["C1", "x" * 70_000, "C3"]}, [(2, "claim_id", "too_long")]),
        ({"claim_id": ["C1", "a\x00", "C3"]}, [(2, "claim_id", "control_character")]),
        (
            {"quantity": [1.0, float("nan"), float("inf")]},
            [(2, "quantity", "not_a_number"), (3, "quantity", "not_a_number")],
        ),
        ({"quantity": [[1.0], None, [2.0]]}, [(row, "quantity", "nested") for row in (1, 2, 3)]),
        (
            {"claim_id": [True, None, False]},
            [(1, "claim_id", "wrong_type"), (2, "claim_id", "missing"), (3, "claim_id", "wrong_type")],
        ),
        (
            {"dispensing_date": pyarrow.array([20148, 2_000_000_000, 20148], pyarrow.int32()).cast(pyarrow.date32())},
            [(2, "dispensing_date", "out_of_range")],
        ),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_are_kept(changes, expected):
    _, good, bad = read_kinds("tuva_parquet", written(FILLS | changes))
    assert faults(bad) == expected
    assert len(good) + len(bad) == 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"claim_id\n", "not_parquet"),
        (WHOLE[:-1], "parquet_damaged"),
        (WHOLE[:40], "parquet_damaged"),
        (b"PAR1PAR1", "parquet_damaged"),
        (WHOLE[:-8] + b"\xff\xff\xff\x7fPAR1", "parquet_damaged"),
        (WHOLE + b"junk", "parquet_damaged"),
        (written({"a": [1]}), "no_header"),
        (written({name: FILLS[name] for name in FILLS if name != "ndc_code"}), "missing_column"),
        (written({"appointment_id": ["1"], "person_id": ["2"]}), "unknown_kind"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(data, code):
    assert refusal(data) == code


def test_the_caps_hold_before_anything_is_read():
    assert refusal(WHOLE, max_bytes=100) == "too_large"
    blank = written(
        {**{name: ["x"] * 60 for name in FILLS}, "note": ["y" * 900_000 + str(n) for n in range(60)]},
        compression="gzip",
    )
    assert refusal(blank) == "too_compressed"


def test_a_row_group_beyond_the_cap_is_refused(monkeypatch):
    monkeypatch.setattr(tuva_parquet, "LARGEST_ROW_GROUP_BYTES", 100)
    assert refusal(WHOLE) == "row_group_too_large"


def test_a_stream_is_refused_in_words():
    with pytest.raises(FeedRefused) as refused:
        open_feed("tuva_parquet", Pipe(WHOLE), today=TODAY)
    assert refused.value.code == "parquet_stream"


def test_without_the_extra_it_is_listed_and_says_so(monkeypatch):
    monkeypatch.setattr(tuva_parquet, "find_spec", lambda name: None)
    assert "tuva_parquet" in FORMATS
    assert refusal(WHOLE) == "not_installed"


@settings(deadline=None, max_examples=150)
@example([(12, 0)])
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes_give_rows_faults_or_a_refusal(changes):
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    try:
        feed, good, bad = read_kinds("tuva_parquet", bytes(data))
    except FeedRefused as refused:
        assert refused.code
    else:
        assert len(good) + len(bad) == feed.records


@pytest.mark.django_db
def test_it_is_loaded(payer):
    first = load(payer, WHOLE, format="tuva_parquet")
    assert counts(first) == (3, 0, 3, 0, 0, 0)
    assert counts(load(payer, written(FILLS, row_group_size=2), format="tuva_parquet")) == (3, 0, 0, 3, 0, 0)


def with_a_footer_that_lies(data):
    """The same file, whose footer says of every large size that it is 500 bytes; the pages keep theirs."""
    told = parquet.ParquetFile(BytesIO(data)).metadata
    size = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - size : -8]
    for group in map(told.row_group, range(told.num_row_groups)):
        columns = map(group.column, range(told.num_columns))
        for large in {group.total_byte_size, *(one.total_uncompressed_size for one in columns)}:
            if large > 4000:
                was = varint(large * 2)
                footer = footer.replace(b"\x16" + was, b"\x16" + varint(500 * 2, len(was)))
    return data[: -8 - size] + footer + data[-8:]


def varint(value, width=0):
    out = bytearray()
    while value > 0x7F or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def many(count, **more):
    base = {"claim_id": [f"C{n}" for n in range(count)], "claim_line_number": [1] * count, "member_id": ["M1"] * count}
    return base | {"dispensing_date": [date(2025, 3, 1)] * count, "ndc_code": ["00440509685"] * count} | more


@pytest.mark.parametrize(
    ("columns", "how", "code"),
    [
        (
            many(40, rx_number=["0" * 1_000_000] * 40),
            {"use_dictionary": False, "data_page_size": 1 << 30},
            "too_compressed",
        ),
        (
            many(400, rx_number=pyarrow.array([b"0" * 200_000] * 400, pyarrow.binary(200_000))),
            {},
            "row_group_too_large",
        ),
    ],
)
def test_pages_are_believed_rather_than_the_footer(columns, how, code):
    data = with_a_footer_that_lies(written(columns, compression="zstd", **how))
    with pytest.raises(FeedRefused) as refused:
        list(open_feed("tuva_parquet", BytesIO(data)))
    assert refused.value.code == code


def test_pages_that_are_large_together_are_refused():
    noise = [Random(n).randbytes(500_000).hex() for n in range(70)]
    with pytest.raises(FeedRefused) as refused:
        open_feed(
            "tuva_parquet", BytesIO(written(many(70, rx_number=noise), use_dictionary=False, data_page_size=1 << 30))
        )
    assert refused.value.code == "row_group_too_large"


@pytest.mark.parametrize("compression", ["none", "snappy"])
@pytest.mark.parametrize("seed", range(40))
def test_a_page_header_that_lies_refuses_the_file_or_changes_nothing(compression, seed):
    random = Random(seed)
    data = bytearray(written(many(300), compression=compression))
    column = parquet.ParquetFile(BytesIO(data)).metadata.row_group(0).column(random.randrange(5))
    start = column.dictionary_page_offset or column.data_page_offset
    data[start + random.randrange(12)] ^= 1 << random.randrange(8)
    try:
        feed = open_feed("tuva_parquet", BytesIO(data), today=TODAY)
        assert len(list(feed)) == 300
    except FeedRefused as refused:
        assert refused.code in ("parquet_damaged", "too_compressed", "too_large", "row_group_too_large")


def test_texts_and_lists_that_a_few_bytes_say_a_thousand_times_are_made_once():
    long = pyarrow.array(["0" * 1_000_000] * 1000, pyarrow.string_view())
    nested = pyarrow.array([["0" * 1_000_000]] * 1000)
    for column in (long, nested):
        data = written(many(1000, rx_number=column), compression="zstd")
        tracemalloc.start()
        pyarrow_before = pyarrow.total_allocated_bytes()
        feed = open_feed("tuva_parquet", BytesIO(data), today=TODAY)
        assert {one.problems[0].code for one in feed} <= {"too_long", "nested"} and feed.rejected == 1000
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
        tracemalloc.stop()
        assert pyarrow.total_allocated_bytes() - pyarrow_before < 50_000_000


@pytest.mark.django_db
def test_a_rejected_row_comes_back_as_a_line_of_ndjson(payer):
    delivery = load(payer, written(FILLS | {"days_supply": [30, 999, 30]}), name="fills.parquet", format="tuva_parquet")
    out = BytesIO()
    with context.acting_as(context.worker_for(payer.pk)):
        corrections.write_ndjson(delivery=delivery, out=out)
    (told,) = map(json.loads, out.getvalue().splitlines())
    line = json.loads(told["raw"]) | {"days_supply": 30}
    assert counts(load(payer, json.dumps(line).encode(), name="one.ndjson", format="tuva_ndjson")) == (1, 0, 1, 0, 0, 0)
