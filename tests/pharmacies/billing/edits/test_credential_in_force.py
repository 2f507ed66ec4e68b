"""Papers that are on record have to count on the day; those that are not are asked for."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from pharmacies.billing.snapshot import CredentialFacts
from tests.factories.snapshots import snapshot_of

from .table import agrees, day, read_table

CASES = """
    code   kind             whose     from        to          holds                    asks
    99606  license          pharmacy  2026-01-01  -           passes                   not on record with the pbm: the exclusion-list
    99606  license          pharmacy  2026-01-01  2026-06-15  passes                   exclusion-list
    99606  license          pharmacy  2026-01-01  2026-06-14  ended on 14 Jun 2026     exclusion-list
    99606  license          pharmacy  2026-06-16  -           begins on 16 Jun 2026    exclusion-list
    99606  license          person    2026-01-01  2026-06-14  The licence of the person who served ended  pharmacy's licence
    99606  license          person    2026-01-01  -           passes                   pharmacy's licence
    90471  immunization     person    2026-01-01  2026-06-14  The immunization         pharmacy's licence
    90471  immunization     pharmacy  2026-01-01  -           passes                   pharmacy's licence
    90471  license          pharmacy  2026-01-01  -           passes                   immunization certificate
    99606  immunization     person    2026-01-01  2026-06-14  passes                   pharmacy's licence
    G0108  dsmt             pharmacy  2026-01-01  2026-06-14  accreditation            pharmacy's licence
    99606  exclusion_check  person    2026-01-01  2026-06-14  The exclusion-list check  pharmacy's licence
"""


@pytest.mark.parametrize("case", read_table(CASES), ids=str)
def test_the_papers_of_the_day(case):
    paper = CredentialFacts(
        kind=case["kind"], since=day(case["from"]), until=day(case["to"]), is_persons=case["whose"] == "person"
    )
    snapshot = snapshot_of(service_on=day("2026-06-15"), lines=((case["code"], 1),), credentials=(paper,))
    facts = ClaimFacts(snapshot=snapshot)
    assert agrees(EDITS["credential_in_force"].check(facts), case["holds"])
    said = EDITS["credential_on_record"].check(facts)
    assert case["asks"].lower() in said.lower()


def test_a_renewed_paper_counts_beside_the_old_one():
    old = CredentialFacts(kind="license", since=day("2025-01-01"), until=day("2025-12-31"))
    new = CredentialFacts(kind="license", since=day("2026-01-01"))
    facts = ClaimFacts(snapshot=snapshot_of(service_on=day("2026-06-15"), credentials=(old, new)))
    assert EDITS["credential_in_force"].check(facts) is None
