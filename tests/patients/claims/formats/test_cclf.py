"""Claim and claim line feeds: which file it is, what its lines say, and what original, cancellation and adjustment come to."""

from datetime import date
from decimal import Decimal

import pytest

from patients.claims.formats import FeedRefused

from .fixed_width import cclf, cclf_delimited, cclf_line
from .reading import DATA, faults, read

KINDS = {"CCLF5": "medical_claim", "CCLF7": "pharmacy_claim", "CCLF8": "eligibility", "CCLF9": "eligibility"}


def rows(data):
    _, good, bad = read("cclf", data)
    assert not bad, faults(bad)
    return good


def refusal(data):
    with pytest.raises(FeedRefused) as refused:
        read("cclf", data)
    return refused.value


@pytest.mark.parametrize("code", KINDS)
def test_the_kind_is_told_from_the_content(code):
    feed, good, bad = read("cclf", cclf(code, {}, {}))
    assert (feed.kind, feed.shape, feed.records, len(good), bad) == (KINDS[code], code, 2, 2, [])
    assert not feed.drift


@pytest.mark.parametrize("code", KINDS)
@pytest.mark.parametrize("delimiter", [",", "|", "\t"])
def test_under_a_header_the_same_lines_say_the_same(code, delimiter):
    fixed = rows(cclf(code))
    for row in fixed:
        row["number"] += 1
    data = cclf_delimited(code, delimiter=delimiter)
    assert rows(data) == fixed
    header, _, lines = data.partition(b"\n")
    assert rows(header.lower() + b"\n" + lines) == fixed


@pytest.mark.parametrize("code", KINDS)
def test_line_ends_and_trailing_blanks_do_not_matter(code):
    data = cclf(code, {}, {})
    assert rows(data.replace(b"\n", b"\r\n")) == rows(data)
    assert rows(b"\n".join(line.rstrip() for line in data.split(b"\n"))) == rows(data)


def test_a_part_b_file_of_an_older_version_is_shorter():
    assert rows(cclf("CCLF5", length=363)) == rows(cclf("CCLF5"))


def test_a_file_of_a_newer_version_is_read_as_far_as_it_is_known():
    longer = (cclf_line("CCLF7") + "NEW\n").encode() * 2
    feed, good, _ = read("cclf", longer)
    assert feed.notes == {"longer_than_known": 2}
    assert good == rows(cclf("CCLF7", {}, {}))
    assert faults(read("cclf", longer + longer[:-4] + b"NEWER\n")[2])[0][2] == "record_length"


def test_a_part_b_line():
    (row,) = rows(cclf("CCLF5"))
    assert (row["claim_id"], row["claim_line"], row["member_id"]) == ("2225074123456/2025-03-14", 1, "1EG4TE5MK73")
    assert (row["claim_type"], row["setting"], row["place_of_service"]) == ("professional", "carrier", "11")
    assert (row["starts_on"], row["line_ends_on"], row["paid_on"]) == (
        date(2025, 3, 14),
        date(2025, 3, 14),
        date(2025, 3, 21),
    )
    assert (row["hcpcs"], row["modifiers"], row["units"]) == ("G0438", ("25",), Decimal("1.000"))
    assert (row["paid_cents"], row["allowed_cents"]) == (8412, 10515)
    assert (row["diagnosis_type"], row["diagnoses"]) == ("icd-10-cm", ("E119", "I10"))
    assert (row["rendering_ref"], row["transaction"], row["is_reversal"]) == ("1003000126", "B1", False)


def test_a_part_b_claim_without_a_control_number_is_known_by_its_own_id():
    assert rows(cclf("CCLF5", {"CLM_CNTL_NUM": ""}))[0]["claim_id"] == "9876543210123"


def test_a_part_d_line():
    (row,) = rows(cclf("CCLF7"))
    assert row["claim_id"] == "01/1679576722/1234567/2025-03-14/1/"
    assert (row["ndc"], row["quantity"], row["days_supply"]) == ("00071015523", Decimal("30.000"), 30)
    assert (row["rx_number"], row["fill_number"], row["patient_pay_cents"]) == ("1234567", 1, 500)
    assert (row["pharmacy_ref"], row["prescriber_ref"], row["channel"]) == ("1679576722", "1003000126", "retail")
    assert (row["daw"], row["paid_cents"], row["dispensing_status"]) == ("0", None, "")


