"""Contracts and their schedules, as people of the PBM and of a network see and set them."""

from datetime import date

import pytest
from django.urls import reverse

from carecoord.kernel.accounts.models import Organisation
from pharmacies.models import Contract, Fee, Network, RuralUplift

from .test_network import file_of

pytestmark = pytest.mark.django_db


def contract_page(cast, name="pbm:contract"):
    return reverse(name, args=[cast.contract.public_id])


def test_a_contract_shows_what_rural_pharmacies_get(sign_in, cast, as_owner):
    client = sign_in("dana")
    assert (
        client.post(contract_page(cast, "pbm:uplift_set"), {"basis_points": "12.5", "since": "2026-01-01"}).status_code
        == 302
    )
    page = client.get(contract_page(cast)).content.decode()
    assert "$25.00" in page and "$28.13" in page and "12.5%" in page
    assert "$28.13" not in client.get(contract_page(cast), {"on": "2025-01-01"}).content.decode()
    with as_owner():
        assert RuralUplift.objects.get(until=None).basis_points == 1250


@pytest.mark.parametrize("percent", ["", "x", "-1", "100.01", "1e1", "12.555", "٣"])
def test_an_uplift_that_is_none_is_refused(sign_in, cast, percent):
    given = {"basis_points": percent, "since": "2026-01-01"}
    assert sign_in("dana").post(contract_page(cast, "pbm:uplift_set"), given).status_code == 422


def test_the_schedule_goes_out_and_comes_back_unchanged(sign_in, cast, as_owner):
    client = sign_in("dana")
    text = b"".join(client.get(contract_page(cast, "pbm:fees_export")))
    done = client.post(contract_page(cast, "pbm:fees_import"), {"file": file_of(text)}, follow=True)
    assert "0 fees set" in done.content.decode()
    text = b"code,label,amount,area,since\nRX-NUTR,Nutrition,35.00,any,2026-12-01\n99606,Call,30.00,rural,2026-12-01\n"
    done = client.post(contract_page(cast, "pbm:fees_import"), {"file": file_of(text)}, follow=True)
    assert "2 fees set" in done.content.decode()
    with as_owner():
        assert (
            Fee.objects.get(code="RX-NUTR").is_programme_code
            and not Fee.objects.filter(code="99606")[0].is_programme_code
        )
        assert Fee.objects.filter(code="99606").count() == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("code,label,amount,area,since\nA,x,1.005,any,2026-12-01\n", "not_an_amount"),
        ("code,label,amount,area,since\nA,x,1,any,1 Dec\n", "not_a_day"),
        ("code,label,amount,area,since\n,x,1,urban,2026-12-01\n", "unknown"),
        ("code,label,amount,area,since\nA,x,1,any\n", "wrong_cells"),
        ("code,label,amount,area,since\nA,x,1,,2026-12-01\nA,x,2,any,2026-12-01\n", "named_twice"),
        ("code,label,amount,area,since\nA,x,1,any,2019-12-01\n", "Line 2: It would begin"),
        ("code,label\n", "must name the columns"),
        ("code,label,amount,area,since,x\n", "Unknown column x"),
        ('code,label,amount,area,since\n"A\n', "quotes"),
    ],
)
def test_a_schedule_with_a_fault_changes_nothing(sign_in, cast, as_owner, text, says):
    good = "" if "must name" in says or "Unknown" in says or says == "quotes" else "99606,Call,99.00,any,2026-12-01\n"
    answer = sign_in("dana").post(contract_page(cast, "pbm:fees_import"), {"file": file_of(text + good)})
    assert answer.status_code == 422 and says in answer.content.decode()
    with as_owner():
        assert Fee.objects.count() == 2


def test_a_network_lead_reads_the_contract_of_the_network_and_sets_nothing(sign_in, cast):
    client = sign_in("grace")
    assert client.get(contract_page(cast)).status_code == 200
    for name in ("pbm:fee_set", "pbm:uplift_set", "pbm:fees_import"):
        assert client.post(contract_page(cast, name)).status_code == 403


def test_another_pbms_contract_is_not_there(sign_in, cast, as_owner):
    with as_owner():
        pbm = Organisation.objects.create(pk=77, kind="pbm", code="x", name="X")
        organisation = Organisation.objects.create(pk=78, kind="network", code="y", name="Y")
        network = Network.objects.create(organisation=organisation, name="Y")
        other = Contract.objects.create(pbm=pbm, network=network, code="z", title="Z", since=date(2020, 1, 1))
    assert sign_in("dana").get(reverse("pbm:contract", args=[other.public_id])).status_code == 404
