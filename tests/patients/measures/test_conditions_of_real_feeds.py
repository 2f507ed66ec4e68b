"""Members of a public set of claims, as of the end of 2018, against what a person read off the lines of the file."""

from datetime import date

import pytest
from django.db import connection

from carecoord.kernel.tenancy import context
from patients.measures.conditions.find import find
from patients.models import Member
from tests.patients.claims.feeds import load, new_payer

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data]
AS_OF = date(2018, 12, 31)
LOOKED_AT = {
    "hypertension", "diabetes", "chronic_kidney_disease", "hyperlipidemia", "heart_failure", "atrial_fibrillation", "obesity",
    "tobacco_use", "depression", "copd", "ischemic_heart_disease", "cataract",
}  # fmt: skip
READ = {
    # Hypertension last in October 2017; one visit each for atrial fibrillation, obesity and heart disease.
    "10": {"chronic_kidney_disease": "stage_3"},
    # One visit each for tobacco and depression; kidney disease on two days of 2017, N18.2 the newer.
    "10007": {
        "hypertension": "", "diabetes": "type_2", "chronic_kidney_disease": "stage_2", "hyperlipidemia": "",
        "atrial_fibrillation": "", "obesity": "", "copd": "", "ischemic_heart_disease": "", "cataract": "",
    },
    # Heart failure once in 2017; cataract, atrial fibrillation and tobacco in 2016 only.
    "10026": {"hypertension": "", "hyperlipidemia": "", "copd": "", "ischemic_heart_disease": ""},
    # One visit each for kidney disease, heart disease, obesity and hyperlipidemia.
    "10113": {"hypertension": "", "diabetes": "type_2", "cataract": "", "depression": ""},
}  # fmt: skip


def test_conditions_are_those_that_a_reader_of_the_claims_finds(shared_data):
    payer, folder = new_payer(), shared_data / "claims" / "tuva_integration"
    for name in ("eligibility_seed.csv", "medical_claim_seed.csv"):
        load(payer, (folder / name).read_bytes())
    with context.acting_as(context.worker_for(payer.pk)), connection.cursor() as cursor:
        members = {row.patient_id: row.member_id for row in Member.objects.filter(payer=payer, member_id__in=READ)}
        found = {name: {} for name in READ}
        for row in find(cursor, as_of=AS_OF, payer_id=payer.pk, patient_ids=list(members)):
            if row.condition in LOOKED_AT:
                found[members[row.patient_id]][row.condition] = row.detail
    assert found == READ
