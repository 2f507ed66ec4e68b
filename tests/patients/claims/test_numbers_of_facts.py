"""What measures compare: results as numbers, how a stay ended, a claim's first diagnosis, its procedures."""

from importlib import import_module

import pytest
from django.db import connection

from patients.claims.models import Diagnosis, Observation, Service, Stay
from patients.measures.kinds import sources

from .feeds import load, span, spans_file
from .formats.x12 import covered, enrolment, institutional, member, stay, subscriber

pytestmark = pytest.mark.django_db
RESULTS = {
    "7.2": (7200, ""),
    " 07.25 ": (7250, ""),
    "8": (8000, ""),
    "8.": (8000, ""),
    ".5": (500, ""),
    "-1.5": (-1500, ""),
    "6.89951": (6900, ""),
    "7.2 %": (7200, ""),
    "7.2%": (7200, ""),
    ">14": (14000, ">"),
    "> 14.0": (14000, ">"),
    ">=60": (60000, ">"),
    "<=4": (4000, "<"),
    "<4.0%": (4000, "<"),
    "999999.999": (999999999, ""),
    "1000000": (None, ""),
    "7,2": (None, ""),
    "1,200": (None, ""),
    "120/80": (None, ""),
    "5-10": (None, ""),
    "1:128": (None, ""),
    "negative": (None, ""),
    ">high": (None, ""),
    "7.2.1": (None, ""),
    "NaN": (None, ""),
    "1e3": (None, ""),
    "": (None, ""),
}
MIGRATION = import_module("patients.claims.migrations.0020_numbers_of_results")


def observations():
    head = "observation_id,person_id,observation_date,source_code_type,source_code,result\n"
    lines = (f'O{n},M1,2025-03-10,loinc,4548-4,"{result}"\n' for n, result in enumerate(RESULTS))
    return (head + "".join(lines)).encode()


def found():
    numbers = {one.result: (one.milli, one.bound) for one in Observation.objects.all()}
    diagnoses = set(Diagnosis.objects.values_list("code", "is_principal"))
    procedures = set(Service.objects.exclude(code__startswith="REV").values_list("code", "setting", "day"))
    return numbers, diagnoses, procedures, set(Stay.objects.values_list("discharge_code", flat=True))


@pytest.fixture
def loaded(payer, as_owner):
    load(payer, spans_file(span("M1")))
    load(payer, enrolment(member(number="M1", born="19500101", coverage=covered())), format="x12_834")
    load(payer, observations())
    load(payer, institutional(subscriber(), stay(status="02")), format="x12_837")


def test_a_result_is_a_number_where_its_text_is_one(loaded, as_owner):
    with as_owner():
        numbers = found()[0]
    assert numbers == {result.strip(): expected for result, expected in RESULTS.items()}


def test_a_claim_tells_its_discharge_its_first_diagnosis_and_its_procedures_once(loaded, as_owner):
    with as_owner():
        _, diagnoses, procedures, discharges = found()
        assert diagnoses == {("I2510", True), ("E119", False)}
        assert {(code, setting) for code, setting, _ in procedures} == {
            ("4A023N7", "inpatient"),
            ("99283", "inpatient"),
            ("DRG287", "inpatient"),
        }
        assert Service.objects.filter(code="4A023N7").count() == 1
        assert discharges == {"02"}


def test_a_line_without_a_service_code_tells_an_emergency_or_dialysis_by_its_revenue_code(payer, as_owner):
    load(payer, spans_file(span("M1")))
    load(payer, enrolment(member(number="M1", born="19500101", coverage=covered())), format="x12_834")
    lines = tuple(f"{code}**100*UN*1" for code in ("0120", "0450", "0821", "0859", "0860", "0881"))
    load(payer, institutional(subscriber(), stay(lines=lines)), format="x12_837")
    with as_owner():
        told = set(Service.objects.filter(code__startswith="REV").values_list("code", flat=True))
    assert told == {"REV0450", "REV0821", "REV0859", "REV0881"}
    assert told - {"REV0450"} <= set(sources.codes("dialysis_services"))


def test_the_migration_tells_of_older_facts_what_the_load_tells(loaded, as_owner):
    statements = [MIGRATION.RESULTS, MIGRATION.STAYS, MIGRATION.PRINCIPAL, MIGRATION.PROCEDURES]
    with as_owner():
        told = found()
        Observation.objects.update(milli=None, bound="")
        Stay.objects.update(discharge_code="")
        Diagnosis.objects.update(is_principal=False)
        Service.objects.filter(code="4A023N7").delete()
        assert found() != told
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        assert found() == told
