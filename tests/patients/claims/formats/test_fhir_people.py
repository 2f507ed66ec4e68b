"""What Patient, Coverage, Observation and Immunization become, and that all of them name one member alike."""

from datetime import date

import pytest

from patients.claims.formats.fhir_eob.people import id_part

from .fhir import (
    A1C,
    COVER,
    DOSE,
    EACH,
    FILL,
    PERSON,
    PRESSURE,
    VARIABLES,
    bundle,
    changed,
    concept,
    ndjson,
    row_of,
    rows_of,
)
from .reading import faults, read


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/567834", "567834"),
        ("https://server.example/fhir/Patient/567834", "567834"),
        ("Patient/567834/_history/2", "567834"),
        ("urn:uuid:0c1f2d34-aaaa-bbbb-cccc-1234567890ab", "0c1f2d34-aaaa-bbbb-cccc-1234567890ab"),
        ("Patient?identifier=https://plan.example/members|567834", "567834"),
        ("Patient?identifier=567834", "567834"),
        ("", ""),
        ("Patient/", ""),
        ("Patient", ""),
        ("https://server.example/fhir/Patient/", ""),
        ("Patient/567834/", "567834"),
    ],
)
def test_the_id_part_of_a_reference(reference, expected):
    assert id_part(reference) == expected


def test_cover_of_nobody_is_rejected_and_not_everybodys():
    nobodys = changed(COVER, beneficiary__reference="Patient/", subscriberId=None)
    _, good, bad = read("fhir_eob", ndjson(nobodys))
    assert good == [] and "missing" in {code for _, _, code in faults(bad)}


def test_all_resources_name_the_member_alike():
    assert {row["member_id"] for row in rows_of(*EACH.values())} == {"M1"}


def test_a_person_has_no_days_and_says_by_what_others_know_her():
    row = row_of(PERSON)
    assert (row["kind"], row["member_id"], row["person_id"]) == ("eligibility", "M1", "1EG4TE5MK73")
    assert (row["first_name"], row["middle_name"], row["last_name"]) == ("Ada", "N", "Okafor")
    assert (row["sex"], row["born_on"], row["starts_on"]) == ("female", date(1950, 1, 31), None)
    assert (row["address"], row["state"], row["zip"]) == ("1 Main St, Apt 2", "DE", "19901")
    assert (row["phone"], row["email"]) == ("555-0100", "ada@example.org")
    assert row_of(PERSON, identifier__1=None)["person_id"] == "MB-77"


def test_a_former_medicare_id_is_not_the_persons():
    currency = {"url": "https://bluebutton.cms.gov/resources/codesystem/identifier-currency"}
    former = {
        "type": {"coding": [{"code": "MC", "extension": [currency | {"valueCoding": {"code": "historic"}}]}]},
        "system": "http://hl7.org/fhir/sid/us-mbi",
        "value": "1EG4TE5MK00",
    }
    assert row_of(PERSON, identifier=[former, *PERSON["identifier"]])["person_id"] == "1EG4TE5MK73"


def test_a_patient_whom_a_bundle_addresses_by_a_urn_is_known_by_both_ids():
    entry = {"fullUrl": "urn:uuid:aaaa-1", "resource": PERSON}
    _, rows, bad = read("fhir_eob", bundle(entry=[entry]))
    assert not bad
    assert {(row["member_id"], row["person_id"]) for row in rows} == {("M1", "1EG4TE5MK73"), ("M1", "aaaa-1")}
    entry = {"fullUrl": "urn:uuid:aaaa-1", "resource": changed(PERSON, id=None)}
    assert [row["member_id"] for row in read("fhir_eob", bundle(entry=[entry]))[1]] == ["aaaa-1"]


def test_a_contained_patient_is_known_by_his_identifier():
    claim = changed(FILL, patient={"reference": "#pat"}, contained=[changed(PERSON, id="pat")])
    assert row_of(claim)["member_id"] == "1EG4TE5MK73"


@pytest.mark.parametrize("born", ["1950", "1950-01", None])
def test_a_year_is_no_date_of_birth(born):
    feed, (row,), _ = read("fhir_eob", ndjson(changed(PERSON, birthDate=born)))
    assert row["born_on"] is None and feed.notes["no_birth_date"] == 1


def test_a_death_before_birth():
    bad = read("fhir_eob", ndjson(changed(PERSON, deceasedDateTime="1949-12-31")))[2]
    assert faults(bad) == [(1, "Patient.deceasedDateTime", "before_birth")]


