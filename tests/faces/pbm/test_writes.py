"""What is changed on the PBM site goes through actions, is in the trail, and is refused in sentences."""

from datetime import date

import pytest
from django.urls import reverse

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs.models import Outbox
from patients.models import Client
from patients.programs.models import Participation, Program
from pharmacies.models import Contract, Fee, Network, NetworkMembership, PbmParticipation, Pharmacy
from tests.factories.cast import npi

pytestmark = pytest.mark.django_db


def add(browser, model, /, **given):
    return browser.post(reverse(f"pbm:{model}_add"), given)


def change(browser, model, row, /, **given):
    return browser.post(reverse(f"pbm:{model}_change", args=[getattr(row, "public_id", row.pk)]), given)


def errors(answer):
    return str(answer.context["adminform"].form.errors)


def trail(as_owner, event):
    with as_owner():
        return AuditEvent.objects.filter(event=event).count()


PHARMACY = {
    "npi": npi(7),
    "name": "Cedar Pharmacy",
    "state": "OH",
    "zip": "44101",
    "channel": "retail",
    "time_zone": "UTC",
}


def test_a_pharmacy_is_added_with_its_organisation(sign_in, as_owner):
    assert add(sign_in("grace"), "pharmacies_pharmacy", **PHARMACY).status_code == 302
    with as_owner():
        assert Pharmacy.objects.get(npi=npi(7)).organisation.kind == Organisation.Kind.PHARMACY
    assert trail(as_owner, "pharmacy.added") == 1


@pytest.mark.parametrize("wrong", ["1234567890", "123", "abcdefghij"])
def test_an_npi_whose_check_digit_does_not_hold_is_refused(sign_in, wrong):
    assert "check digit" in errors(add(sign_in("grace"), "pharmacies_pharmacy", **PHARMACY | {"npi": wrong}))


def test_the_state_is_one_of_the_states(sign_in, cast, as_owner):
    client = sign_in("grace")
    assert "not one of the available choices" in errors(
        add(client, "pharmacies_pharmacy", **PHARMACY | {"state": "ZZ"})
    )
    with as_owner():
        Pharmacy.objects.filter(pk=cast.a.pharmacy.pk).update(state="GU")  # as a directory's file may say
    given = PHARMACY | {"npi": cast.a.pharmacy.npi, "state": "GU"}
    assert change(client, "pharmacies_pharmacy", cast.a.pharmacy, **given).status_code == 302


def test_an_npi_that_is_there_is_refused(sign_in, cast):
    assert "already" in errors(add(sign_in("grace"), "pharmacies_pharmacy", **PHARMACY | {"npi": cast.a.pharmacy.npi}))


def test_a_pharmacy_is_renamed_with_its_organisation(sign_in, cast, as_owner):
    given = PHARMACY | {"npi": cast.a.pharmacy.npi, "name": "Ash Avenue Pharmacy"}
    assert change(sign_in("dana"), "pharmacies_pharmacy", cast.a.pharmacy, **given).status_code == 302
    with as_owner():
        assert Organisation.objects.get(pk=cast.a.pharmacy.pk).name == "Ash Avenue Pharmacy"


def test_a_network_is_added_and_hung_under_another(sign_in, cast, as_owner):
    client = sign_in("dana")
    assert add(client, "pharmacies_network", code="hills", name="Hills", parent=cast.network.pk).status_code == 302
    with as_owner():
        hills = Network.objects.get(name="Hills")
    assert hills.parent == cast.network
    address = reverse("pbm:network_edit", args=[cast.network.public_id])
    circle = client.post(address, {"name": "x", "parent": hills.pk})
    assert circle.status_code == 422 and "below itself" in circle.content.decode()


NEW = [
    ("pharmacies_pharmacy", "pbm:pharmacy", Pharmacy, PHARMACY, "add it to a network"),
    ("pharmacies_network", "pbm:network", Network, {"code": "hills", "name": "Hills"}, "add its members"),
    ("pharmacies_contract", "pbm:contract", Contract, {"code": "2027", "title": "2027", "since": "2027-01-01"}, "set its fees"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "page", "table", "given", "next_step"), NEW)
