"""A payer finds its member by name, day of birth and member id."""

from dataclasses import replace

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, day, read_table

CASES = """
    name      born        sex      member  says
    Doe, Pat  1950-05-05  female   M1      passes
    Doe, Pat  1950-05-05  unknown  M1      passes
    -         1950-05-05  female   M1      lack the name.
    Doe, Pat  -           female   M1      lack the day of birth.
    Doe, Pat  1950-05-05  female   -       lack the member id.
    -         -           -        -       the name and the day of birth and the member id and the sex
    Doe, Pat  2026-06-16  female   M1      before the patient's birth
    Doe, Pat  2026-06-15  female   M1      passes
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_patients_data_are_complete(case):
    given = {name: "" if case[name] == "-" else case[name] for name in ("name", "sex", "member")}
    made = snapshot_of(service_on=day("2026-06-15"))
    patient = replace(
        made.patient, name=given["name"], born_on=day(case["born"]), sex=given["sex"], member_id=given["member"]
    )
    facts = ClaimFacts(snapshot=replace(made, patient=patient))
    assert agrees(EDITS["patient_complete"].check(facts), case["says"])
