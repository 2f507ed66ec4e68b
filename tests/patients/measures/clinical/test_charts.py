"""Files of records: what is read, to whom it belongs, and what is said of what cannot be read."""

import json
import zipfile
from datetime import date

import pytest

from patients.claims.formats.reading.outcome import FeedRefused
from patients.measures.clinical import charts
from tests.factories import clinical

TABLE = """
    1970-06-01    born
    2026-03-01    visit 99213
    2020-01-01..  diagnosis E11.9
"""


@pytest.fixture
def read(tmp_path):
    def run(*documents, name="records.ndjson"):
        path = tmp_path / name
        path.write_text("\n".join(json.dumps(one) for one in documents))
        return charts.read(path)

    return run


@pytest.fixture
def zipped(tmp_path):
    def run(members):
        path = tmp_path / "deck.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, document in members.items():
                archive.writestr(name, document if isinstance(document, str) else json.dumps(document))
        return charts.read(path)

    return run


def kinds(source, patient_id="p1"):
    return sorted(source.charts[patient_id].records)


def test_lines_bundles_and_folders_say_the_same(read, zipped):
    told = clinical.resources(TABLE)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in told]}
    folder = {f"p1/{one['resourceType']}-{one['id']}.json": one for one in told}
    sources = [read(*told), read(bundle, name="b.json"), zipped({"b.json": bundle}), zipped(folder)]
    found = [source.charts["p1"] for source in sources]
    assert all(one == found[0] for one in found)
    assert kinds(sources[0]) == ["Condition", "Encounter"]
    assert [source.faults for source in sources] == [[]] * 4


def test_order_and_repetition_change_nothing(read):
    told = clinical.resources(TABLE)
    assert read(*reversed(told), *told).charts["p1"] == read(*told, *told).charts["p1"]
    assert [len(one) for one in read(*told, *told).charts["p1"].records.values()] == [1, 1]


def test_a_patient_may_be_named_by_the_address_of_his_entry(read):
    patient, visit, _ = clinical.resources(TABLE)
    visit["subject"]["reference"] = "urn:uuid:0f0f"
    entries = [{"fullUrl": "urn:uuid:0f0f", "resource": patient}, {"resource": visit}]
    source = read({"resourceType": "Bundle", "entry": entries}, name="b.json")
    assert (kinds(source), source.faults) == (["Encounter"], [])


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"status": "done"}, "Encounter.status", "unknown_code"),
        ({"status": None}, "Encounter.status", "missing"),
        ({"period": {"start": "2026-02-30"}}, "Encounter.period.start", "not_a_date"),
        ({"period": {"start": 20260201}}, "Encounter.period.start", "wrong_type"),
        ({"type": {"coding": "99213"}}, "Encounter.type[0].coding", "wrong_type"),
        ({"subject": {"reference": "Patient/p2"}}, "Encounter.subject", "unknown_patient"),
        ({"subject": None}, "Encounter.subject", "unknown_patient"),
    ],
)
def test_faults_name_file_resource_field_and_code(read, change, field, code):
    patient, visit, _ = clinical.resources(TABLE)
    visit |= change
    source = read(patient, visit)
    (fault,) = source.faults
    assert (fault.file, fault.resource, fault.field, fault.code) == ("records.ndjson", "Encounter/r2", field, code)
    assert str(fault).startswith(f"records.ndjson: Encounter/r2: {code}: {field} ")
    assert "Encounter" not in source.charts["p1"].records


def test_a_record_that_is_no_json_is_named_by_its_place(tmp_path):
    path = tmp_path / "records.ndjson"
    lines = [json.dumps(one) for one in clinical.resources(TABLE)]
    path.write_text("\n".join([*lines, '{"resourceType": "Encounter", "id": NaN}', "[]"]))
    found = charts.read(path).faults
    assert [(one.resource, one.code) for one in found] == [("record 4", "not_a_number"), ("record 5", "wrong_type")]