def test_what_is_new_is_shown_on_its_own_page_with_what_comes_next(
    sign_in, cast, as_owner, model, page, table, given, next_step
):
    client = sign_in("dana")
    given = given | ({"network": cast.network.pk} if table is Contract else {})
    answer = add(client, model, **given)
    with as_owner():
        made = table.objects.get(**{name: given[name] for name in ("npi", "name", "title") if name in given})
    assert answer.headers["Location"] == reverse(page, args=[made.public_id])
    shown = client.get(answer.headers["Location"]).content.decode()
    assert f"Next: {next_step}" in shown and given["name" if "name" in given else "title"] in shown


def test_a_network_is_edited_in_one_place(sign_in, cast):
    client = sign_in("dana")
    assert client.get(f"/pbm/pharmacies/network/{cast.network.public_id}/change/").status_code == 404
    assert client.get(reverse("pbm:network_edit", args=[cast.network.public_id])).status_code == 200


def test_a_membership_begins_and_ends_and_does_not_overlap(sign_in, cast, as_owner):
    client, given = sign_in("grace"), {"network": cast.network.pk, "pharmacy": cast.a.pharmacy.pk}
    assert "already" in errors(add(client, "pharmacies_networkmembership", since="2026-01-01", **given))
    with as_owner():
        first = NetworkMembership.objects.get(pharmacy=cast.a.pharmacy)
    assert change(client, "pharmacies_networkmembership", first, until="2025-12-31").status_code == 302
    assert add(client, "pharmacies_networkmembership", since="2026-01-01", **given).status_code == 302
    assert "lies before the first" in errors(
        add(client, "pharmacies_networkmembership", since="2024-02-02", until="2024-02-01", **given)
    )
    assert (trail(as_owner, "network.left"), trail(as_owner, "network.joined")) == (1, 1)


def test_a_network_lead_leaves_other_networks_alone(sign_in, cast, as_owner):
    with as_owner():
        organisation = Organisation.objects.create(pk=5, kind="network", code="other", name="Other")
        other = Network.objects.create(organisation=organisation, name="Other")
    given = {"network": other.pk, "pharmacy": cast.b.pharmacy.pk, "since": "2026-01-01"}
    assert "another network" in errors(add(sign_in("grace"), "pharmacies_networkmembership", **given))


def test_a_participation_is_the_pbms_own(sign_in, cast, as_owner):
    client = sign_in("dana")
    with as_owner():
        here = PbmParticipation.objects.get(pharmacy=cast.b.pharmacy)
    assert change(client, "pharmacies_pbmparticipation", here, until="2025-06-30").status_code == 302
    assert (
        add(client, "pharmacies_pbmparticipation", pharmacy=cast.b.pharmacy.pk, since="2025-07-01").status_code == 302
    )
    with as_owner():
        assert PbmParticipation.objects.filter(pharmacy=cast.b.pharmacy, pbm=cast.pbm).count() == 2


def test_a_contract_is_the_pbms_and_its_code_is_its_own(sign_in, cast, as_owner):
    client, given = sign_in("dana"), {"network": cast.network.pk, "title": "2027", "since": "2027-01-01"}
    assert add(client, "pharmacies_contract", code="2027", **given).status_code == 302
    assert "already" in errors(add(client, "pharmacies_contract", code="2027", **given))
    with as_owner():
        assert Contract.objects.get(code="2027").pbm == cast.pbm


def test_a_network_lead_reads_the_contract_and_does_not_change_it(sign_in, cast):
    client = sign_in("grace")
    assert client.get(reverse("pbm:pharmacies_contract_change", args=[cast.contract.public_id])).status_code == 200
    assert change(client, "pharmacies_contract", cast.contract, title="Mine").status_code == 403


