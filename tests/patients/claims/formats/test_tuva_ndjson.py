"""Tuva's columns as lines of JSON: the same rows as from CSV, and what is wrong with a line named by its column."""

import gzip
import json

import pytest

from patients.claims.formats import FeedRefused

from ..feeds import counts, load
from .reading import DATA, line_with, lines, read, read_kinds
from .test_bad_inputs import (
    BLOOD,
    CASES,
    ELIGIBILITY,
    FILL,
    LAB,
    MEDICAL,
    OBSERVATION,
    PHARMACY,
    READING,
    SHOT,
    SPAN,
    VACCINE,
    VISIT,
)

MIXED = (DATA / "tuva_ndjson" / "mixed.ndjson").read_bytes()
BASES = [
    (PHARMACY, FILL),
    (MEDICAL, VISIT),
    (ELIGIBILITY, SPAN),
    (OBSERVATION, READING),
    (LAB, BLOOD),
    (SHOT, VACCINE),
]
WHOLE = json.dumps(FILL)


def ndjson(*rows):
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows).encode()


def one_bad(line):
    """The problems of one line between two good ones, which are kept."""
    data = ndjson(WHOLE) + (line if isinstance(line, bytes) else ndjson(line)) + ndjson(WHOLE)
    feed, good, bad = read_kinds("tuva_ndjson", data)
    assert [number for number, _, _ in good] == [1, 3]
    assert [one.number for one in bad] == [2]
    assert feed.records == 3
    return [(one.field, one.code) for one in bad[0].problems]


def test_a_file_may_mix_the_kinds():
    feed, good, bad = read_kinds("tuva_ndjson", MIXED)
    assert not bad
    assert [(number, kind) for number, kind, _ in good] == [
        (1, "eligibility"),
        (3, "pharmacy_claim"),
        (4, "medical_claim"),
        (5, "observation"),
        (6, "lab_result"),
        (7, "immunization"),
    ]
    assert feed.records == 6
    assert good[2][2]["claim_id"] == "77"
    assert good[4][2]["result"] == "7.1"


@pytest.mark.parametrize(("header", "base"), BASES)
def test_the_rows_are_those_of_the_csv_file(header, base):
    _, from_csv, _ = read("tuva_csv", lines(header, line_with(header, base)))
    _, good, bad = read_kinds("tuva_ndjson", ndjson({name: base.get(name) for name in header.split(",")}))
    assert not bad
    assert [row for _, _, row in good] == [
        {k: v for k, v in row.items() if k not in ("number", "kind")} for row in from_csv
    ]


