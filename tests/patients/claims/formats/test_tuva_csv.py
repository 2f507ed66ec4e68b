"""What the columns of the Tuva input layer become."""

from datetime import date
from decimal import Decimal

import pytest

from patients.claims import records
from patients.claims.encoding import ENCODERS, digest_of
from patients.claims.formats.reading.care import setting_of

from .reading import line_with, lines, read
from .test_bad_inputs import (
    BLOOD,
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


def one(header, base, **changes):
    feed, good, bad = read("tuva_csv", lines(header, line_with(header, base, **changes)))
    assert not bad, bad
    return good[0], feed


def test_a_fill():
    fill, feed = one(PHARMACY, FILL, paid_date="2025-03-04", plan="H1234-001", ndc_code="0044-0509-85", rx_number="7")
    assert feed.kind == "pharmacy_claim"
    assert fill["filled_on"] == date(2025, 3, 1)
    assert (fill["quantity"], fill["days_supply"]) == (Decimal("30.000"), 30)
    assert (fill["plan"], fill["contract"], fill["pbp"]) == ("H1234-001", "H1234", "001")
    assert (fill["paid_cents"], fill["allowed_cents"]) == (1250, None)
    assert fill["version"] == (date(2025, 3, 4) - date(1970, 1, 1)).days
    assert (fill["transaction"], fill["is_reversal"], fill["rx_number"]) == ("B1", False, "7")
    assert fill["ndc"] == "00044050985"


@pytest.mark.parametrize(
    ("changes", "transaction", "is_reversal"),
    [
        (dict(), "B1", False),
        (dict(transaction_code="B1"), "B1", False),
        (dict(transaction_code="b2"), "B2", True),
        (dict(transaction_code="B2", quantity="-30", days_supply="-30", paid_amount="-12.50"), "B2", True),
        (dict(transaction_code="B3", original_claim_id="C0"), "B3", False),
        (dict(quantity="-30", paid_amount="-12.50"), "B2", True),
        (dict(quantity="-30", paid_amount="0.00"), "B2", True),
        (dict(quantity="-30", paid_amount=""), "B2", True),
    ],
)
def test_what_is_a_reversal(changes, transaction, is_reversal):
    fill, _ = one(PHARMACY, FILL, **changes)
    assert (fill["transaction"], fill["is_reversal"]) == (transaction, is_reversal)
    assert fill["days_supply"] == 30


def test_a_rebill_keeps_the_claim_that_it_replaces():
    assert one(PHARMACY, FILL, transaction_code="B3", original_claim_id="C0")[0]["original_claim_id"] == "C0"


@pytest.mark.parametrize("days", ["", "0", "0.0"])
def test_no_days_supply_is_kept_and_counted(days):
    fill, feed = one(PHARMACY, FILL, days_supply=days)
    assert fill["days_supply"] is None
    assert feed.notes["no_days_supply"] == 1


def test_what_the_data_lack_is_counted():
    rows = [
        line_with(PHARMACY, FILL, dispensing_provider_npi="PCP1530", prescribing_provider_npi="9999999479"),
        line_with(PHARMACY, FILL, dispensing_provider_npi="", ndc_code="12345", paid_date="2025-02-28", quantity=""),
        line_with(PHARMACY, FILL, member_id="", person_id="P1", ndc_code="", prescribing_provider_npi="1750384806"),
    ]
    feed, good, _ = read("tuva_csv", lines(PHARMACY, *rows))
    assert feed.notes == {
        "pharmacy_ref_not_npi": 1,
        "no_pharmacy": 1,
        "prescriber_ref_not_npi": 1,
        "no_prescriber": 1,
        "ndc_not_11_digits": 1,
        "no_ndc": 1,
        "no_quantity": 1,
        "no_paid_date": 2,
        "paid_before_service": 1,
        "member_id_from_person_id": 1,
    }
    assert (good[0]["pharmacy_ref"], good[1]["ndc"], good[2]["member_id"]) == ("PCP1530", "12345", "P1")


def test_quotes_and_commas():
    fill, _ = one(PHARMACY, FILL, plan='"Plan ""A"", east"', data_source='"s"')
    assert (fill["plan"], fill["source"]) == ('Plan "A", east', "s")


def test_a_visit():
    visit, feed = one(
        MEDICAL,
        VISIT,
        claim_type="institutional",
        bill_type_code="111",
        admission_date="2025-03-01",
        discharge_date="2025-03-04",
        diagnosis_code_type="icd-10-cm",
        diagnosis_code_1="e11.9",
        diagnosis_code_2="I10",
        service_unit_quantity="2.5",
        paid_amount="100.00",
    )
    assert feed.kind == "medical_claim"
    assert (visit["setting"], visit["admitted_on"], visit["discharged_on"]) == (
        "inpatient",
        date(2025, 3, 1),
        date(2025, 3, 4),
    )
    assert (visit["diagnosis_type"], visit["diagnoses"]) == ("icd-10-cm", ("E119", "I10"))
    assert (visit["units"], visit["paid_cents"], visit["modifiers"]) == (Decimal("2.500"), 10000, ())


@pytest.mark.parametrize(
    ("stated", "on", "diagnosis_type", "note"),
    [
        ("icd-10-cm", "2025-03-01", "icd-10-cm", None),
        ("ICD-10-CM", "2025-03-01", "icd-10-cm", None),
        ("icd-10-pcs", "2025-03-01", "icd-10-cm", "diagnosis_type_corrected"),
        ("", "2025-03-01", "icd-10-cm", "diagnosis_type_from_date"),
        ("", "2015-09-30", "icd-9-cm", "diagnosis_type_from_date"),
    ],
)
def test_the_code_system_of_diagnoses(stated, on, diagnosis_type, note):
    visit, feed = one(MEDICAL, VISIT, claim_start_date=on, diagnosis_code_type=stated, diagnosis_code_1="I10")
    assert visit["diagnosis_type"] == diagnosis_type
    assert note is None or feed.notes[note] == 1


@pytest.mark.parametrize(
    ("claim_type", "bill", "place", "setting"),
    [
        ("institutional", "111", "", "inpatient"),
        ("institutional", "0111", "", "inpatient"),
        ("institutional", "13I", "", "outpatient"),
        ("institutional", "124", "", "outpatient"),
        ("institutional", "141", "", "outpatient"),
        ("institutional", "771", "", "outpatient"),
        ("institutional", "211", "", "snf"),
        ("institutional", "181", "", "snf"),
        ("institutional", "221", "", "outpatient"),
        ("institutional", "329", "", "hha"),
        ("institutional", "811", "", "hospice"),
        ("institutional", "", "21", "inpatient"),
        ("institutional", "", "", ""),
        ("professional", "", "11", "carrier"),
        ("professional", "", "21", "carrier"),
        ("dental", "", "11", ""),
        ("undetermined", "", "31", "snf"),
    ],
)
def test_the_setting_of_care(claim_type, bill, place, setting):
    assert setting_of(claim_type, bill, place) == setting


def test_a_bill_of_frequency_8_cancels():
    assert one(MEDICAL, VISIT, claim_type="institutional", bill_type_code="118")[0]["is_reversal"]
    assert not one(MEDICAL, VISIT, claim_type="institutional", bill_type_code="117")[0]["is_reversal"]


NEWER = ELIGIBILITY + ",enrollment_status,medicare_status_code,esrd_status,original_reason_entitlement_code"
NEWER += ",long_term_institutional_flag,low_income_subsidy_indicator,at_risk_beneficiary_flag,social_security_number"


def test_a_span_of_enrolment():
    span, feed = one(
        ELIGIBILITY, SPAN, gender="F", payer_type="medicare", plan="S5678-012", dual_status_code="2.0", hospice_flag="1"
    )
    assert feed.kind == "eligibility"
    assert (span["sex"], span["line_of_business"], span["dual_status"]) == ("female", "medicare", "02")
    assert (span["contract"], span["pbp"]) == ("S5678", "012")
    assert (span["starts_on"], span["ends_on"]) == (date(2025, 1, 1), None)
    assert (span["is_hospice"], span["is_esrd"], span["is_disabled"]) == (True, False, False)


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        (dict(medicare_status_code="11"), "is_esrd"),
        (dict(medicare_status_code="31.0"), "is_esrd"),
        (dict(esrd_status="1"), "is_esrd"),
        (dict(enrollment_status="ESRD"), "is_esrd"),
        (dict(medicare_status_code="20"), "is_disabled"),
        (dict(original_reason_entitlement_code="1"), "is_disabled"),
        (dict(long_term_institutional_flag="1"), "is_institutional"),
        (dict(enrollment_status="Institutional"), "is_institutional"),
        (dict(at_risk_beneficiary_flag="1"), "is_at_risk_beneficiary"),
    ],
)
def test_who_is_set_apart(changes, flag):
    flags = ("is_esrd", "is_disabled", "is_institutional", "is_hospice", "is_at_risk_beneficiary")
    span, _ = one(NEWER, SPAN, **changes)
    assert [name for name in flags if span[name]] == [flag]