def test_a_new_fee_ends_the_one_before_it(sign_in, cast, as_owner):
    given = {
        "contract": cast.contract.pk,
        "code": "99606",
        "label": "Adherence call",
        "area": "any",
        "since": "2026-12-01",
    }
    assert add(sign_in("dana"), "pharmacies_fee", amount_cents="31.50", **given).status_code == 302
    with as_owner():
        old, new = Fee.objects.filter(code="99606").order_by("since")
        assert (old.until, new.amount_cents, new.until) == (date(2026, 11, 30), 3150, None)
    assert "later fee" in errors(
        add(sign_in("dana"), "pharmacies_fee", amount_cents="1", **given | {"since": "2026-11-01"})
    )
    assert add(sign_in("dana"), "pharmacies_fee", amount_cents="33", **given).status_code == 302
    with as_owner():
        assert [f.amount_cents for f in Fee.objects.filter(code="99606").order_by("since")] == [2500, 3300]


@pytest.mark.parametrize("amount", ["-1", "1.005", "abc", "1e3", "999999", "NaN", "", "٣"])
def test_an_amount_that_is_not_one_is_refused(sign_in, cast, amount):
    given = {"contract": cast.contract.pk, "code": "X", "label": "x", "since": "2026-12-01", "amount_cents": amount}
    assert "amount_cents" in errors(add(sign_in("dana"), "pharmacies_fee", **given))


def test_a_fee_outside_its_contract_is_refused(sign_in, cast):
    given = {
        "contract": cast.contract.pk,
        "code": "X",
        "label": "x",
        "area": "any",
        "since": "2019-12-31",
        "amount_cents": "1",
    }
    assert "not in force" in errors(add(sign_in("dana"), "pharmacies_fee", **given))


def test_a_programme_and_an_opt_in(sign_in, cast, as_owner):
    client = sign_in("dana")
    given = {"network": cast.network.pk, "title": "Next", "definition": "medicare_htn_dm", "since": "2027-01-01"}
    assert "not one of the available choices" in errors(
        add(client, "programs_program", code="x", **given | {"definition": "x"})
    )
    assert add(client, "programs_program", code="next", **given).status_code == 302
    with as_owner():
        program = Program.objects.get(code="next")
    opt_in = {"program": program.pk, "client": cast.a.client.pk, "since": "2027-01-01"}
    assert add(client, "programs_participation", **opt_in).status_code == 302
    assert "already" in errors(add(client, "programs_participation", **opt_in | {"since": "2027-06-01"}))
    with as_owner():
        row = Participation.objects.get(program=program)
        assert row.payer == cast.a.payer
    assert change(client, "programs_participation", row, until="2027-12-31").status_code == 302
    assert trail(as_owner, "program.opt_in_ended") == 1


def test_a_refused_change_changes_nothing_and_keeps_what_was_typed(sign_in, cast, as_owner):
    given = {"network": cast.network.pk, "pharmacy": cast.a.pharmacy.pk, "since": "2026-01-01", "until": ""}
    page = add(sign_in("dana"), "pharmacies_networkmembership", **given).content.decode()
    assert "This could not be saved yet" in page and 'value="2026-01-01"' in page
    assert trail(as_owner, "network.joined") == 0


def test_a_client_is_added_before_the_feed_names_it(sign_in, cast, as_owner):
    client, address = sign_in("dana"), reverse("pbm:client_add")
    given = {"payer": cast.a.payer.pk, "code": "H9999", "name": "Coal Miners' Fund"}
    assert client.post(address, given).status_code == 302
    assert "already" in client.post(address, given).content.decode()
    assert client.post(address, given | {"payer": cast.b.payer.pk}).status_code == 422  # another PBM's payer
    with as_owner():
        assert Client.objects.get(code="H9999").payer == cast.a.payer


def test_programmes_are_decided_when_somebody_asks_and_not_twice_at_once(sign_in, cast, as_owner):
    client, address = sign_in("dana"), reverse("pbm:decide_now")
    assert "Decide now" in client.get(reverse("pbm:programs_enrolmentrun_changelist")).content.decode()
    for _ in range(2):
        assert client.post(address).status_code == 302
    with as_owner():
        assert [row.payer_id for row in Outbox.objects.filter(topic="payer.due")] == [cast.a.payer.pk]
    assert sign_in("erin").post(address).status_code == 403
