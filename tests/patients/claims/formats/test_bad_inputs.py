"""A catalogue of bad lines: each is rejected with its line, its field and its code, and its neighbours are not."""

import hashlib

import pytest

from patients.claims.formats.reading.lines import Lines, TooLong, numbered

from .reading import faults, line_with, lines, read

PHARMACY = (
    "claim_id,claim_line_number,person_id,member_id,plan,prescribing_provider_npi,dispensing_provider_npi,"
    "dispensing_date,ndc_code,quantity,days_supply,refills,paid_date,paid_amount,allowed_amount,in_network_flag,"
    "transaction_code,original_claim_id,rx_number,fill_number,ingredient_cost,channel,data_source"
)
MEDICAL = (
    "claim_id,claim_line_number,claim_type,person_id,member_id,claim_start_date,claim_end_date,claim_line_start_date,"
    "claim_line_end_date,admission_date,discharge_date,place_of_service_code,bill_type_code,hcpcs_code,"
    "service_unit_quantity,paid_date,paid_amount,diagnosis_code_type,diagnosis_code_1,diagnosis_code_2"
)
ELIGIBILITY = (
    "person_id,member_id,gender,birth_date,death_date,enrollment_start_date,enrollment_end_date,payer_type,plan,"
    "hospice_flag,first_name,last_name,dual_status_code"
)
OBSERVATION = "observation_id,person_id,observation_date,observation_type,source_code,result,source_units"
LAB = "lab_result_id,person_id,collection_datetime,source_order_code,result"
SHOT = "immunization_id,person_id,occurrence_date,source_code,lot_number"
FILL = dict(
    claim_id="C1",
    claim_line_number="1",
    member_id="M1",
    dispensing_date="2025-03-01",
    ndc_code="00440509685",
    quantity="30",
    days_supply="30",
    dispensing_provider_npi="1023011079",
    paid_amount="12.50",
)
VISIT = dict(claim_id="C1", claim_line_number="1", member_id="M1", claim_start_date="2025-03-01")
SPAN = dict(member_id="M1", birth_date="1950-05-05", enrollment_start_date="2025-01-01")
READING = dict(observation_id="O1", person_id="M1", observation_date="2025-03-01", result="120")
BLOOD = dict(lab_result_id="L1", person_id="M1", collection_datetime="2025-03-01 08:00:00")
VACCINE = dict(immunization_id="I1", person_id="M1", occurrence_date="2025-10-01", source_code="140")