def test_numbers_may_come_without_their_zeros_in_a_delimited_file():
    plain = {"CLM_LINE_RX_SRVC_RFRNC_NUM": "1234567", "PRVDR_SRVC_ID_QLFYR_CD": "1", "CLM_ADJSMT_TYPE_CD": "0"}
    assert rows(cclf_delimited("CCLF7", plain))[0]["claim_id"] == rows(cclf("CCLF7"))[0]["claim_id"]


@pytest.mark.parametrize("code", ["CCLF5", "CCLF7"])
def test_later_actions_have_higher_versions(code):
    actions = [
        {"CLM_ADJSMT_TYPE_CD": kind, "CLM_EFCTV_DT": effective, "CLM_IDR_LD_DT": loaded}
        for kind, effective, loaded in (
            ("0", "2025-03-21", "2025-03-24"),
            ("1", "2025-03-28", "2025-03-31"),
            ("2", "2025-03-28", "2025-03-31"),
            ("1", "2025-03-28", "2025-04-07"),
            ("2", "2025-04-04", "1000-01-01"),
        )
    ]
    found = rows(cclf(code, *actions))
    versions = [row["version"] for row in found]
    assert versions == sorted(set(versions)) and max(versions) < 2**31
    assert [row["is_reversal"] for row in found] == [False, True, False, True, False]
    assert len({row["claim_id"] for row in found}) == 1


def test_a_part_b_claim_that_replaces_stands_beside_its_cancellation_of_one_date():
    cancelled, replaced = rows(cclf("CCLF5", {"CLM_ADJSMT_TYPE_CD": "1"}, {"CLM_ADJSMT_TYPE_CD": "0"}))
    assert cancelled["version"] < replaced["version"]
    original, cancelled = rows(cclf("CCLF7", {"CLM_ADJSMT_TYPE_CD": "0"}, {"CLM_ADJSMT_TYPE_CD": "1"}))
    assert original["version"] < cancelled["version"]


def test_a_cancellation_of_a_prescription_names_no_product():
    feed, (row,), _ = read(
        "cclf", cclf("CCLF7", {"CLM_ADJSMT_TYPE_CD": "1", "CLM_LINE_NDC_CD": "", "CLM_LINE_SRVC_UNIT_QTY": "0.0000"})
    )
    assert (row["is_reversal"], row["ndc"], feed.notes) == (True, "", {})


def test_the_versions_hold_to_the_end_of_the_century():
    late = {"CLM_EFCTV_DT": "2100-12-31", "CLM_IDR_LD_DT": "1900-01-01", "CLM_ADJSMT_TYPE_CD": "2"}
    assert rows(cclf("CCLF7", late))[0]["version"] < 2**31


def test_a_member():
    (row,) = rows(cclf("CCLF8"))
    assert (row["member_id"], row["person_id"], row["subscriber_id"]) == ("1EG4TE5MK73", "", "1EG4TE5MK73")
    assert (row["sex"], row["race"], row["born_on"], row["died_on"]) == ("female", "white", date(1948, 2, 3), None)
    assert (row["starts_on"], row["ends_on"], row["plan"]) == (date(2013, 2, 1), None, "medicare-ab")
    assert (row["dual_status"], row["medicare_status"], row["line_of_business"]) == ("02", "10", "medicare")
    assert (row["first_name"], row["last_name"], row["zip"]) == ("ALMA", "OAKES", "40502-1234")
    assert (row["city"], row["state"], row["is_esrd"], row["is_disabled"]) == ("LEXINGTON", "KY", False, False)


def test_the_old_claim_number_is_never_read():
    assert rows(cclf("CCLF8", {"BENE_HIC_NUM": "123456789A"})) == rows(cclf("CCLF8"))


def test_kidney_failure_and_disability():
    (row,) = rows(cclf("CCLF8", {"BENE_MDCR_STUS_CD": "21"}))
    assert (row["is_esrd"], row["is_disabled"]) == (True, True)


def spans(**changes):
    return [(row["starts_on"], row["ends_on"], row["is_hospice"]) for row in rows(cclf("CCLF8", changes))]


