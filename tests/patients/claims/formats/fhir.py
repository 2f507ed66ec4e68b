"""Small FHIR resources of invented people, as dicts that a test changes, and the bytes of files of them."""

import json
from copy import deepcopy

from .reading import read

VARIABLES = "https://bluebutton.cms.gov/resources/variables/"
C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
THO = "http://terminology.hl7.org/CodeSystem/"
NDC = "http://hl7.org/fhir/sid/ndc"


def concept(code, system="", **more):
    return {"coding": [{"system": system, "code": code}], **more}


def info(category, **told):
    return {"sequence": 1, "category": concept(category, C4BB + "C4BBSupportingInfoType"), **told}


def amount(category, value, system=THO + "adjudication"):
    return {"category": concept(category, system), "amount": {"value": value, "currency": "USD"}}


def uc(value):
    return {"type": concept("uc", C4BB + "C4BBIdentifierType"), "system": "https://plan.example/claims", "value": value}


FILL = {
    "resourceType": "ExplanationOfBenefit",
    "id": "eob-1",
    "meta": {"lastUpdated": "2026-02-01T10:00:00Z"},
    "identifier": [uc("C1")],
    "status": "active",
    "type": concept("pharmacy", THO + "claim-type"),
    "use": "claim",
    "patient": {"reference": "Patient/M1"},
    "billablePeriod": {"start": "2026-01-15", "end": "2026-01-15"},
    "created": "2026-01-20",
    "outcome": "complete",
    "provider": {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1679576722"}},
    "careTeam": [
        {
            "sequence": 1,
            "provider": {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1750384806"}},
            "role": concept("prescribing", C4BB + "C4BBClaimCareTeamRole"),
        }
    ],
    "supportingInfo": [
        info("dayssupply", valueQuantity={"value": 30.0}),
        info("refillnum", valueQuantity={"value": 2}),
        info("refillsauthorized", valueQuantity={"value": 5}),
        info("dawcode", code=concept("1")),
        info("rxorigincode", code=concept("3")),
        info("compoundcode", code=concept("1")),
    ],
    "prescription": {"reference": "MedicationRequest/RX77"},
    "item": [
        {
            "sequence": 1,
            "productOrService": concept("0071-0155-23", NDC),
            "servicedDate": "2026-01-15",
            "quantity": {"value": 30},
            "adjudication": [
                amount("submitted", 40),
                amount("benefit", 12.50),
                amount("paidbypatient", 5, C4BB + "C4BBAdjudication"),
            ],
        }
    ],
    "payment": {"date": "2026-01-27"},
}
VISIT = {
    "resourceType": "ExplanationOfBenefit",
    "id": "eob-2",
    "identifier": [uc("V1")],
    "status": "active",
    "type": concept("professional", THO + "claim-type"),
    "patient": {"reference": "Patient/M1"},
    "billablePeriod": {"start": "2026-02-03", "end": "2026-02-03"},
    "outcome": "complete",
    "provider": {"reference": "#org"},
    "contained": [
        {
            "resourceType": "Organization",
            "id": "org",
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
        }
    ],
    "careTeam": [
        {"sequence": 1, "provider": {"reference": "Practitioner/P9"}, "role": concept("referring")},
        {"sequence": 2, "provider": {"reference": "Practitioner/P7"}, "role": concept("rendering")},
    ],
    "diagnosis": [
        {"sequence": 2, "diagnosisCodeableConcept": concept("I10", "http://hl7.org/fhir/sid/icd-10-cm")},
        {
            "sequence": 3,
            "type": [concept("principal")],
            "diagnosisCodeableConcept": concept("E11.9", "http://hl7.org/fhir/sid/icd-10-cm"),
        },
        {
            "sequence": 1,
            "type": [concept("patientreasonforvisit")],
            "diagnosisCodeableConcept": concept("R51.9", "http://hl7.org/fhir/sid/icd-10-cm"),
        },
    ],
    "item": [
        {
            "sequence": 1,
            "productOrService": concept("G0008", "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
            "modifier": [concept("LT"), concept("59")],
            "servicedDate": "2026-02-03",
            "locationCodeableConcept": concept("11"),
            "quantity": {"value": 1},
            "adjudication": [amount("benefit", 37.5), amount("eligible", 47.84), amount("submitted", 75)],
        },
        {
            "sequence": 2,
            "productOrService": concept("not-applicable", THO + "data-absent-reason"),
            "servicedPeriod": {"start": "2026-02-03", "end": "2026-02-03"},
        },
    ],
    "payment": {"date": "2026-02-10"},
}
STAY = VISIT | {
    "id": "eob-3",
    "identifier": [uc("S1")],
    "type": concept("institutional", THO + "claim-type"),
    "subType": concept("inpatient"),
    "billablePeriod": {"start": "2026-03-01", "end": "2026-03-05"},
    "supportingInfo": [
        info("typeofbill", code=concept("0111")),
        info("drg", code=concept("695")),
        info("admissionperiod", timingPeriod={"start": "2026-03-01T08:00:00-05:00", "end": "2026-03-05"}),
        info("discharge-status", code=concept("01")),
    ],
    "procedure": [
        {"sequence": 1, "procedureCodeableConcept": concept("BQ0HZZZ", "http://www.cms.gov/Medicare/Coding/ICD10")}
    ],
    "item": [
        {
            "sequence": 1,
            "revenue": concept("0120", "https://www.nubc.org/CodeSystem/RevenueCodes"),
            "productOrService": concept("not-applicable", THO + "data-absent-reason"),
        },
        {"sequence": 2, "revenue": concept("0450", "https://www.nubc.org/CodeSystem/RevenueCodes")},
    ],
    "payment": {"date": "2026-03-20", "amount": {"value": 620.00, "currency": "USD"}},
}
PERSON = {
    "resourceType": "Patient",
    "id": "M1",
    "meta": {"lastUpdated": "2026-02-01T10:00:30Z"},
    "identifier": [
        {"type": concept("MB", THO + "v2-0203"), "system": "https://plan.example/members", "value": "MB-77"},
        {"system": "http://hl7.org/fhir/sid/us-mbi", "value": "1EG4TE5MK73"},
    ],
    "name": [{"use": "old", "family": "Before"}, {"use": "official", "family": "Okafor", "given": ["Ada", "N"]}],
    "gender": "female",
    "birthDate": "1950-01-31",
    "telecom": [{"system": "phone", "value": "555-0100"}, {"system": "email", "value": "ada@example.org"}],
    "address": [{"line": ["1 Main St", "Apt 2"], "city": "Dover", "state": "DE", "postalCode": "19901"}],
}
COVER = {
    "resourceType": "Coverage",
    "id": "cov-1",
    "meta": {"lastUpdated": "2026-02-01T10:00:30Z"},
    "status": "active",
    "type": concept("HIP", THO + "v3-ActCode"),
    "subscriberId": "S1",
    "beneficiary": {"reference": "Patient/M1"},
    "period": {"start": "2026-01-01", "end": "2026-12-31"},
    "class": [
        {"type": concept("group", THO + "coverage-class"), "value": "G1", "name": "Acme Corporation"},
        {"type": concept("plan", THO + "coverage-class"), "value": "H1234-001"},
    ],
}
PRESSURE = {
    "resourceType": "Observation",
    "id": "bp-1",
    "status": "final",
    "category": [concept("vital-signs", THO + "observation-category")],
    "code": concept("85354-9", "http://loinc.org"),
    "subject": {"reference": "Patient/M1"},
    "effectiveDateTime": "2026-03-01T09:30:00-05:00",
    "component": [
        {"code": concept("8480-6", "http://loinc.org"), "valueQuantity": {"value": 139, "unit": "mmHg"}},
        {"code": concept("8462-4", "http://loinc.org"), "valueQuantity": {"value": 89, "unit": "mmHg"}},
    ],
}
A1C = {
    "resourceType": "Observation",
    "id": "a1c-1",
    "status": "corrected",
    "category": [concept("laboratory", THO + "observation-category")],
    "code": concept("4548-4", "http://loinc.org"),
    "subject": {"reference": "Patient/M1"},
    "effectivePeriod": {"start": "2026-01-02", "end": "2026-01-03T00:00:00.000+00:00"},
    "valueQuantity": {"value": 9.1, "comparator": ">", "unit": "%"},
    "interpretation": [concept("H")],
}
DOSE = {
    "resourceType": "Immunization",
    "id": "imm-1",
    "status": "completed",
    "vaccineCode": concept("140", "http://hl7.org/fhir/sid/cvx"),
    "patient": {"reference": "Patient/M1"},
    "occurrenceDateTime": "2025-10-02",
    "lotNumber": "LOT7",
}
EACH = {
    "fill": FILL,
    "visit": VISIT,
    "stay": STAY,
    "person": PERSON,
    "cover": COVER,
    "pressure": PRESSURE,
    "a1c": A1C,
    "dose": DOSE,
}


def changed(resource, **values):
    """A copy in which `a__0__b` is resource["a"][0]["b"]; None takes a key away."""
    copy = deepcopy(resource)
    for path, value in values.items():
        *way, last = path.split("__")
        target = copy
        for step in way:
            target = target[int(step) if step.isdigit() else step]
        if value is None:
            del target[int(last) if last.isdigit() else last]
        elif last.isdigit():
            target[int(last)] = value
        else:
            target[last] = value
    return copy


def ndjson(*resources):
    return "".join(f"{json.dumps(each)}\n" for each in resources).encode()


def bundle(*resources, indent=None, **more):
    entries = [{"fullUrl": f"https://server.example/{one.get('id')}", "resource": one} for one in resources]
    whole = {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries, "link": []} | more
    return json.dumps(whole, indent=indent).encode()


def rows_of(*resources):
    """The good rows of these resources, which must all be good."""
    _, good, bad = read("fhir_eob", ndjson(*resources))
    assert not bad, bad
    return good


def row_of(resource, **values):
    (row,) = rows_of(changed(resource, **values))
    return row
