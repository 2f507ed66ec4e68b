"""Nobody is served after their death."""

from dataclasses import replace

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, day, read_table

CASES = """
    served      died        says
    2026-06-15  -           passes
    2026-06-15  2026-06-15  passes
    2026-06-15  2026-06-14  died on 14 Jun 2026, before the service on 15 Jun 2026
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_patient_lived(case):
    made = snapshot_of(service_on=day(case["served"]))
    facts = ClaimFacts(snapshot=replace(made, patient=replace(made.patient, died_on=day(case["died"]))))
    assert agrees(EDITS["alive_on_the_day"].check(facts), case["says"])
