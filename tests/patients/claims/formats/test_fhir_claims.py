"""What an ExplanationOfBenefit becomes."""

from datetime import date
from decimal import Decimal

import pytest

from .fhir import FILL, NDC, STAY, THO, VARIABLES, VISIT, amount, changed, concept, info, ndjson, row_of, rows_of, uc
from .reading import faults, read


def test_a_fill():
    fill = row_of(FILL)
    assert fill["kind"] == "pharmacy_claim"
    assert (fill["claim_id"], fill["claim_line"], fill["member_id"]) == ("C1", 1, "M1")
    assert (fill["filled_on"], fill["ndc"], fill["quantity"]) == (date(2026, 1, 15), "00071015523", Decimal("30.000"))
    assert (fill["days_supply"], fill["fill_number"], fill["refills"], fill["daw"]) == (30, 2, 5, "1")
    assert (fill["rx_number"], fill["origin"], fill["is_compound"]) == ("RX77", "3", False)
    assert (fill["pharmacy_ref"], fill["prescriber_ref"]) == ("1679576722", "1750384806")
    assert (fill["paid_cents"], fill["charge_cents"], fill["patient_pay_cents"]) == (1250, 4000, 500)
    assert fill["paid_on"] == date(2026, 1, 27)
    assert fill["version"] == (date(2026, 1, 27) - date(1970, 1, 1)).days
    assert (fill["transaction"], fill["is_reversal"], fill["original_claim_id"]) == ("B1", False, "")


def test_what_a_server_stamps_changes_nothing():
    stamped = {"meta__lastUpdated": "2026-05-05T05:05:05Z", "created": "2026-05-05", "language": "en"}
    assert row_of(FILL) == row_of(FILL, **stamped)


def test_without_a_day_of_payment_the_day_of_creation_is_the_version():
    fill = row_of(FILL, payment=None)
    assert (fill["paid_on"], fill["version"]) == (None, (date(2026, 1, 20) - date(1970, 1, 1)).days)
    assert row_of(FILL, payment=None, created="unreadable")["version"] is None


PRIOR = [{"relationship": concept("prior"), "reference": {"value": "C0"}}]
REPLACED = [{"relationship": concept("replacedby"), "reference": {"value": "C9"}}]


@pytest.mark.parametrize(
    ("values", "transaction", "original"),
    [
        ({}, "B1", ""),
        ({"status": "cancelled"}, "B2", ""),
        ({"status": "entered-in-error"}, "B2", ""),
        ({"related": PRIOR}, "B3", "C0"),
        ({"related": PRIOR, "status": "cancelled"}, "B2", ""),
        ({"related": REPLACED}, "B2", ""),
        ({"related": [{"relationship": concept("prior"), "claim": {"reference": "Claim/C0"}}]}, "B3", "C0"),
        ({"related": [{"relationship": concept("associated"), "reference": {"value": "C0"}}]}, "B1", ""),
        (
            {
                "related": [
                    {"relationship": concept("prior"), "claim": {"reference": "ExplanationOfBenefit/pde--100"}},
                ]
            },
            "B3",
            "-100",
        ),
        ({"outcome": "error"}, "B2", ""),
        ({"adjudication": [{"category": concept("x"), "reason": concept("denied")}]}, "B2", ""),
    ],
)
def test_reversals_and_replacements(values, transaction, original):
    fill = row_of(FILL, **values)
    assert (fill["transaction"], fill["original_claim_id"]) == (transaction, original)
    assert fill["is_reversal"] is (transaction == "B2")


def test_a_cancelled_claim_may_have_no_items():
    fill = row_of(FILL, status="cancelled", item=None)
    assert (fill["claim_line"], fill["filled_on"], fill["transaction"]) == (1, date(2026, 1, 15), "B2")


def test_a_provider_who_is_told_by_a_search():
    found = row_of(FILL, provider={"reference": "Organization?identifier=http://hl7.org/fhir/sid/us-npi|1679576722"})
    assert found["pharmacy_ref"] == "1679576722"