def test_a_coverage():
    row = row_of(COVER)
    assert (row["starts_on"], row["ends_on"]) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (row["plan"], row["contract"], row["pbp"]) == ("H1234-001", "H1234", "001")
    assert (row["group_id"], row["group_name"], row["subscriber_id"]) == ("G1", "Acme Corporation", "S1")
    assert row["line_of_business"] == "medicare"
    assert row["statement"].startswith("cov-1:")


@pytest.mark.parametrize(
    ("values", "starts_on", "ends_on"),
    [
        ({"period": {"start": "2026"}}, date(2026, 1, 1), None),
        ({"period": {"start": "2026-02", "end": "2026-02"}}, date(2026, 2, 1), date(2026, 2, 28)),
        ({"period": {"start": "2025-01-01T06:00:00.000+00:00", "end": "9999-12-31"}}, date(2025, 1, 1), None),
        ({"status": "cancelled"}, date(2026, 1, 1), date(2026, 12, 31)),
        ({"status": "cancelled", "period": {"start": "2026-01-01"}}, None, None),
        ({"status": "entered-in-error"}, None, None),
        ({"period": None}, None, None),
    ],
)
def test_the_days_of_a_coverage(values, starts_on, ends_on):
    row = row_of(COVER, **values)
    assert (row["starts_on"], row["ends_on"]) == (starts_on, ends_on)


@pytest.mark.parametrize(
    ("code", "system", "business"),
    [
        ("1", "https://nahdo.org/sopt", "medicare"),
        ("2", "https://nahdo.org/sopt", "medicaid"),
        ("59", "https://nahdo.org/sopt", "commercial"),
        ("99", "https://nahdo.org/sopt", "other"),
        ("EHCPOL", "http://terminology.hl7.org/CodeSystem/v3-ActCode", "other"),
    ],
)
def test_the_line_of_business(code, system, business):
    assert row_of(COVER, type=concept(code, system), **{"class": None})["line_of_business"] == business


def month(name, code):
    return {"url": VARIABLES + name, "valueCoding": {"code": code, "system": VARIABLES + name}}


def test_blue_buttons_part_d_is_told_month_by_month():
    contracts = ["S4607"] * 6 + ["H1111"] * 4 + ["0"] * 2
    extension = [{"url": VARIABLES + "rfrnc_yr", "valueDate": "2026"}]
    extension += [month(f"ptdcntrct{n:02}", code) for n, code in enumerate(contracts, 1)]
    extension += [month(f"ptdpbpid{n:02}", "003") for n in range(1, 13)]
    extension += [month(f"dual_{n:02}", "02" if n < 4 else "**") for n in range(1, 13)]
    plan = [{"type": concept("plan"), "value": "Part D"}]
    rows = rows_of(changed(COVER, extension=extension, **{"class": plan}))
    assert [(row["starts_on"], row["ends_on"], row["plan"], row["dual_status"]) for row in rows] == [
        (date(2026, 1, 1), date(2026, 3, 31), "S4607-003", "02"),
        (date(2026, 4, 1), date(2026, 6, 30), "S4607-003", ""),
        (date(2026, 7, 1), date(2026, 10, 31), "H1111-003", ""),
    ]
    assert len({row["statement"] for row in rows}) == 1
    assert rows[0]["statement"].startswith("cov-1/2026:")
    assert row_of(COVER, **{"class": [{"type": concept("plan"), "value": "Part B"}]})["plan"] == "medicare-ab"


def test_a_blood_pressure_is_a_row_for_each_component():
    upper, lower = rows_of(PRESSURE)
    assert (upper["kind"], upper["observation_id"], upper["observation_type"]) == (
        "observation",
        "bp-1|8480-6",
        "vital-signs",
    )
    assert (upper["code_type"], upper["code"], upper["result"], upper["units"]) == ("loinc", "8480-6", "139", "mmHg")
    assert (lower["observation_id"], lower["result"]) == ("bp-1|8462-4", "89")
    assert upper["observed_on"] == date(2026, 3, 1)


def test_a_component_that_comes_twice_is_numbered():
    twice = changed(PRESSURE, component=[PRESSURE["component"][0]] * 2)
    assert [row["observation_id"] for row in rows_of(twice)] == ["bp-1|8480-6", "bp-1|8480-6.2"]


def test_a_lab_result():
    row = row_of(A1C)
    assert (row["kind"], row["lab_result_id"], row["code"]) == ("lab_result", "a1c-1", "4548-4")
    assert (row["result"], row["units"], row["abnormal_flag"], row["status"]) == (">9.1", "%", "H", "corrected")
    assert row["collected_on"] == date(2026, 1, 3)
    issued = changed(A1C, effectivePeriod=None, issued="2026-02-02T01:02:03Z", valueQuantity=None, valueBoolean=True)
    row = row_of(issued)
    assert (row["collected_on"], row["result"]) == (date(2026, 2, 2), "true")


