"""What is added to a service is not billed without it."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, read_table

CASES = """
    codes        says
    90471,90472  passes
    90473,90472  passes
    90472        90472 is never billed alone: add 90471 or 90473
    G0008,90472  90472 is never billed alone
    99605,99607  passes
    99606,99607  passes
    99607        add 99605 or 99606
    99606        passes
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_what_is_added_has_its_base(case):
    snapshot = snapshot_of(lines=tuple((code, 1) for code in case["codes"].split(",")))
    assert agrees(EDITS["addon_has_its_base"].check(ClaimFacts(snapshot=snapshot)), case["says"])
