"""Each vaccine goes to the benefit that pays it, by kind of plan and day: what CARC 109 would deny is not sent."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS

from .table import agrees, read_table
from .vaccinated import vaccinated

CASES = """
    plan        cvx  day         code   says
    medicare    135  2026-10-01  G0008  passes
    medicare    216  2026-10-01  G0009  passes
    medicare    309  2026-10-01  90480  passes
    medicare    187  2026-10-01  90471  pharmacy benefit
    medicare    115  2026-10-01  90471  reason 109
    medicare    303  2026-10-01  90471  CVX 303
    medicare    189  2024-12-31  G0010  pharmacy benefit
    medicare    189  2025-01-01  G0010  passes
    commercial  187  2026-10-01  90471  passes
    medicare    999  2026-10-01  90471  passes
    medicare    187  2026-10-01  99606  passes
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_benefit_that_pays(case):
    facts = ClaimFacts(snapshot=vaccinated(case))
    assert agrees(EDITS["vaccine_benefit"].check(facts), case["says"])
