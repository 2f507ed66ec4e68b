"""Other people's files, read where they lie: what came of each is written down here."""

import pytest

from pharmacies.billing.formats import balance, x12_835_in

pytestmark = pytest.mark.shared_data
ELSEWHERE = {"not_an_835", "version"}
REMITTANCES = {
    "linuxforhealth/managed-care.835": (2, ["day"], []),  # its payment is of 2002-23-16
    "linuxforhealth/medicare-part-a.835": (2, [], []),
    "pyx12/835id.source.x12": (
        3,
        ["version"],
        ["payment"],
    ),  # 4010, shortened by its makers, so that it no longer adds up
}
NOT_REMITTANCES = [
    "linuxforhealth/demo.autoaccident.837", "linuxforhealth/demo.cob.example3.B.837", "linuxforhealth/demo.drug.example10.1.837",
    "linuxforhealth/demo.example1.837", "linuxforhealth/subscriber-health-benefit-check.271", "pyx12/simple_837p.source.x12",
    "pyx12/elements.source.x12", "pyx12/blank1.source.x12", "pyx12/835id.res997.x12",
]  # fmt: skip


@pytest.mark.parametrize("name", REMITTANCES)
def test_remittances(shared_data, name):
    claims, problems, uneven = REMITTANCES[name]
    with (shared_data / "x12" / name).open("rb") as stream:
        found = x12_835_in.read(stream)
    (document,) = found.documents
    assert len(document.claims) == claims
    assert [each.code for each in found.problems] == problems
    assert [each.level for each in balance.faults(document)] == uneven


@pytest.mark.parametrize("name", NOT_REMITTANCES)
def test_other_transactions_are_refused_and_nothing_of_them_is_read(shared_data, name):
    with (shared_data / "x12" / name).open("rb") as stream:
        found = x12_835_in.read(stream)
    assert found.documents == () and {each.code for each in found.problems} >= ELSEWHERE