CASES = [
    (PHARMACY, FILL, dict(claim_id=""), [("claim_id", "missing")]),
    (PHARMACY, FILL, dict(claim_id="   "), [("claim_id", "missing")]),
    (PHARMACY, FILL, dict(claim_id="x" * 101), [("claim_id", "too_long")]),
    (PHARMACY, FILL, dict(claim_id="a\x07"), [("claim_id", "control_character")]),
    (PHARMACY, FILL, dict(claim_id="a\x00b"), [("claim_id", "control_character")]),
    (PHARMACY, FILL, dict(data_source="a\rb"), [("data_source", "control_character")]),
    (PHARMACY, FILL, dict(claim_line_number=""), [("claim_line_number", "missing")]),
    (PHARMACY, FILL, dict(claim_line_number="one"), [("claim_line_number", "not_a_number")]),
    (PHARMACY, FILL, dict(claim_line_number="-1"), [("claim_line_number", "out_of_range")]),
    (PHARMACY, FILL, dict(member_id=""), [("member_id", "missing")]),
    (PHARMACY, FILL, dict(member_id="M\u202e1"), [("member_id", "control_character")]),
    (PHARMACY, FILL, dict(dispensing_date=""), [("dispensing_date", "missing")]),
    (PHARMACY, FILL, dict(dispensing_date="03/01/2025"), [("dispensing_date", "not_a_date")]),
    (PHARMACY, FILL, dict(dispensing_date="2025-02-29"), [("dispensing_date", "not_a_date")]),
    (PHARMACY, FILL, dict(dispensing_date="2025-03-01T00:00:00"), [("dispensing_date", "not_a_date")]),
    (PHARMACY, FILL, dict(dispensing_date="1825-03-01"), [("dispensing_date", "out_of_range")]),
    (PHARMACY, FILL, dict(dispensing_date="2026-11-23"), [("dispensing_date", "in_the_future")]),
    (PHARMACY, FILL, dict(ndc_code="0" * 30), [("ndc_code", "too_long")]),
    (PHARMACY, FILL, dict(quantity="thirty"), [("quantity", "not_a_number")]),
    (PHARMACY, FILL, dict(quantity="1e2"), [("quantity", "not_a_number")]),
    (PHARMACY, FILL, dict(quantity="nan"), [("quantity", "not_a_number")]),
    (PHARMACY, FILL, dict(quantity="-inf"), [("quantity", "not_a_number")]),
    (PHARMACY, FILL, dict(quantity="1.0001"), [("quantity", "quantity_precision")]),
    (PHARMACY, FILL, dict(quantity="-30"), [("quantity", "negative_quantity")]),
    (PHARMACY, FILL, dict(quantity="-30", transaction_code="B1"), [("quantity", "negative_quantity")]),
    (PHARMACY, FILL, dict(quantity="-30", transaction_code="B3"), [("quantity", "negative_quantity")]),
    (PHARMACY, FILL, dict(days_supply="-30"), [("days_supply", "out_of_range")]),
    (PHARMACY, FILL, dict(days_supply="367"), [("days_supply", "out_of_range")]),
    (PHARMACY, FILL, dict(days_supply="30.5"), [("days_supply", "not_a_number")]),
    (PHARMACY, FILL, dict(days_supply="３０"), [("days_supply", "not_a_number")]),
    (PHARMACY, FILL, dict(refills="-1"), [("refills", "out_of_range")]),
    (PHARMACY, FILL, dict(paid_date="soon"), [("paid_date", "not_a_date")]),
    (PHARMACY, FILL, dict(paid_amount="12,50"), [("line", "column_count")]),
    (PHARMACY, FILL, dict(paid_amount='"12,50"'), [("paid_amount", "not_a_number")]),
    (PHARMACY, FILL, dict(paid_amount="12.505"), [("paid_amount", "money_precision")]),
    (PHARMACY, FILL, dict(paid_amount="1e9"), [("paid_amount", "not_a_number")]),
    (PHARMACY, FILL, dict(allowed_amount="9999999999.00"), [("allowed_amount", "out_of_range")]),
    (PHARMACY, FILL, dict(in_network_flag="2"), [("in_network_flag", "unknown_code")]),
    (PHARMACY, FILL, dict(transaction_code="B9"), [("transaction_code", "unknown_code")]),
    (PHARMACY, FILL, dict(channel="drone"), [("channel", "unknown_code")]),
    (PHARMACY, FILL, dict(fill_number="x"), [("fill_number", "not_a_number")]),
    (PHARMACY, FILL, dict(ingredient_cost="free"), [("ingredient_cost", "not_a_number")]),
    (PHARMACY, FILL, dict(rx_number="r" * 61), [("rx_number", "too_long")]),
    (PHARMACY, FILL, dict(data_source='"open'), [("data_source", "unterminated_quote")]),
    (PHARMACY, FILL, dict(plan='5" pipe'), [("plan", "stray_quote")]),
    (PHARMACY, FILL, dict(plan='"five"inch'), [("plan", "stray_quote")]),
    (PHARMACY, FILL, dict(data_source="one,too,many"), [("line", "column_count")]),
    (
        PHARMACY,
        FILL,
        dict(claim_id="", dispensing_date="never", quantity="x", days_supply="999", member_id=""),
        [
            ("dispensing_date", "not_a_date"),
            ("quantity", "not_a_number"),
            ("claim_id", "missing"),
            ("member_id", "missing"),
            ("days_supply", "out_of_range"),
        ],
    ),
    (MEDICAL, VISIT, dict(claim_start_date=""), [("claim_start_date", "missing")]),
    (MEDICAL, VISIT, dict(claim_start_date="2027-01-01"), [("claim_start_date", "in_the_future")]),
    (MEDICAL, VISIT, dict(claim_end_date="2025-02-28"), [("claim_end_date", "end_before_start")]),
    (
        MEDICAL,
        VISIT,
        dict(claim_line_start_date="2025-03-02", claim_line_end_date="2025-03-01"),
        [("claim_line_end_date", "end_before_start")],
    ),
    (
        MEDICAL,
        VISIT,
        dict(admission_date="2025-03-02", discharge_date="2025-03-01"),
        [("discharge_date", "end_before_start")],
    ),
    (MEDICAL, VISIT, dict(claim_type="miscellaneous"), [("claim_type", "unknown_code")]),
    (MEDICAL, VISIT, dict(diagnosis_code_type="snomed-ct"), [("diagnosis_code_type", "unknown_code")]),
    (MEDICAL, VISIT, dict(diagnosis_code_2="E11;9"), [("diagnosis_code_2", "not_a_code")]),
    (MEDICAL, VISIT, dict(diagnosis_code_1="E11.9 diabetes"), [("diagnosis_code_1", "not_a_code")]),
    (MEDICAL, VISIT, dict(service_unit_quantity="many"), [("service_unit_quantity", "not_a_number")]),
    (MEDICAL, VISIT, dict(hcpcs_code="9" * 21), [("hcpcs_code", "too_long")]),
    (ELIGIBILITY, SPAN, dict(member_id=""), [("member_id", "missing")]),
    (ELIGIBILITY, SPAN, dict(enrollment_start_date=""), [("enrollment_start_date", "missing")]),
    (ELIGIBILITY, SPAN, dict(enrollment_end_date="2024-12-31"), [("enrollment_end_date", "end_before_start")]),
    (
        ELIGIBILITY,
        SPAN,
        dict(birth_date="2027-05-05"),
        [("birth_date", "in_the_future"), ("enrollment_start_date", "before_birth")],
    ),
    (ELIGIBILITY, SPAN, dict(birth_date="1850-05-05"), [("birth_date", "out_of_range")]),
    (ELIGIBILITY, SPAN, dict(death_date="1949-05-05"), [("death_date", "before_birth")]),
    (ELIGIBILITY, SPAN, dict(enrollment_start_date="1950-04-30"), [("enrollment_start_date", "before_birth")]),
    (ELIGIBILITY, SPAN, dict(hospice_flag="perhaps"), [("hospice_flag", "unknown_code")]),
    (ELIGIBILITY, SPAN, dict(last_name="Do\ufffde"), [("last_name", "control_character")]),
    (ELIGIBILITY, SPAN, dict(first_name="A" * 101), [("first_name", "too_long")]),
    (OBSERVATION, READING, dict(observation_id=""), [("observation_id", "missing")]),
    (OBSERVATION, READING, dict(person_id=""), [("person_id", "missing")]),
    (OBSERVATION, READING, dict(observation_date="2025-03-01 10:00:00"), [("observation_date", "not_a_date")]),
    (OBSERVATION, READING, dict(observation_date="2026-12-01"), [("observation_date", "in_the_future")]),
    (OBSERVATION, READING, dict(result="r" * 501), [("result", "too_long")]),
    (LAB, BLOOD, dict(collection_datetime=""), [("collection_datetime", "missing")]),
    (LAB, BLOOD, dict(collection_datetime="2025-03-01 25:00:00"), [("collection_datetime", "not_a_date")]),
    (SHOT, VACCINE, dict(occurrence_date="October"), [("occurrence_date", "not_a_date")]),
    (SHOT, VACCINE, dict(lot_number="L" * 41), [("lot_number", "too_long")]),
]