def variable(name, code):
    return {
        "sequence": 9,
        "category": {"coding": [{"system": THO + "x", "code": "info"}, {"code": VARIABLES + name}]},
        "code": concept(code, VARIABLES + name),
    }


@pytest.mark.parametrize(("code", "transaction"), [("D", "B2"), ("A", "B1"), ("R", "B1")])
def test_a_deleted_drug_event(code, transaction):
    told = [*FILL["supportingInfo"], variable("adjstmt_dltn_cd", code)]
    assert row_of(FILL, supportingInfo=told)["transaction"] == transaction


def test_blue_buttons_variables_decide_what_an_amount_is():
    def of(name, category, value):
        return changed(amount(category, value), category__coding=[{"code": category}, {"code": VARIABLES + name}])

    amounts = [
        of("cvrd_d_plan_pd_amt", "benefit", 126.99),
        of("gdc_blw_oopt_amt", "coinsurance", 995.34),
        of("ptnt_pay_amt", "paidbypatient", 235.85),
        of("tot_rx_cst_amt", "drugcost", 550.0),
    ]
    fill = row_of(FILL, item__0__adjudication=amounts)
    assert (fill["paid_cents"], fill["coinsurance_cents"]) == (12699, None)
    assert (fill["patient_pay_cents"], fill["allowed_cents"]) == (23585, 55000)


def test_amounts_of_the_claim_stand_on_its_first_line():
    second = changed(FILL["item"][0], sequence=2, adjudication=[])
    first = changed(FILL["item"][0], adjudication=[])
    rows = rows_of(changed(FILL, item=[first, second], total=[amount("paidtoprovider", 20), amount("submitted", 30)]))
    assert [(row["claim_line"], row["paid_cents"], row["charge_cents"]) for row in rows] == [
        (1, 2000, 3000),
        (2, None, None),
    ]


def test_a_compound_is_known_by_its_first_ingredient():
    item = {"productOrService": concept("compound"), "detail": [{"productOrService": concept("00071015523", NDC)}]}
    fill = row_of(FILL, item=[FILL["item"][0] | item])
    assert (fill["ndc"], fill["is_compound"]) == ("00071015523", True)


def test_the_claim_id_is_the_unique_one_else_the_resources():
    group = {
        "type": concept("uc"),
        "system": "https://bluebutton.cms.gov/resources/identifier/claim-group",
        "value": "9",
    }
    event = {"system": VARIABLES + "pde_id", "value": "89"}
    assert row_of(FILL, identifier=[group, uc("C5")])["claim_id"] == "C5"
    assert row_of(FILL, identifier=[group, uc("C5"), event])["claim_id"] == "89"
    assert row_of(FILL, identifier=[group])["claim_id"] == "eob-1"


def test_a_visit():
    first, second = rows_of(VISIT)
    assert (first["kind"], first["claim_type"], first["setting"]) == ("medical_claim", "professional", "carrier")
    assert (first["hcpcs"], first["modifiers"], first["place_of_service"]) == ("G0008", ("LT", "59"), "11")
    assert (first["paid_cents"], first["allowed_cents"], first["charge_cents"]) == (3750, 4784, 7500)
    assert (first["diagnosis_type"], first["diagnoses"]) == ("icd-10-cm", ("E119", "I10"))
    assert (first["rendering_ref"], first["billing_ref"]) == ("P7", "1234567893")
    assert (second["claim_line"], second["hcpcs"], second["paid_cents"]) == (2, "", None)


def test_a_stay():
    first, second = rows_of(STAY)
    assert (first["claim_type"], first["setting"], first["bill_type"]) == ("institutional", "inpatient", "0111")
    assert (first["admitted_on"], first["discharged_on"]) == (date(2026, 3, 1), date(2026, 3, 5))
    assert (first["drg"], first["discharge_code"], first["revenue_code"]) == ("695", "01", "0120")
    assert (first["procedure_type"], first["procedures"]) == ("icd-10-pcs", ("BQ0HZZZ",))
    assert (first["paid_cents"], second["paid_cents"]) == (62000, None)


