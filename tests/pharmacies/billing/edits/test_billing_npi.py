"""The pharmacy's NPI has ten digits, and its check digit holds."""

from dataclasses import replace

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, read_table

CASES = """
    npi         says
    1234567893  passes
    1234567890  1234567890 is not an NPI
    123456789   not an NPI
    -           no NPI on record
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_check_digit_holds(case):
    made = snapshot_of()
    snapshot = replace(made, pharmacy=replace(made.pharmacy, npi="" if case["npi"] == "-" else case["npi"]))
    assert agrees(EDITS["billing_npi"].check(ClaimFacts(snapshot=snapshot)), case["says"])