def test_coverage_ends_with_death_and_hospice_is_a_span_of_its_own():
    first, death = date(2013, 2, 1), date(2025, 6, 1)
    assert spans(BENE_DEATH_DT="2025-06-01") == [(first, death, False)]
    assert spans(BENE_DEATH_DT="1000-01-01", BENE_RNG_BGN_DT="9999-12-31") == [(first, None, False)]
    assert spans(BENE_RNG_BGN_DT="2025-05-01") == [
        (first, date(2025, 4, 30), False),
        (date(2025, 5, 1), None, True),
    ]
    assert spans(BENE_RNG_BGN_DT="2025-05-01", BENE_RNG_END_DT="2025-05-20", BENE_DEATH_DT="2025-06-01") == [
        (first, date(2025, 4, 30), False),
        (date(2025, 5, 1), date(2025, 5, 20), True),
        (date(2025, 5, 21), death, False),
    ]
    assert spans(BENE_RNG_BGN_DT="2010-05-01", BENE_RNG_END_DT="9999-12-31") == [(first, None, True)]


def test_a_member_without_part_a_or_b_is_an_identity():
    feed, (row,), _ = read("cclf", cclf("CCLF8", {"BENE_PART_A_ENRLMT_BGN_DT": "", "BENE_PART_B_ENRLMT_BGN_DT": ""}))
    assert (row["starts_on"], row["plan"], feed.notes) == (None, "", {"identity_only": 1})


def test_the_version_of_a_member_is_the_file_date_or_the_latest_day_that_the_line_tells_of():
    younger, died, older = rows(
        cclf("CCLF8", {"BENE_AGE": "077"}, {"BENE_AGE": "077", "BENE_DEATH_DT": "2025-08-01"}, {"BENE_AGE": "78"})
    )
    assert younger["version"] < died["version"] < older["version"]
    (dated,) = rows(cclf_delimited("CCLF8", {"FILE_DATE": "2025-05-13"}, more=["FILE_DATE"]))
    assert younger["version"] < dated["version"] < older["version"]


def test_a_former_identifier_is_a_second_id_of_the_member():
    (row,) = rows(cclf("CCLF9"))
    assert (row["member_id"], row["person_id"], row["starts_on"]) == ("6U50TE7GG18", "1EG4TE5MK73", None)


def test_former_claim_numbers_and_identifiers_that_did_not_change_give_nothing():
    data = cclf("CCLF9", {}, {"HICN_MBI_XREF_IND": "H", "PRVS_NUM": "123456789A"}, {"PRVS_NUM": "6U50TE7GG18"})
    feed, good, bad = read("cclf", data)
    assert (len(good), bad, feed.records) == (1, [], 1)
    assert feed.notes == {"former_claim_number": 1, "same_identifier": 1}


BAD = [
    ("CCLF5", {"CLM_LINE_NUM": "x"}, ("CLM_LINE_NUM", "not_a_number")),
    ("CCLF5", {"CLM_THRU_DT": "2025-03-13"}, ("CLM_THRU_DT", "end_before_start")),
    ("CCLF5", {"CLM_ADJSMT_TYPE_CD": "7"}, ("CLM_ADJSMT_TYPE_CD", "unknown_code")),
    ("CCLF5", {"CLM_LINE_CVRD_PD_AMT": "8x.12"}, ("CLM_LINE_CVRD_PD_AMT", "not_a_number")),
    ("CCLF7", {"BENE_MBI_ID": ""}, ("BENE_MBI_ID", "missing")),
    ("CCLF7", {"CLM_LINE_FROM_DT": "2027-01-01"}, ("CLM_LINE_FROM_DT", "in_the_future")),
    ("CCLF7", {"CLM_LINE_SRVC_UNIT_QTY": "-30.0000"}, ("CLM_LINE_SRVC_UNIT_QTY", "negative_quantity")),
    ("CCLF7", {"CLM_LINE_DAYS_SUPLY_QTY": "400"}, ("CLM_LINE_DAYS_SUPLY_QTY", "out_of_range")),
    ("CCLF7", {"CLM_ADJSMT_TYPE_CD": ""}, ("CLM_ADJSMT_TYPE_CD", "missing")),
    ("CCLF8", {"BENE_DOB": "1948-02-30"}, ("BENE_DOB", "not_a_date")),
    ("CCLF8", {"BENE_DEATH_DT": "1940-01-01"}, ("BENE_DEATH_DT", "before_birth")),
    ("CCLF9", {"PRVS_NUM": ""}, ("PRVS_NUM", "missing")),
]


@pytest.mark.parametrize(("code", "changes", "expected"), BAD)
def test_a_bad_line_is_rejected_by_itself(code, changes, expected):
    feed, good, bad = read("cclf", cclf(code, {}, changes, {}))
    assert faults(bad) == [(2, *expected)]
    assert (len(good), feed.records, feed.rejected) == (2, 3, 1)


