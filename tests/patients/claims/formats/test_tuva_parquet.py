"""Tuva's columns as Parquet: rows as from CSV, sizes checked before anything is read, and clear words without the extra."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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
        ({"quantity": [[1.0], None, [2.0]]}, [(1, "quantity", "nested"), (3, "quantity", "nested")]),
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
