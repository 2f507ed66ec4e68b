"""Units are as many as the documented minutes carry, and no more than the code allows."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from pharmacies.billing.snapshot import Documentation
from tests.factories.snapshots import snapshot_of

from .table import agrees, read_table

CASES = """
    code   units  minutes  says
    99606  1      8        passes
    99606  1      7        1 unit of 99606 needs 8 minutes; the visit has 7
    99606  2      60       at most 1
    99606  1      -        does not say how many
    99607  1      22       needs 23 minutes
    99607  1      23       passes
    99607  2      37       2 units of 99607 need 38 minutes
    99607  2      38       passes
    G0108  2      46       passes
    G0108  2      45       need 46 minutes
    90471  5      -        passes
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_units_fit_the_minutes(case):
    minutes = None if case["minutes"] == "-" else int(case["minutes"])
    snapshot = snapshot_of(
        lines=((case["code"], int(case["units"])),), documentation=Documentation(completed=True, minutes=minutes)
    )
    assert agrees(EDITS["units_and_minutes"].check(ClaimFacts(snapshot=snapshot)), case["says"])