def test_lines_of_another_length_are_rejected_by_themselves():
    data = cclf("CCLF7") + cclf_line("CCLF7")[:150].encode() + b"\n" + b"x" * 70_000 + b"\n"
    _, good, bad = read("cclf", data)
    assert [(number, code) for number, _, code in faults(bad)] == [(2, "record_length"), (3, "line_too_long")]
    assert len(good) == 1


def test_a_first_line_that_is_damaged_does_not_hide_the_kind():
    data = cclf("CCLF7", {"CLM_LINE_FROM_DT": "??????????"}, {})
    _, good, bad = read("cclf", data)
    assert (faults(bad), len(good)) == ([(1, "CLM_LINE_FROM_DT", "not_a_date")], 1)


PART_A = f"{'3' * 13}{'180001':6}1EG4TE5MK73{'':11}602025-03-142025-03-18"
OTHERS = {
    "CCLF1": PART_A.ljust(437),
    "CCLF2": f"{'3' * 13}{'1':10}1EG4TE5MK73{'':11}602025-03-142025-03-1801202025-03-14".ljust(199),
    "CCLF3": f"{'3' * 13}1EG4TE5MK73{'':11}601 0DTJ4ZZ2025-03-14".ljust(114),
    "CCLF4": f"{'3' * 13}1EG4TE5MK73{'':11}60D1 K3580  {'':11}1800012025-03-142025-03-18".ljust(112),
    "CCLF6": f"{'3' * 13}{'1':10}1EG4TE5MK73{'':11}822025-03-142025-03-14P122025-03-142025-03-14".ljust(247),
    "CCLF0": "File Number  |File Description    |Total Records Count |Record Length",
}


@pytest.mark.parametrize("code", OTHERS)
def test_files_that_are_not_read_are_named(code):
    refused = refusal((OTHERS[code] + "\n").encode())
    assert (refused.code, refused.line) == ("unknown_kind", 1)
    assert f"This is {code}," in str(refused) and "CCLF5 (363 or 388" in str(refused)


def test_a_header_of_a_file_that_is_not_read_is_named():
    assert "This is CCLF6" in str(refusal(b"CUR_CLM_UNIQ_ID,CLM_LINE_NUM,PAYTO_PRVDR_NPI_NUM\n1,1,1\n"))


@pytest.mark.parametrize(
    "data", [b"x" * 60 + b"\n", b"1S00E00FZ00                   xxxxxxx\n" * 3, b"a,b\n1,2\n", b"\x00\n"]
)
def test_what_cannot_be_told_is_refused_with_what_is_expected(data):
    refused = refusal(data)
    assert (refused.code, refused.line) == ("unknown_layout", 1)
    assert "CCLF9 (55)" in str(refused)


@pytest.mark.parametrize("code", KINDS)
def test_the_files_kept_as_examples(code):
    fixed = read("cclf", (DATA / "cclf" / f"{code.lower()}.txt").read_bytes())
    delimited = read("cclf", (DATA / "cclf" / f"{code.lower()}.csv").read_bytes())
    assert (fixed[0].records, fixed[2]) == (3, [])
    assert [row | {"number": 0, "version": 0} for row in fixed[1]] == [
        row | {"number": 0, "version": 0} for row in delimited[1]
    ]


@pytest.mark.shared_data
def test_the_real_cross_reference_of_claim_numbers_is_not_read_and_the_short_files_are_refused(shared_data):
    folder = shared_data / "claims" / "cclf_zc8_small"
    feed, good, bad = read("cclf", (folder / "ZC9").read_bytes())
    assert (good, bad, feed.notes) == ([], [], {"former_claim_number": 2})
    assert refusal((folder / "ZC8").read_bytes()).code == "unknown_layout"
    assert "This is CCLF0" in str(refusal((folder / "ZC0").read_bytes()))


@pytest.mark.parametrize("end", ["\r", ""])
def test_records_without_line_ends_are_refused_rather_than_read_as_one(end):
    data = cclf("CCLF7", *({"CLM_LINE_RX_SRVC_RFRNC_NUM": str(n)} for n in range(3)), end=end)
    with pytest.raises(FeedRefused) as refused:
        read("cclf", data)
    assert refused.value.code == "line_ends"