def test_a_dose():
    row = row_of(DOSE)
    assert (row["kind"], row["immunization_id"], row["given_on"]) == ("immunization", "imm-1", date(2025, 10, 2))
    assert (row["code_type"], row["code"], row["lot"], row["status"]) == ("cvx", "140", "LOT7", "completed")


@pytest.mark.parametrize(
    ("resource", "status", "note"),
    [
        (A1C, "preliminary", "not_final"),
        (PRESSURE, "registered", "not_final"),
        (COVER, "draft", "not_final"),
    ],
)
def test_what_did_not_happen_is_counted_and_left_out(resource, status, note):
    feed, good, bad = read("fhir_eob", ndjson(changed(resource, status=status)))
    assert (good, bad, feed.records, feed.notes) == ([], [], 0, {note: 1})


@pytest.mark.parametrize(
    ("resource", "status", "note", "ids"),
    [
        (DOSE, "not-done", "not_done", ["imm-1"]),
        (DOSE, "entered-in-error", "entered_in_error", ["imm-1"]),
        (PRESSURE, "entered-in-error", "entered_in_error", ["bp-1|8480-6", "bp-1|8462-4"]),
        (changed(PRESSURE, component=None), "cancelled", "entered_in_error", ["bp-1|8480-6", "bp-1|8462-4"]),
        (changed(A1C, valueQuantity=None), "entered-in-error", "entered_in_error", ["a1c-1"]),
    ],
)
def test_what_is_taken_back_takes_back_each_row(resource, status, note, ids):
    feed, good, _ = read("fhir_eob", ndjson(changed(resource, status=status)))
    assert [row[f"{row['kind']}_id"] for row in good] == ids
    assert all(row["is_reversal"] for row in good) and feed.notes[note] == 1


def test_an_amendment_takes_back_the_component_that_it_leaves_empty():
    lacking = changed(PRESSURE, status="amended", component__1__valueQuantity=None)
    assert [(row["result"], row["is_reversal"]) for row in rows_of(lacking)] == [("139", False), ("", True)]


@pytest.mark.parametrize(
    ("values", "version"),
    [
        ({"status": "final"}, None),
        ({"status": "amended"}, 1),
        ({"status": "entered-in-error"}, 2**31 - 1),
        ({"status": "final", "issued": "2026-01-01T00:00:30Z"}, 29453760 * 4),
        ({"status": "amended", "issued": "2026-01-01T01:00:00+01:00"}, 29453760 * 4 + 1),
        ({"meta": {"lastUpdated": "2026-01-01T00:01:00Z"}, "issued": "2025-01-01T00:01:00Z"}, 29453761 * 4 + 1),
        ({"meta": {"lastUpdated": "2999-01-01T00:01:00Z"}, "issued": "2026-01-01T00:00:00Z"}, 29453760 * 4 + 1),
        ({"meta": {"lastUpdated": "yesterday"}}, 1),
    ],
)
def test_the_version_of_an_observation(values, version):
    assert row_of(changed(A1C, **values))["version"] == version


@pytest.mark.parametrize(
    ("resource", "values", "field", "code"),
    [
        (PERSON, {"name": {}}, "Patient.name", "wrong_type"),
        (PERSON, {"name__1__given": "Ada"}, "Patient.name[1].given", "wrong_type"),
        (PERSON, {"name__1__given__0": "a\u202eb"}, "Patient.name[1].given[0]", "control_character"),
        (COVER, {"beneficiary": None}, "Coverage.beneficiary", "missing"),
        (COVER, {"status": None}, "Coverage.status", "unknown_code"),
        (COVER, {"period__end": "2025-01-01"}, "Coverage.period.end", "end_before_start"),
        (PRESSURE, {"subject__reference": "Group/1"}, "Observation.subject.reference", "not_a_patient"),
        (PRESSURE, {"effectiveDateTime": None}, "Observation.effectiveDateTime", "missing"),
        (A1C, {"valueQuantity__value": "9.1"}, "Observation.valueQuantity.value", "wrong_type"),
        (DOSE, {"occurrenceDateTime": "2025"}, "Immunization.occurrenceDateTime", "not_a_date"),
        (DOSE, {"id": None}, "Immunization.id", "missing"),
        (DOSE, {"vaccineCode__coding__0": "140"}, "Immunization.vaccineCode.coding[0]", "wrong_type"),
    ],
)
def test_faults_are_named_by_their_path(resource, values, field, code):
    bad = read("fhir_eob", ndjson(changed(resource, **values)))[2]
    assert (1, field, code) in faults(bad)