def test_the_frequency_of_a_bill_voids_the_claim_that_it_names():
    told = [info("typeofbill", code=concept("0118"))]
    rows = rows_of(changed(STAY, supportingInfo=told, related=PRIOR))
    assert {(row["transaction"], row["original_claim_id"]) for row in rows} == {("B2", "C0")}


def test_a_claim_without_items_keeps_its_diagnoses():
    row = row_of(VISIT, item=None)
    assert (row["claim_line"], row["diagnoses"]) == (1, ("E119", "I10"))


def test_drafts_and_queued_claims_are_left_out():
    each = [changed(FILL, status="draft"), changed(VISIT, outcome="queued"), changed(FILL, use="predetermination")]
    feed, good, bad = read("fhir_eob", ndjson(*each))
    assert (good, bad, feed.records, feed.notes) == ([], [], 0, {"not_final": 3})


@pytest.mark.parametrize(("code", "expected"), [("innetwork", True), ("outofnetwork", False), ("other", None)])
def test_whether_the_pharmacy_was_in_the_network(code, expected):
    told = [{"category": concept("benefitpaymentstatus"), "reason": concept(code)}]
    assert row_of(FILL, adjudication=told)["is_in_network"] is expected


@pytest.mark.parametrize(
    ("resource", "values", "field", "code"),
    [
        (FILL, {"patient": None}, "patient", "missing"),
        (FILL, {"patient__reference": "Organization/1"}, "patient.reference", "not_a_patient"),
        (FILL, {"status": "paid"}, "status", "unknown_code"),
        (FILL, {"item": []}, "item", "missing"),
        (FILL, {"item": {"sequence": 1}}, "item", "wrong_type"),
        (FILL, {"item__0": []}, "item[0]", "wrong_type"),
        (FILL, {"item__0__sequence": None}, "item[0].sequence", "missing"),
        (FILL, {"item__0__servicedDate": "2026-02-30"}, "item[0].servicedDate", "not_a_date"),
        (FILL, {"item__0__servicedDate": "2026-12-30"}, "item[0].servicedDate", "in_the_future"),
        (FILL, {"item__0__servicedDate": 20260115}, "item[0].servicedDate", "wrong_type"),
        (FILL, {"item__0__quantity__value": "30"}, "item[0].quantity.value", "wrong_type"),
        (FILL, {"item__0__quantity__value": -30}, "item[0].quantity.value", "negative_quantity"),
        (FILL, {"item__0__quantity__value": 1e300}, "item[0].quantity.value", "not_a_number"),
        (
            FILL,
            {"item__0__adjudication__1__amount__value": 1.234},
            "item[0].adjudication[1].amount.value",
            "money_precision",
        ),
        (
            FILL,
            {"supportingInfo__0__valueQuantity__value": 400},
            "supportingInfo[0].valueQuantity.value",
            "out_of_range",
        ),
        (FILL, {"identifier__0__value": "\ud800"}, "identifier[0].value", "control_character"),
        (FILL, {"type__coding": {"code": "pharmacy"}}, "type.coding", "wrong_type"),
        (VISIT, {"item__1__sequence": 1}, "item[1].sequence", "duplicate_line"),
        (VISIT, {"type": concept("unheard-of")}, "type", "unknown_code"),
        (VISIT, {"billablePeriod__end": "2026-02-01"}, "billablePeriod.end", "end_before_start"),
        (
            VISIT,
            {"diagnosis__0__diagnosisCodeableConcept": "I10"},
            "diagnosis[0].diagnosisCodeableConcept",
            "wrong_type",
        ),
        (
            VISIT,
            {"item__0__adjudication__0__amount__currency": "EUR"},
            "item[0].adjudication[0].amount.currency",
            "unknown_code",
        ),
    ],
)
def test_faults_are_named_by_their_path(resource, values, field, code):
    feed, good, bad = read("fhir_eob", ndjson(VISIT, changed(resource, **values), FILL))
    assert (2, f"ExplanationOfBenefit.{field}", code) in faults(bad)
    assert {one.number for one in bad} == {2} and {row["number"] for row in good} == {1, 3}
    assert feed.records == 3
