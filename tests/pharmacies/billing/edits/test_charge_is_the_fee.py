"""A line charges what the contract pays on the day, and nothing else."""

import pytest

from pharmacies.billing.edit import Charge, ClaimFacts
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, read_table

CASES = """
    charged  fee   says
    2500     2500  passes
    2600     2500  charged at $26.00; the contract pays $25.00
    2400     2500  charged at $24.00
    2500     -     passes
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_charge_is_the_fee(case):
    fee = None if case["fee"] == "-" else int(case["fee"])  # without a fee another edit speaks
    charges = (Charge(code="99606", charge_cents=int(case["charged"]), fee_cents=fee),)
    facts = ClaimFacts(snapshot=snapshot_of(), charges=charges)
    assert agrees(EDITS["charge_is_the_fee"].check(facts), case["says"])