@pytest.mark.parametrize("position", ["first", "middle", "last", "last without a line end"])
@pytest.mark.parametrize(("header", "base", "changes", "expected"), CASES)
def test_a_bad_line_is_named_and_its_neighbours_are_kept(header, base, changes, expected, position):
    fine, broken = line_with(header, base), line_with(header, base, **changes)
    at = {"first": 0, "middle": 1}.get(position, 2)
    rows = [fine, fine]
    rows.insert(at, broken)
    data = lines(header, *rows)
    if position == "last without a line end":
        data = data.removesuffix(b"\n")
    feed, good, bad = read("tuva_csv", data)
    assert faults(bad) == [(at + 2, field, code) for field, code in expected]
    assert [row["number"] for row in good] == [number for number in (2, 3, 4) if number != at + 2]
    assert (feed.records, feed.rejected) == (3, 1)
    assert bad[0].digest == hashlib.sha256(broken.encode()).hexdigest()


def test_the_catalogue_is_long_enough():
    assert len(CASES) >= 60


@pytest.mark.parametrize(("header", "base", "changes", "expected"), CASES)
def test_messages_name_the_column_and_never_the_value(header, base, changes, expected):
    _, _, bad = read("tuva_csv", lines(header, line_with(header, base, **changes)))
    for one in bad[0].problems:
        assert one.message.startswith(one.field)
        assert not any(len(value) > 3 and value in one.message for value in changes.values())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_do_not_change_line_numbers_or_digests(end):
    broken = line_with(PHARMACY, FILL, quantity="x")
    data = lines(PHARMACY, line_with(PHARMACY, FILL), "", broken, "   ", line_with(PHARMACY, FILL), end=end)
    feed, good, bad = read("tuva_csv", data)
    assert ([row["number"] for row in good], faults(bad)) == ([2, 6], [(4, "quantity", "not_a_number")])
    assert feed.records == 3, "blank lines are not records"
    assert bad[0].digest == hashlib.sha256(broken.encode()).hexdigest()


