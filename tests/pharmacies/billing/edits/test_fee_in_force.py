"""A code without a fee on the day is held with the sentence that says whom to ask."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, read_table

CASES = """
    without a fee  says
    -              passes
    99607          a fee for 99607 on
    99606,99607    a fee for 99606, 99607 on
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_every_code_has_a_fee(case):
    codes = () if case["without a fee"] == "-" else tuple(case["without a fee"].split(","))
    facts = ClaimFacts(snapshot=snapshot_of(), without_fee=codes)
    assert agrees(EDITS["fee_in_force"].check(facts), case["says"])
