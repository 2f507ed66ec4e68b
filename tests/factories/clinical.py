"""Clinical records as text tables: `2026-03-01 visit 99213`, a resource a line, as FHIR resources.

A line is a day or a span (`2020-01-01..`, `..2026-01-01`), what it is, its code, and options as `name=value`:

    1960-05-01             born
    2026-03-01             visit 99213          at 10:00 to 10:30; `id=`, `class=`, `status=`
    2026-02-01..2026-02-05 stay 32485007        `to=` where the patient went, `reason=`, `status=`,
                                                `because=` and `billed=` the Condition that is its reason or its diagnosis
    2020-01-01..           problem E11.9        `diagnosis E11.9` at an encounter; `verified=`, `clinical=`
    2026-05-01             lab 4548-4 9.1 %     without a value: no result
    2026-05-01             pressure 139/89      `at=` the encounter
    2026-05-01             assessed 45755-6 373066001
    2026-05-01             exam 71490-7 LA18643-9
    2026-05-01             done 385763009, asked 385763009, device E0100
    2026-05-01             order 312961         `days=`, `quantity=`, `refills=`, `category=`, `reason=`, `not=yes`
"""

from patients.measures.clinical import terminology

SYSTEMS = {
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "icd": "http://hl7.org/fhir/sid/icd-10-cm",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
# What a licensee would bring, in small: codes of public code systems.
SETS = {
    "Diabetes": ("icd", "E11.9 E11.21"),
    "Essential Hypertension": ("icd", "I10"),
    "Pregnancy": ("icd", "Z33.1"),
    "End Stage Renal Disease": ("icd", "N18.6"),
    "Chronic Kidney Disease, Stage 5": ("icd", "N18.5"),
    "Diabetic Retinopathy": ("icd", "E11.319"),
    "Frailty Diagnosis": ("icd", "R54"),
    "Frailty Symptom": ("icd", "R26.89"),
    "Rhabdomyolysis": ("icd", "M62.82"),
    "Statin Associated Muscle Symptoms": ("icd", "G72.0"),
    "Opioid Use Disorder": ("icd", "F11.20"),
    "HbA1c Laboratory Test": ("loinc", "4548-4"),
    "LDL Cholesterol": ("loinc", "13457-7"),
    "Estimated Glomerular Filtration Rate": ("loinc", "48642-3"),
    "Urine Albumin Creatinine Ratio": ("loinc", "9318-7"),
    "Urine Albumin": ("loinc", "1754-1"),
    "Diabetic Retinopathy Severity Level": ("loinc", "LA18645-4 LA18643-9"),
    "Hospice Encounter": ("hcpcs", "G9473"),
    "Palliative Care Encounter": ("hcpcs", "G9054"),
    "Dementia Medications": ("rxnorm", "312836"),
    "Moderate Intensity Statin Therapy": ("rxnorm", "312961"),
    "Statin Allergen": ("rxnorm", "36567"),
    "Tobacco Use Cessation Pharmacotherapy": ("rxnorm", "151226"),
    "Schedule II, III and IV Opioid Medications": ("rxnorm", "1014599 1014632"),
    "Schedule IV Benzodiazepines": ("rxnorm", "1298088"),
    "Medications for Opioid Use Disorder (MOUD)": ("rxnorm", "1010600"),
    "Opioid Medication Assisted Treatment (MAT)": ("hcpcs", "H0020"),
    "Potentially Harmful Antipsychotics for Older Adults": ("rxnorm", "1006801"),
    "Potentially Harmful Benzodiazepines for Older Adults": ("rxnorm", "1366192"),
    "Potentially Harmful Antiinfectives for Older Adults": ("rxnorm", "311995"),
    "Potentially Harmful Pain Medications for Older Adults": ("rxnorm", "1490727"),
    "Potentially Harmful Estrogens for Older Adults": ("rxnorm", "1000351"),
}


def value_sets():
    """The sets above in the shape of a licensee's file."""
    lines = ["valueset_oid,version,title,code_system,code,display"]
    for number, (title, (system, codes)) in enumerate(SETS.items(), 1):
        lines += [f'1.2.3.{number},1,"{title}",{SYSTEMS[system]},{code},' for code in codes.split()]
    return "\n".join(lines) + "\n"


def terms(tmp_path):
    path = tmp_path / "sets.csv"
    path.write_text(value_sets())
    return terminology.load(path)


def resources(table, patient_id="p1"):
    """The FHIR resources of a table."""
    found = []
    for number, line in enumerate(filter(None, map(str.strip, table.splitlines())), 1):
        when, what, *words = line.split()
        options = dict(word.split("=", 1) for word in words if "=" in word)
        plain = [word for word in words if "=" not in word]
        made = WHAT[what](when, plain, options)
        made.setdefault("id", options.get("id", f"r{number}"))
        if what == "born":
            made["id"] = patient_id
        else:
            made.setdefault("subject", {"reference": f"Patient/{patient_id}"})
        found.append(made)
    return found


def system_of(code):
    if code.startswith("LA") or (code[-2:-1] == "-" and code.replace("-", "").isdigit()):
        return "loinc"
    if not code[:1].isdigit():
        return "hcpcs" if len(code) == 5 and code[1:].isdigit() else "icd"
    return "cpt" if len(code) == 5 else "snomed"


def concept(code, system=""):
    return {"coding": [{"system": SYSTEMS[system or system_of(code)], "code": code}]}


def word(code, system):
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def period(when):
    first, _, last = when.partition("..")
    return {name: day for name, day in (("start", first), ("end", last)) if day}


def _profiled(made, options):
    if "profile" in options:
        made["meta"] = {"profile": [f"http://example.org/StructureDefinition/{options['profile']}"]}
    return made


def _born(when, _, options):
    return {"resourceType": "Patient", "birthDate": when, "gender": options.get("sex", "female")}


def _visit(when, words, options):
    whole = ".." in when
    made = {
        "resourceType": "Encounter",
        "status": options.get("status", "finished"),
        "class": {"code": options.get("class", "AMB")},
        "type": [concept(words[0])],
        "period": period(when) if whole else {"start": f"{when}T10:00:00Z", "end": f"{when}T10:30:00Z"},
    }
    if "to" in options:
        made["hospitalization"] = {"dischargeDisposition": concept(options["to"])}
    if "reason" in options:
        made["reasonCode"] = [concept(options["reason"])]
    if "because" in options:
        made["reasonReference"] = [{"reference": f"Condition/{options['because']}"}]
    if "billed" in options:
        made["diagnosis"] = [{"condition": {"reference": f"Condition/{options['billed']}"}}]
    return made


def _condition(category):
    def make(when, words, options):
        first, _, last = when.partition("..")
        made = {
            "resourceType": "Condition",
            "clinicalStatus": word(options.get("clinical", "active"), "condition-clinical"),
            "category": [word(category, "condition-category")],
            "code": concept(words[0]),
        }
        made |= {"onsetDateTime": first} if first else {}
        made |= {"abatementDateTime": last} if last else {}
        if "verified" in options:
            made["verificationStatus"] = word(options["verified"], "condition-ver-status")
        return _profiled(made, options)

    return make


def _observation(category):
    def make(when, words, options):
        made = {
            "resourceType": "Observation",
            "status": options.get("status", "final"),
            "category": [word(category, "observation-category")],
            "code": concept(words[0]),
        }
        made |= {"effectivePeriod": period(when)} if ".." in when else {"effectiveDateTime": when}
        if len(words) == 3:
            made["valueQuantity"] = {"value": float(words[1]), "unit": words[2], "code": words[2]}
        elif len(words) == 2:
            made["valueCodeableConcept"] = concept(words[1])
        return _profiled(made, options)

    return make


def _pressure(when, words, options):
    made = _observation("vital-signs")(when, ["85354-9"], options)
    pairs = zip(("8480-6", "8462-4"), words[0].split("/"), strict=True)
    made["component"] = [
        {"code": concept(code), "valueQuantity": {"value": int(value), "code": "mm[Hg]"}}
        for code, value in pairs
        if value
    ]
    if "at" in options:
        made["encounter"] = {"reference": f"Encounter/{options['at']}"}
    return made


def _done(when, words, options):
    made = {"resourceType": "Procedure", "status": options.get("status", "completed"), "code": concept(words[0])}
    return made | ({"performedPeriod": period(when)} if ".." in when else {"performedDateTime": when})


def _request(kind, name):
    def make(when, words, options):
        made = {
            "resourceType": kind,
            "status": options.get("status", "active"),
            "intent": options.get("intent", "order"),
        }
        made |= {name: concept(words[0]), "authoredOn": when}
        return made | ({"doNotPerform": True} if options.get("not") else {})

    return make


def _order(when, words, options):
    made = _request("MedicationRequest", "medicationCodeableConcept")(when, words, options)
    made["medicationCodeableConcept"] = concept(words[0], "rxnorm")
    if name := " ".join(words[1:]):
        made["medicationCodeableConcept"]["coding"][0]["display"] = name
    dispense = {}
    if "days" in options:
        dispense["expectedSupplyDuration"] = {"value": int(options["days"]), "code": "d"}
    if "quantity" in options:
        dispense["quantity"] = {"value": float(options["quantity"])}
    if "refills" in options:
        dispense["numberOfRepeatsAllowed"] = int(options["refills"])
    made |= {"dispenseRequest": dispense} if dispense else {}
    made |= {"category": [word(options["category"], "medicationrequest-category")]} if "category" in options else {}
    return made | ({"reasonCode": [concept(options["reason"])]} if "reason" in options else {})


def _allergy(when, words, options):
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": word(options.get("clinical", "active"), "allergyintolerance-clinical"),
        "code": concept(words[0], "rxnorm"),
        "onsetDateTime": when,
    }


WHAT = {
    "born": _born,
    "visit": _visit,
    "stay": _visit,
    "problem": _condition("problem-list-item"),
    "diagnosis": _condition("encounter-diagnosis"),
    "lab": _observation("laboratory"),
    "assessed": _observation("survey"),
    "smoking": _observation("social-history"),
    "exam": _observation("exam"),
    "pressure": _pressure,
    "done": _done,
    "asked": _request("ServiceRequest", "code"),
    "device": _request("DeviceRequest", "codeCodeableConcept"),
    "order": _order,
    "allergy": _allergy,
}


def report(measure, patient_id, *groups):
    """A MeasureReport with the counts of each group, by FHIR's names of populations."""
    return {
        "resourceType": "MeasureReport",
        "id": f"report-{patient_id}",
        "status": "complete",
        "type": "individual",
        "measure": f"https://example.org/Measure/{measure}",
        "subject": {"reference": f"Patient/{patient_id}"},
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "group": [
            {
                "population": [
                    {"code": word(name, "measure-population"), "count": count} for name, count in group.items()
                ]
            }
            for group in groups
        ],
    }
