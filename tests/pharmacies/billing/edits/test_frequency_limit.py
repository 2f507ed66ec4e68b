"""A service is paid so often and no more; a contract's own row goes before the general one."""

from datetime import date

import pytest

from pharmacies.billing import limits
from pharmacies.billing.edit import ClaimFacts, Earlier
from pharmacies.billing.edits import EDITS
from tests.factories.snapshots import snapshot_of

from .table import agrees, day, read_table

CASES = """
    bills  units  earlier  on          used  says
    99605  1      -        -           0     passes
    99605  1      99605    2026-02-01  1     99605: 1 unit a year are paid; 1 stand on earlier claims (the latest SC-1 of 1 Feb 2026)
    99605  2      -        -           0     this claim has 2
    G0108  12     G0109    2026-02-01  8     passes
    G0108  13     G0109    2026-02-01  8     G0108 and G0109: 20 units a year
    99607  4      99607    2026-06-14  8     passes
    99607  4      99607    2026-06-15  5     8 units a day
    99474  1      99474    2026-05-31  1     passes
    99474  1      99474    2026-06-01  1     1 unit a month
    X1     99     X1       2026-06-15  99    passes
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_so_often_and_no_more(case):
    before = Earlier(number="SC-1", code=case["earlier"], units=int(case["used"]), service_on=day(case["on"]))
    facts = ClaimFacts(
        snapshot=snapshot_of(service_on=date(2026, 6, 15), lines=((case["bills"], int(case["units"])),)),
        earlier=() if case["earlier"] == "-" else (before,),
    )
    assert agrees(EDITS["frequency_limit"].check(facts), case["says"])


def test_a_contracts_own_limit_goes_before_the_general_one(monkeypatch):
    general = limits.Limit(contract="*", codes=("99605",), units=1, per="year", since=date(2006, 1, 1), until=None)
    own = limits.Limit(
        contract="C1", codes=("99605",), units=3, per="year", since=date(2026, 1, 1), until=date(2026, 12, 31)
    )
    monkeypatch.setattr(limits, "_limits", lambda: (general, own))
    assert limits.limits_on("C1", date(2026, 6, 1)) == (own,)
    assert limits.limits_on("C1", date(2027, 1, 1)) == (general,)
    assert limits.limits_on("C2", date(2026, 6, 1)) == (general,)