def test_files_that_are_none_are_refused(tmp_path, zipped):
    with pytest.raises(FeedRefused, match="cannot be read"):
        charts.read(tmp_path / "absent.json")
    with pytest.raises(FeedRefused, match="holds no .json"):
        zipped({"readme.txt": "x"})
    with pytest.raises(FeedRefused, match="p1.json: The file ends within"):
        zipped({"p1.json": '{"resourceType": "Bundle", "entry": [{"resource"'})
    with pytest.raises(FeedRefused, match="expands to more than"):
        charts.read(bomb(tmp_path))


def bomb(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", " " * (20 << 20))
    return path


def test_in_a_test_case_everything_is_the_patients_and_in_other_files_nothing_else(read, zipped):
    patient, visit, condition = clinical.resources(TABLE)
    other = clinical.resources("1980-01-01 born", patient_id="p2")[0]
    visit["subject"]["reference"] = "Patient/p2"
    report = clinical.report("CMS122FHIRDiabetesAssessGT9Pct", "p1", {"initial-population": 1})
    case = {f"p1/{one['id']}.json": one for one in (patient, visit, condition, report)}
    source = zipped(case | {"p2/p2.json": other})
    assert (kinds(source), source.charts["p2"].records) == (["Condition", "Encounter"], {})
    assert source.strays == {"p1": ["Encounter/r2"]}
    plain = read(patient, visit, condition, other)
    assert (kinds(plain), kinds(plain, "p2"), plain.strays) == (["Condition"], ["Encounter"], {})


def one_record(read, table_or_resource, kind):
    extra = table_or_resource if isinstance(table_or_resource, list) else clinical.resources(table_or_resource)
    born = clinical.resources("1970-06-01 born")
    source = read(*born, *(one for one in extra if one["resourceType"] != "Patient"))
    assert source.faults == []
    (record,) = source.charts["p1"].of(kind)
    return record


def condition(**fields):
    told = clinical.resources("2020-01-01.. problem E11.9")[0]
    del told["onsetDateTime"]
    return [told | fields]


@pytest.mark.parametrize(
    ("fields", "span"),
    [
        ({"onsetDateTime": "2020-01-01"}, "from 2020-01-01 on"),
        ({"onsetPeriod": {"start": "2020-01-01", "end": "2020-02-01"}}, "from 2020-01-01 on"),
        ({"onsetAge": {"value": 50, "code": "a"}}, "from 2020-06-01 on"),
        ({"onsetRange": {"low": {"value": 50, "code": "a"}, "high": {"value": 51, "code": "a"}}}, "from 2020-06-01 on"),
        ({"onsetString": "childhood"}, "from unknown on"),
        ({"onsetDateTime": "2020-01-01", "abatementDateTime": "2025-12-31"}, "2020-01-01 to 2025-12-31"),
        # A period's own end is outside of it; an age lasts until the next birthday.
        ({"onsetDateTime": "2020-01-01", "abatementPeriod": {"end": "2026-01-01"}}, "2020-01-01 to 2025-12-31"),
        (
            {"onsetDateTime": "2020-01-01", "abatementPeriod": {"end": "2026-01-01T00:00:00Z"}},
            "2020-01-01 to 2025-12-31",
        ),
        ({"onsetDateTime": "2020-01-01", "abatementAge": {"value": 55, "code": "a"}}, "2020-01-01 to 2026-05-31"),
    ],
)
def test_prevalence_periods(read, fields, span):
    assert str(one_record(read, condition(**fields), "Condition").when) == span


def test_what_is_not_to_be_done_is_known_by_element_profile_or_extension(read):
    order = clinical.resources("2026-03-01 device E0100")[0]
    assert not one_record(read, [order], "DeviceRequest").is_negated
    url = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DeviceRequest.doNotPerform"
    mark = {"url": url, "valueBoolean": True}
    assert one_record(read, [order | {"modifierExtension": [mark]}], "DeviceRequest").is_negated
    assert not one_record(
        read, [order | {"modifierExtension": [mark | {"valueBoolean": False}]}], "DeviceRequest"
    ).is_negated
    profile = {"profile": ["http://example.org/us-quality-core-devicenotrequested"]}
    assert one_record(read, [order | {"meta": profile}], "DeviceRequest").is_negated
    assert one_record(read, "2026-03-01 order 312961 not=yes", "MedicationRequest").is_negated


def test_what_was_not_ordered_may_be_a_whole_value_set(read, tmp_path):
    (order,) = clinical.resources("2026-03-01 order 312961 not=yes")
    url = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneValueSet"
    titles = list(clinical.SETS)
    oid = f"1.2.3.{titles.index('Moderate Intensity Statin Therapy') + 1}"
    canonical = {"url": url, "valueCanonical": f"http://cts.nlm.nih.gov/fhir/ValueSet/{oid}"}
    order["medicationCodeableConcept"] = {"extension": [canonical]}
    (coding,) = one_record(read, [order], "MedicationRequest").codes
    terms = clinical.terms(tmp_path)
    assert terms.has("Moderate Intensity Statin Therapy", coding)
    assert not terms.has("Dementia Medications", coding)


def test_medicines_by_reference(read):
    order = clinical.resources("2026-03-01 order 1")[0]
    del order["medicationCodeableConcept"]
    medication = {"resourceType": "Medication", "id": "m1", "code": clinical.concept("312961", "rxnorm")}
    by_reference = order | {"medicationReference": {"reference": "Medication/m1"}}
    inside = order | {"medicationReference": {"reference": "#m1"}, "contained": [medication]}
    for told in ([by_reference, medication], [inside]):
        assert [coding.code for coding in one_record(read, told, "MedicationRequest").codes] == ["312961"]


@pytest.mark.parametrize(
    ("dispense", "dosing", "days", "span"),
    [
        ({"expectedSupplyDuration": {"value": 30, "code": "d"}}, {}, 30, "2026-03-01 to 2026-03-30"),
        ({"expectedSupplyDuration": {"value": 2, "code": "wk"}}, {}, 14, "2026-03-01 to 2026-03-14"),
        (
            {"expectedSupplyDuration": {"value": 30, "code": "d"}, "numberOfRepeatsAllowed": 1},
            {},
            60,
            "2026-03-01 to 2026-04-29",
        ),
        ({"quantity": {"value": 60}}, {"frequency": 2, "period": 1, "periodUnit": "d"}, 30, "2026-03-01 to 2026-03-30"),
        (
            {"quantity": {"value": 60}},
            {"frequency": 1, "period": 12, "periodUnit": "h"},
            30,
            "2026-03-01 to 2026-03-30",
        ),
        ({"quantity": {"value": 60}}, {}, None, "None"),  # how often is not told
        ({}, {"boundsPeriod": {"start": "2026-04-01", "end": "2026-04-10"}}, None, "2026-04-01 to 2026-04-10"),
        ({"expectedSupplyDuration": {"value": 0, "code": "d"}}, {}, None, "None"),
    ],
)
def test_days_of_supply(read, dispense, dosing, days, span):
    order = clinical.resources("2026-03-01 order 312961")[0] | {"dispenseRequest": dispense}
    order["dosageInstruction"] = [{"timing": {"repeat": dosing}, "doseAndRate": [{"doseQuantity": {"value": 1}}]}]
    found = one_record(read, [order], "MedicationRequest")
    assert (found.supply_days, str(found.supply)) == (days, span)


def test_a_birth_date_must_be_a_whole_day(read):
    patient = clinical.resources("1970-06-01 born")[0] | {"birthDate": "1970-06"}
    source = read(patient)
    assert [(one.field, one.code) for one in source.faults] == [("Patient.birthDate", "not_a_date")]


def test_other_resources_are_counted_and_left_out(read):
    coverage = {"resourceType": "Coverage", "id": "c", "beneficiary": {"reference": "Patient/p1"}}
    source = read(*clinical.resources(TABLE), coverage, coverage)
    assert (source.left_out, source.faults) == ({"Coverage": 2}, [])
    assert source.charts["p1"].patient.born_on == date(1970, 6, 1)