def test_an_open_quote_does_not_swallow_the_lines_after_it():
    fine = line_with(PHARMACY, FILL)
    broken = line_with(PHARMACY, FILL, plan='"runs on')
    _, good, bad = read("tuva_csv", lines(PHARMACY, fine, broken, fine, fine))
    assert ([row["number"] for row in good], faults(bad)) == ([2, 4, 5], [(3, "plan", "unterminated_quote")])


def test_bytes_that_are_not_utf_8_reject_their_line_only():
    fine = line_with(PHARMACY, FILL).encode()
    broken = fine.replace(b"C1", b"C\xff1")
    data = b"\n".join([PHARMACY.encode(), fine, broken, line_with(PHARMACY, FILL, plan="Señor").encode()])
    _, good, bad = read("tuva_csv", data)
    assert faults(bad) == [(3, "claim_id", "encoding")]
    assert good[1]["plan"] == "Señor"
    assert bad[0].digest == hashlib.sha256(broken).hexdigest()


@pytest.mark.parametrize("size", [70_000, 300_000, 2_000_000])
@pytest.mark.parametrize("is_last", [True, False])
def test_a_line_without_end_is_rejected_without_being_kept(size, is_last):
    fine, endless = line_with(PHARMACY, FILL), "x" * size
    rows = [fine, endless] if is_last else [fine, endless, fine]
    feed, good, bad = read("tuva_csv", lines(PHARMACY, *rows))
    assert faults(bad) == [(3, "line", "line_too_long")]
    assert [row["number"] for row in good] == ([2] if is_last else [2, 4])
    assert bad[0].digest == hashlib.sha256(endless.encode()).hexdigest()


def test_a_line_without_end_is_never_held_in_memory():
    found = list(numbered(iter([b"x" * 10_000] * 500 + [b"\nnext"])))
    assert found == [TooLong(1, hashlib.sha256(b"x" * 5_000_000).hexdigest()), Lines(2, b"next")]


def test_lines_with_accents_are_counted_like_others():
    feed, good, _ = read("tuva_csv", lines(PHARMACY, line_with(PHARMACY, FILL, plan="Señor", days_supply="")))
    assert (len(good), feed.notes["no_days_supply"]) == (1, 1)


def test_a_rejected_line_is_not_counted_as_lacking_anything():
    rows = [dict(quantity="x", days_supply=""), dict(quantity="-1", days_supply=""), dict(claim_id="", plan="é")]
    feed, _, bad = read("tuva_csv", lines(PHARMACY, *(line_with(PHARMACY, FILL, **row) for row in rows)))
    assert (len(bad), feed.notes) == (3, {})