def test_a_column_that_came_later_changes_no_hash_where_it_says_nothing():
    row, place = tuple(one(NEWER, SPAN)[0].values()), records.ELIGIBILITY.position["is_at_risk_beneficiary"]
    as_before = digest_of("\t".join(map(str, (*row[:place], *row[place + 1 :]))))
    assert row[place] is None and ENCODERS["eligibility"].encode(row)[0] == as_before
    assert ENCODERS["eligibility"].encode((*row[:place], True, *row[place + 1 :]))[0] != as_before


def test_open_ends_and_month_of_birth():
    assert one(ELIGIBILITY, SPAN, enrollment_end_date="9999-12-31")[0]["ends_on"] is None
    assert one(ELIGIBILITY, SPAN, birth_date="2025-01-20")[0]["starts_on"] == date(2025, 1, 1)


def test_social_security_numbers_are_dropped_and_counted():
    span, feed = one(NEWER, SPAN, social_security_number="987-65-4320")
    assert not any("4320" in str(value) for value in span.values())
    assert feed.notes["social_security_column_ignored"] == 1


def test_observations_labs_and_immunizations():
    reading, feed = one(OBSERVATION, READING, source_code="8480-6", source_units="mm[Hg]")
    assert (feed.kind, reading["member_id"], reading["code"], reading["result"]) == (
        "observation",
        "M1",
        "8480-6",
        "120",
    )
    blood, feed = one(LAB, BLOOD, source_order_code="4548-4", result="7.1")
    assert (feed.kind, blood["collected_on"], blood["code"]) == ("lab_result", date(2025, 3, 1), "4548-4")
    shot, feed = one(SHOT, VACCINE, lot_number="ab12")
    assert (feed.kind, shot["given_on"], shot["lot"]) == ("immunization", date(2025, 10, 1), "AB12")


