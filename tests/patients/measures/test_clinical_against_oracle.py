"""Measures of a calendar year: the SQL and its slow twin agree on generated histories."""

from dataclasses import asdict
from datetime import date
from functools import partial

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import clinical, clinical_lives, discharges, moud, therapy
from tests.oracles import history as facts
from tests.oracles.histories import enough

pytestmark = pytest.mark.django_db
TWINS = {
    "gsd_control": partial(clinical.glycemic, is_poor=False),
    "gsd_poor_control": partial(clinical.glycemic, is_poor=True),
    "cbp": clinical.blood_pressure,
    "ked": clinical.kidneys,
    "eed": clinical.eyes,
}


VACCINES = {f"vaccine_{name}": partial(clinical.vaccine, name=name) for name in clinical.SHOTS}
DISCHARGES = {"trc_reconciliation": discharges.reconciliation, "readmission_30": discharges.readmission}
MANAGEMENT = {
    "mtm_eligible": partial(therapy.management, asks_review=False),
    "cmr_completion": partial(therapy.management, asks_review=True),
}


def compare(cursor, twins, case):
    year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    for code, twin in twins.items():
        asked = {"measure": definitions.find(code), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
        found = {row.patient_id: asdict(row) for row in evaluate.rows(cursor, **asked)}
        for patient, history in people.items():
            expected = twin(history, year, as_of)
            if expected is None:
                assert patient not in found, code
                continue
            expected |= {
                name: facts.day_number(day) if isinstance(day, date) else day for name, day in expected.items()
            }
            assert {name: found[patient][name] for name in expected} == expected, (code, year, as_of, history)


@enough()
@given(case=clinical_lives.cases())
def test_diabetes_and_blood_pressure(cursor, case):
    compare(cursor, TWINS, case)


@enough()
@given(case=clinical_lives.cases(clinical_lives.adults))
def test_vaccines(cursor, case):
    compare(cursor, VACCINES, case)


@enough()
@given(case=clinical_lives.cases(clinical_lives.in_hospital))
def test_discharges(cursor, case):
    compare(cursor, DISCHARGES, case)


@enough()
@given(case=clinical_lives.cases(clinical_lives.hearts))
def test_statins(cursor, case):
    compare(cursor, {"spc": therapy.statin, "spc_adherence": therapy.adherence}, case)


@enough()
@given(case=clinical_lives.cases(clinical_lives.many_medicines))
def test_therapy_management(cursor, case):
    compare(cursor, MANAGEMENT, case)


@enough()
@given(case=clinical_lives.cases(clinical_lives.with_opioid_use_disorder))
def test_opioid_use_disorder(cursor, case):
    compare(cursor, {"oud_start": moud.start}, case)
