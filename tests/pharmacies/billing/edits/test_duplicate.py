"""One service, one patient, one day, one pharmacy: one claim."""

import pytest

from pharmacies.billing.edit import ClaimFacts, OtherClaim
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, read_table

CASES = """
    bills        another claim of the day  says
    99606        -                         passes
    99606        90471                     passes
    99606        99606                     99606 on
    99606,90471  90471                     90471 on
    99606,99606  -                         twice
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_a_service_is_billed_once(case):
    codes, other = case["bills"].split(","), case["another claim of the day"]
    others = () if other == "-" else (OtherClaim(number="SC-1", status="paid", codes=frozenset([other])),)
    facts = ClaimFacts(snapshot=snapshot_of(lines=tuple((code, 1) for code in codes)), others=others)
    assert agrees(EDITS["duplicate"].check(facts), case["says"])
