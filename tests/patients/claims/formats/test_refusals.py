"""Whole files that are refused, with a stable code and a sentence for the sender; and the ones that only look odd."""

import gzip
from io import BytesIO

import pytest

from patients.claims.formats import FORMATS, FeedRefused, open_feed

from .reading import TODAY, lines, read

HEADER = "claim_id,claim_line_number,member_id,dispensing_date,ndc_code,quantity,days_supply"
ROW = "C1,1,M1,2025-03-01,00440509685,30,30"
FILE = lines(HEADER, ROW, ROW)

REFUSED = [
    (b"", "empty_file"),
    (b"\n\r\n   \n", "empty_file"),
    (gzip.compress(b""), "empty_file"),
    (b"\xef\xbb\xbf", "empty_file"),
    (lines(ROW), "no_header"),
    (lines("a,b,c", "1,2,3"), "no_header"),
    (lines("person_id,payer,plan", "1,2,3"), "unknown_kind"),
    (lines("appointment_id,person_id,patient_id,start_datetime", "1,2,3,4"), "unknown_kind"),
    (lines("person_id,member_id,year_month,payer_attributed_provider", "1,2,3,4"), "unknown_kind"),
    (lines("condition_id,person_id,recorded_date", "1,2,3"), "unknown_kind"),
    (lines("medication_id,person_id,dispensing_date,ndc_code", "1,2,3,4"), "unknown_kind"),
    (lines(HEADER + ",claim_id", ROW), "duplicate_column"),
    (lines(HEADER + ",CLAIM_ID", ROW), "duplicate_column"),
    (lines(HEADER + ",note,note", ROW), "duplicate_column"),
    (lines(HEADER.replace("dispensing_date", "date_dispensed"), ROW), "missing_column"),
    (lines(HEADER.replace("member_id", "patient"), ROW), "missing_column"),
    (lines(HEADER.replace(",", "|"), ROW), "no_header"),
    (lines('"' + HEADER, ROW), "bad_header"),
    ((HEADER + "\n" + ROW).encode("utf-16"), "utf_16"),
    ((HEADER + "\n" + ROW).encode("utf-16-le"), "not_text"),
    ((HEADER + ",naïve\n" + ROW).encode("latin-1"), "not_utf_8"),
    ((HEADER + "\r" + ROW + "\r").encode(), "line_ends"),
    (b"x" * 100_000 + b"\n", "header_too_long"),
    (b"PK\x03\x04" + FILE, "zip_truncated"),
    (b"PAR1" + FILE, "parquet"),
    (gzip.compress(gzip.compress(FILE)), "gzip_nested"),
    (gzip.compress(FILE)[:20], "gzip_truncated"),
    (b"\x1f\x8b\x08" + b"\x00" * 40, "gzip_damaged"),
    (b"\x1f\x8b\x08\x00" + b"garbage" * 10, "gzip_damaged"),
]


@pytest.mark.parametrize(("data", "code"), REFUSED, ids=[f"{at}-{code}" for at, (_, code) in enumerate(REFUSED)])
def test_the_file_is_refused(data, code):
    with pytest.raises(FeedRefused) as refused:
        read("tuva_csv", data)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("table", ["appointment", "provider_attribution", "condition"])
def test_another_table_of_the_layer_is_named(table):
    column = {"provider_attribution": "payer_attributed_provider"}.get(table, f"{table}_id")
    with pytest.raises(FeedRefused, match=f"Tuva {table} file"):
        read("tuva_csv", lines(f"person_id,{column}", "1,2"))


def test_the_line_of_the_header_is_told():
    with pytest.raises(FeedRefused) as refused:
        read("tuva_csv", b"\n\n" + lines("claim_id,claim_id,dispensing_date"))
    assert refused.value.line == 3


def test_a_missing_column_is_named():
    with pytest.raises(FeedRefused, match="dispensing_date, member_id or person_id"):
        read("tuva_csv", lines("claim_id,claim_line_number,ndc_code,quantity"))


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 60])
def test_a_truncated_gzip_file_is_known_when_its_end_is_reached(cut):
    whole = gzip.compress(lines(HEADER, *(f"C{number}" + ROW[2:] for number in range(5000))))
    with pytest.raises(FeedRefused) as refused:
        read("tuva_csv", whole[:-cut])
    assert refused.value.code == "gzip_truncated"


def test_a_flipped_bit_is_found():
    whole = bytearray(gzip.compress(FILE))
    whole[-6] ^= 1  # in the checksum
    with pytest.raises(FeedRefused) as refused:
        read("tuva_csv", bytes(whole))
    assert refused.value.code == "gzip_damaged"


def test_the_callers_cap_on_size_holds_plain_and_expanded():
    for data in (FILE, gzip.compress(FILE)):
        with pytest.raises(FeedRefused) as refused:
            read("tuva_csv", data, max_bytes=len(FILE) - 1)
        assert refused.value.code == "too_large"
        assert len(read("tuva_csv", data, max_bytes=len(FILE))[1]) == 2


