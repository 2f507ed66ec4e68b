"""Medicare's vaccines are given under Medicare's codes, other plans' under the general ones."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS

from .table import agrees, read_table
from .vaccinated import vaccinated

CASES = """
    plan        cvx  day         code         says
    medicare    135  2026-10-01  G0008        passes
    medicare    135  2026-10-01  90471        takes G0008, not 90471
    medicare    216  2026-10-01  G0008        takes G0009, not G0008
    medicare    189  2026-10-01  90471        takes G0010
    medicare    135  2026-10-01  G0008,90472  passes
    commercial  135  2026-10-01  90471        passes
    commercial  135  2026-10-01  G0008        Medicare's own code
    medicaid    216  2026-10-01  G0009        Medicare's own code
    medicare    999  2026-10-01  90471        passes
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_code_of_the_plan(case):
    facts = ClaimFacts(snapshot=vaccinated(case))
    assert agrees(EDITS["medicare_vaccine_codes"].check(facts), case["says"])