RIF = (
    "DML_IND|PDE_ID|FINAL_ACTION|BENE_ID|SRVC_DT|PD_DT|PROD_SRVC_ID|QTY_DSPNSD_NUM|DAYS_SUPLY_NUM|"
    "PHRMCY_SRVC_TYPE_CD|ADJSTMT_DLTN_CD"
)
EVENT = dict(
    PDE_ID="-1",
    BENE_ID="-1",
    SRVC_DT="26-Jun-2014",
    PROD_SRVC_ID="00440509685",
    QTY_DSPNSD_NUM="30",
    DAYS_SUPLY_NUM="30",
)
CARRIER = (
    "DML_IND|BENE_ID|CLM_ID|CLM_FROM_DT|CLM_THRU_DT|LINE_NUM|CARR_LINE_PRVDR_TYPE_CD|ICD_DGNS_CD1|LINE_NCH_PMT_AMT"
)
LINE = dict(BENE_ID="-1", CLM_ID="-2", CLM_FROM_DT="26-Jun-2014", LINE_NUM="1", ICD_DGNS_CD1="I10")
YEAR = "DML_IND|BENE_ID|BENE_BIRTH_DT|DEATH_DT|RFRNC_YR|PTD_CNTRCT_JAN_ID"
PERSON = dict(BENE_ID="-1", BENE_BIRTH_DT="26-Jun-1941", RFRNC_YR="2014")
RIF_CASES = [
    (RIF, EVENT, dict(PDE_ID=""), [("PDE_ID", "missing")]),
    (RIF, EVENT, dict(BENE_ID=" "), [("BENE_ID", "missing")]),
    (RIF, EVENT, dict(SRVC_DT="2014-06-26"), [("SRVC_DT", "not_a_date")]),
    (RIF, EVENT, dict(SRVC_DT=""), [("SRVC_DT", "missing")]),
    (RIF, EVENT, dict(DML_IND="UPSERT"), [("DML_IND", "unknown_code")]),
    (RIF, EVENT, dict(QTY_DSPNSD_NUM="-30"), [("QTY_DSPNSD_NUM", "negative_quantity")]),
    (RIF, EVENT, dict(DAYS_SUPLY_NUM="400"), [("DAYS_SUPLY_NUM", "out_of_range")]),
    (RIF, EVENT, dict(PHRMCY_SRVC_TYPE_CD="77"), [("PHRMCY_SRVC_TYPE_CD", "unknown_code")]),
    (RIF, EVENT, dict(ADJSTMT_DLTN_CD="D|"), [("line", "column_count")]),
    (CARRIER, LINE, dict(LINE_NUM=""), [("LINE_NUM", "missing")]),
    (CARRIER, LINE, dict(CLM_THRU_DT="25-Jun-2014"), [("CLM_THRU_DT", "end_before_start")]),
    (CARRIER, LINE, dict(ICD_DGNS_CD1="I 10"), [("ICD_DGNS_CD1", "not_a_code")]),
    (CARRIER, LINE, dict(LINE_NCH_PMT_AMT="1.999"), [("LINE_NCH_PMT_AMT", "money_precision")]),
    (YEAR, PERSON, dict(RFRNC_YR="3"), [("RFRNC_YR", "out_of_range")]),
    (YEAR, PERSON, dict(DEATH_DT="25-Jun-1941"), [("DEATH_DT", "before_birth")]),
    (YEAR, PERSON, dict(BENE_BIRTH_DT="26-Jun-2041"), [("BENE_BIRTH_DT", "in_the_future")]),
]


@pytest.mark.parametrize(("header", "base", "changes", "expected"), RIF_CASES)
def test_a_bad_line_of_a_research_file(header, base, changes, expected):
    fine, broken = line_with(header, base, "|"), line_with(header, base, "|", **changes)
    if changes == dict(ADJSTMT_DLTN_CD="D|"):
        broken += "more"  # one separator too many is forgiven only when nothing stands behind it
    _, good, bad = read("cms_rif", lines(header, fine, broken, fine))
    assert faults(bad) == [(3, field, code) for field, code in expected]
    assert {row["number"] for row in good} == {2, 4}