def test_a_bomb_is_refused_before_it_is_expanded():
    bomb = gzip.compress(FILE + b"\n" * 12_000_000)
    stream = BytesIO(bomb)
    with pytest.raises(FeedRefused) as refused:
        for _ in open_feed("tuva_csv", stream, today=TODAY):
            pass
    assert refused.value.code == "too_compressed"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + FILE,
        gzip.compress(FILE),
        gzip.compress(b"\xef\xbb\xbf" + FILE),
        gzip.compress(FILE[:100]) + gzip.compress(FILE[100:]),
        FILE.removesuffix(b"\n"),
        FILE.replace(b"\n", b"\r\n"),
        FILE.replace(b"\n", b"\r\n").removesuffix(b"\n"),
        b"\n\n" + FILE,
        FILE + b"\n\n\n",
        HEADER.upper().encode() + FILE[len(HEADER) :],
        ",".join(f'"{name}"' for name in HEADER.split(",")).encode() + FILE[len(HEADER) :],
    ],
)
def test_what_only_looks_odd_is_read(data):
    feed, good, bad = read("tuva_csv", data)
    assert ([row["claim_id"] for row in good], bad, feed.records) == (["C1", "C1"], [], 2)


def test_a_file_of_a_header_alone_is_an_empty_delivery_not_an_error():
    feed, good, bad = read("tuva_csv", lines(HEADER))
    assert (good, bad, feed.records) == ([], [], 0)


def test_columns_may_come_in_any_order_and_strangers_are_drift():
    names = HEADER.split(",")
    values = dict(zip(names, ROW.split(","), strict=True)) | {"horoscope": "Leo", "": "0"}
    order = ["days_supply", "horoscope", *names[:-1], ""]
    feed, good, _ = read("tuva_csv", lines(",".join(order), ",".join(values[name] for name in order)))
    assert (good[0]["claim_id"], good[0]["days_supply"]) == ("C1", 30)
    assert feed.drift.unknown == ("horoscope", "")
    assert feed.drift.reordered == ("days_supply",)
    assert {"paid_date", "data_source"} <= set(feed.drift.missing)
    assert not feed.drift.duplicated
    assert "transaction_code" not in feed.drift.missing, "optional columns are not missed"


def test_every_format_is_registered_under_its_own_code():
    assert {"cclf", "cms_pde", "cms_rif", "fhir_eob", "hl7_v2", "ncpdp_d0", "tuva_csv", "x12_834", "x12_837"} <= set(
        FORMATS
    )
    assert all(format_.code == code and format_.media_types for code, format_ in FORMATS.items())


def test_an_unknown_format_is_refused_in_words():
    with pytest.raises(FeedRefused, match="cms_rif.*tuva_csv"):
        open_feed("edifact", BytesIO(FILE))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (lines("INSERT|-1|22|1941"), "no_header"),
        (lines("DML_IND|BENE_ID|STATE_CODE", "INSERT|-1|22"), "unknown_kind"),
        (lines("DML_IND|PDE_ID|SRVC_DT", "INSERT|-1|26-Jun-2014"), "missing_column"),
        (lines("PDE_ID|BENE_ID|SRVC_DT|PROD_SRVC_ID|BENE_ID"), "duplicate_column"),
        (FILE, "no_header"),
    ],
)
def test_a_research_file_is_refused(data, code):
    with pytest.raises(FeedRefused) as refused:
        read("cms_rif", data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("DESYNPUF_ID,PDE_ID,SRVC_DT", "DE-SynPUF"),
        ('"DESYNPUF_ID","CLM_ID"', "DE-SynPUF"),
        (
            "File Number  |File Description    |Total Records Count |Record Length",
            "summary of a CMS claim and claim line feed",
        ),
        ("1S00E00FZ00                   xxxxxxx", "fixed-width columns"),
        ('{"resourceType":"ExplanationOfBenefit","id":"1"}', "fhir_eob"),
        ("ISA*00*          *00*", "X12"),
        ("MSH|^~\\&|A|B", "HL7"),
        ("00TSENDER                  0000001202503021200P12\x02G1\x1e\x1cAM04", "ncpdp_d0|NCPDP"),
    ],
)
def test_files_of_other_kinds_are_named(line, words):
    for code in ("cms_rif", "tuva_csv"):
        with pytest.raises(FeedRefused, match=words):
            read(code, lines(line, "1,2,3"))


def test_a_file_of_fixed_width_is_named_where_a_header_is_expected():
    for code in ("cms_rif", "tuva_csv"):
        with pytest.raises(FeedRefused, match="fixed-width columns and no header: the formats cclf and cms_pde"):
            read(code, lines("1S00E00FZ00                   xxxxxxx", "1,2,3"))


def test_a_file_of_the_other_format_is_named():
    with pytest.raises(FeedRefused, match="format cms_rif"):
        read("tuva_csv", lines("DML_IND|PDE_ID|BENE_ID|SRVC_DT", "INSERT|1|2|3"))
    with pytest.raises(FeedRefused, match="format tuva_csv"):
        read("cms_rif", FILE)
