"""A service is billed to the plan that covers the patient on the day."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from pharmacies.billing.snapshot import CoverageFacts
from tests.factories.snapshots import snapshot_of

from .table import agrees, day, read_table

CASES = """
    service     from        to          says
    2026-06-15  2026-01-01  -           passes
    2026-06-15  2026-06-15  2026-06-15  passes
    2026-06-15  2026-01-01  2026-06-15  passes
    2026-06-15  2026-06-16  -           begins on 16 Jun 2026
    2026-06-15  2026-01-01  2026-06-14  ended on 14 Jun 2026
    2026-06-15  -           -           no cover on 15 Jun 2026
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_day_must_be_covered(case):
    starts = day(case["from"])
    coverage = CoverageFacts(starts_on=starts, ends_on=day(case["to"])) if starts else None
    facts = ClaimFacts(snapshot=snapshot_of(service_on=day(case["service"]), coverage=coverage))
    assert agrees(EDITS["eligible_on_the_day"].check(facts), case["says"])