def test_the_normalized_code_comes_before_the_senders_own():
    header = OBSERVATION + ",normalized_code,normalized_code_type"
    reading, _ = one(header, READING, source_code="BPS", normalized_code="8480-6", normalized_code_type="loinc")
    assert (reading["code_type"], reading["code"]) == ("loinc", "8480-6")


SHOTS = "immunization_id,person_id,occurrence_date,source_code_type,source_code,status"


def test_what_was_not_done_or_entered_in_error_takes_back_what_its_id_said():
    told = ("completed", "not-done", "Entered-In-Error", "", "not done")
    rows = [f"I{n},M1,2025-10-01,cvx,140,{status}" for n, status in enumerate(told)]
    feed, good, bad = read("tuva_csv", lines(SHOTS, *rows))
    assert [row["is_reversal"] for row in good] == [False, True, True, False, True] and not bad
    assert (feed.notes["not_done"], feed.notes["entered_in_error"]) == (2, 1)
    labs = "lab_result_id,person_id,result_datetime,source_component_code,result,status"
    _, good, _ = read("tuva_csv", lines(labs, "L1,M1,2025-10-01,x,1,final", "L1,M1,2025-10-01,x,1,cancelled"))
    assert [row["is_reversal"] for row in good] == [False, True]


@pytest.mark.parametrize(
    ("type_", "code", "kept"),
    [("ndc", "49281-0421-50", "49281042150"), ("NDC", "0006-4096-02", "00006409602"), ("cvx", "140-1", "140-1")],
)
def test_a_vaccine_told_by_its_product_has_eleven_digits(type_, code, kept):
    _, (row,), _ = read("tuva_csv", lines(SHOTS, f"I1,M1,2025-10-01,{type_},{code},completed"))
    assert row["code"] == kept