@pytest.mark.parametrize(
    ("header", "base", "changes", "expected"),
    [case for case in CASES if not set('\r",').intersection("".join(case[2].values()))],
)
def test_what_csv_rejects_is_rejected_alike(header, base, changes, expected):
    _, _, bad = read("tuva_csv", lines(header, line_with(header, base, **changes)))
    _, _, found = read_kinds("tuva_ndjson", ndjson(dict.fromkeys(header.split(","), "") | base | changes))
    assert {(one.field, one.code) for one in found[0].problems} >= {(one.field, one.code) for one in bad[0].problems}


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"quantity": 30.0}, "quantity", "30.000"),
        ({"quantity": 2.5}, "quantity", "2.500"),
        ({"paid_amount": 1e2}, "paid_cents", "10000"),
        ({"claim_id": 123.0}, "claim_id", "123"),
        ({"claim_id": 12345678901234567890123}, "claim_id", "12345678901234567890123"),
        ({"compound_flag": True}, "is_compound", "True"),
        ({"compound_flag": 0}, "is_compound", "False"),
        ({"compound_flag": None}, "is_compound", "None"),
        ({"plan": "Señor"}, "plan", "Señor"),
        ({"PLAN": "A"}, "plan", "A"),
        ({"anything": {"else": [1]}}, "claim_id", "C1"),
    ],
)
def test_values_may_be_numbers_flags_or_texts(changes, column, value):
    _, good, bad = read_kinds("tuva_ndjson", ndjson(FILL | changes))
    assert not bad
    assert str(good[0][2][column]) == value


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (FILL | {"claim_id": {"id": 1}}, [("claim_id", "nested")]),
        (FILL | {"quantity": [30]}, [("quantity", "nested")]),
        (FILL | {"claim_id": True}, [("claim_id", "wrong_type")]),
        (WHOLE.replace('"30"', "NaN", 1), [("quantity", "not_a_number")]),
        (WHOLE.replace('"30"', "-Infinity", 1), [("quantity", "not_a_number")]),
        (WHOLE.replace('"30"', "1e400", 1), [("quantity", "not_a_number")]),
        (WHOLE.replace('"30"', "1e" + "9" * 400, 1), [("quantity", "not_a_number")]),
        (WHOLE.replace('"30"', "9" * 5000, 1), [("quantity", "out_of_range")]),
        (WHOLE.replace('"30"', "0.30000000000000004", 1), [("quantity", "quantity_precision")]),
        (WHOLE.replace("{", '{"claim_id": "C2", ', 1), [("claim_id", "duplicate_key")]),
        (WHOLE.replace("{", '{"CLAIM_ID": "C2", ', 1), [("claim_id", "duplicate_key")]),
        (WHOLE.replace("{", '{"\\u0000": 1, "\\u0000": 2, ', 1), [("line", "duplicate_key")]),
        (FILL | {"claim_id": "\ud800"}, [("claim_id", "control_character")]),
        (FILL | {"claim_id": "a\u0000"}, [("claim_id", "control_character")]),
        (FILL | {"plan": "a\u202eb"}, [("plan", "control_character")]),
        (WHOLE[:-1], [("line", "not_json")]),
        (WHOLE + ",", [("line", "not_json")]),
        (WHOLE.replace('"', "'"), [("line", "not_json")]),
        ("[" * 30_000, [("line", "too_deep")]),
        (WHOLE.replace("{", '{"x": ' + "[" * 20_000 + "]" * 20_000 + ",", 1), [("line", "too_deep")]),
        ("[1, 2]", [("line", "not_an_object")]),
        ("17", [("line", "not_an_object")]),
        ("{}", [("line", "unknown_kind")]),
        ({"a": 1}, [("line", "unknown_kind")]),
        ({"appointment_id": "1", "person_id": "2"}, [("line", "unknown_kind")]),
        (b'{"claim_id": "\xff"}\n', [("line", "encoding")]),
        (b'{"claim_id": "\x00"}\n', [("line", "not_json")]),
        (b'{"claim_id": "' + b"x" * 70_000 + b'"}\n', [("line", "line_too_long")]),
        (b'{"claim_id": "' + b"x" * 700_000 + b'"}\n', [("line", "line_too_long")]),
        (
            {"claim_id": "C9", "dispensing_date": "2025-01-01"},
            [("claim_line_number", "missing"), ("member_id", "missing")],
        ),
    ],
)
def test_a_bad_line_is_named_and_its_neighbours_are_kept(line, expected):
    assert one_bad(line) == expected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (b"[\n" + ndjson(WHOLE), "not_ndjson"),
        (b"{\n", "not_ndjson"),
        (lines(PHARMACY, line_with(PHARMACY, FILL)), "not_ndjson"),
        (b'{"resourceType":"Patient"}\n', "not_ndjson"),
        (ndjson(WHOLE).decode().encode("utf-16"), "utf_16"),
        (ndjson(WHOLE).decode().encode("utf-16-le"), "not_text"),
        (gzip.compress(ndjson(WHOLE))[:-3], "gzip_truncated"),
    ],
)
def test_a_file_of_another_kind_is_refused(data, code):
    with pytest.raises(FeedRefused) as refused:
        read_kinds("tuva_ndjson", data)
    assert refused.value.code == code


def test_the_drift_tells_what_no_line_had_and_what_nobody_knows():
    feed, _, _ = read_kinds("tuva_ndjson", ndjson(FILL | {"horoscope": 1, "\u0000": 2}, FILL | {"paid_date": None}))
    assert feed.drift.unknown == ("horoscope", "line")
    assert "plan" in feed.drift.missing and "paid_date" not in feed.drift.missing


def test_a_social_security_number_is_never_read():
    feed, good, _ = read_kinds("tuva_ndjson", ndjson(SPAN | {"social_security_number": "078-05-1120"}))
    assert feed.notes["social_security_column_ignored"] == 1
    assert "078-05-1120" not in str(good)


@pytest.mark.django_db
def test_it_is_loaded_as_csv_is_and_a_repeat_adds_nothing(payer):
    assert counts(load(payer, MIXED, format="tuva_ndjson")) == (6, 6, 0, 0, 0, 0)
    again = load(payer, MIXED.replace(b": ", b":"), format="tuva_ndjson")
    assert counts(again) == (6, 0, 0, 6, 0, 0)
    bad = load(payer, ndjson(FILL, FILL | {"claim_id": "\ud800"}, "{"), format="tuva_ndjson")
    assert counts(bad) == (3, 1, 0, 0, 2, 0)
