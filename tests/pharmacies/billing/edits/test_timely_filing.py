"""A claim reaches the payer within the days that it allows; a correction is as early as the claim that it corrects."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, day, read_table

CASES = """
    service     filed       days  late                          soon
    2026-01-01  2026-01-01  90    passes                        passes
    2026-01-01  2026-04-01  90    passes                        1 Apr 2026: today is the last day
    2026-01-01  2026-03-31  90    passes                        1 day is left
    2026-01-01  2026-03-18  90    passes                        14 days are left
    2026-01-01  2026-03-17  90    passes                        passes
    2026-01-01  2026-04-02  90    last day for filing was 1 Apr  passes
    2025-01-01  2026-01-01  365   passes                        today is the last day
    2025-01-01  2026-01-02  365   365 days after the service    passes
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_days_for_filing(case):
    facts = ClaimFacts(
        snapshot=snapshot_of(service_on=day(case["service"])),
        filed_on=day(case["filed"]),
        filing_days=int(case["days"]),
    )
    assert agrees(EDITS["timely_filing"].check(facts), case["late"])
    assert agrees(EDITS["filing_soon_over"].check(facts), case["soon"])
