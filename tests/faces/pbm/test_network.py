"""Networks, the directory, and one pharmacy on one page, as people of the PBM and of a network see them."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy import context
from pharmacies import actions
from pharmacies.models import (
    Credential,
    Fee,
    Network,
    NetworkMembership,
    PbmParticipation,
    Pharmacy,
    RuralUplift,
    ServiceAttestation,
)
from tests.factories.cast import npi

pytestmark = pytest.mark.django_db
DIRECTORY = "pbm:pharmacies_pharmacy_changelist"


def file_of(text, name="file.csv"):
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode(), content_type="text/csv")


def names_on(page):
    return [row.name for row in page.context["rows"]]


@pytest.fixture
def many(as_owner):
    """Sixty pharmacies of Iowa, beside the two of the cast."""
    with as_owner():
        text = "npi,name,city,state,zip\n" + "".join(
            f"{npi(n)},Corner {n:02d},Ames,IA,50010\n" for n in range(300, 360)
        )
        actions.load_pharmacies(stream=file_of(text), by=None)


def test_the_directory_pages_by_key_and_sorts(sign_in, many):
    client = sign_in("dana")
    first = client.get(reverse(DIRECTORY))
    assert names_on(first)[:3] == ["Ash Street Pharmacy", "Birch Road Pharmacy", "Corner 300"]
    second = client.get(reverse(DIRECTORY) + first.context["page"].next_href)
    assert len(names_on(first)) == 50 and len(names_on(second)) == 12
    assert not set(names_on(first)) & set(names_on(second))
    last = client.get(reverse(DIRECTORY), {"sort": "-name"})
    assert names_on(last)[0] == "Corner 359"


def test_a_page_of_the_directory_costs_the_same_whatever_it_shows(sign_in, many, django_assert_max_num_queries):
    client = sign_in("dana")
    with django_assert_max_num_queries(25):
        client.get(reverse(DIRECTORY))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"state": "IA"}, 50), ({"state": "WV"}, 2), ({"q": "birch"}, 1), ({"q": "Lewis"}, 2), ({"area": "rural"}, 2),
        ({"ours": "yes"}, 2), ({"ours": "no"}, 50), ({"papers": "30"}, 0),
    ],
)  # fmt: skip
def test_the_directory_is_filtered(sign_in, many, asked, found):
    assert len(names_on(sign_in("dana").get(reverse(DIRECTORY), asked))) == found


def test_the_directory_by_network_includes_the_local_ones(sign_in, cast, as_owner):
    with as_owner():
        union = actions.add_network(code="union", name="Union", by=None)
        Network.objects.filter(pk=cast.network.pk).update(parent=union)
    page = sign_in("dana").get(reverse(DIRECTORY), {"network": union.public_id})
    assert len(names_on(page)) == 2


def test_the_directory_by_papers_that_run_out(sign_in, cast, as_owner):
    today = timezone.localdate()
    with as_owner():
        Credential.objects.filter(pharmacy=cast.a.pharmacy, kind="immunization").update(
            until=today + timedelta(days=20)
        )
        Credential.objects.filter(pharmacy=cast.b.pharmacy, kind="immunization").update(until=today - timedelta(days=1))
    client = sign_in("dana")
    assert names_on(client.get(reverse(DIRECTORY), {"papers": "30"})) == ["Ash Street Pharmacy"]
    assert names_on(client.get(reverse(DIRECTORY), {"papers": "expired"})) == ["Birch Road Pharmacy"]
    assert "20" in client.get(reverse("pbm:pharmacy", args=[cast.a.pharmacy.public_id])).content.decode()


@pytest.mark.parametrize(
    "asked", [{"state": "\0"}, {"network": "x"}, {"papers": "1e9"}, {"ours": "maybe"}, {"q": "\0"}]
)
def test_nonsense_in_a_filter_is_refused(sign_in, asked):
    for address in (DIRECTORY, "pbm:pharmacies_export"):
        assert sign_in("dana").get(reverse(address), asked).status_code == 400


@pytest.mark.parametrize("asked", [{"after": "x"}, {"after": "9" * 30}, {"sort": "password"}, {"after": "1"}])
def test_nonsense_in_paging_begins_at_the_first_page(sign_in, asked):
    assert len(names_on(sign_in("dana").get(reverse(DIRECTORY), asked))) == 2


def test_the_export_is_loaded_again_without_a_change(sign_in, as_owner, many):
    text = b"".join(sign_in("dana").get(reverse("pbm:pharmacies_export"))).decode()
    assert len(list(csv.DictReader(StringIO(text)))) == 62
    with as_owner():
        again = actions.load_pharmacies(stream=file_of(text), by=None)
        assert (len(again.added), again.unchanged, again.rejected) == (0, 60, 0)
        assert {field for *_, change in again.changed for field in change} == {"ruca"}  # the cast's is invented


IMPORT = "pbm:pharmacies_import"


def test_a_file_is_shown_before_it_is_loaded(sign_in, cast, as_owner):
    client = sign_in("dana")
    text = f"npi,name,zip\n{npi(5)},Corner,24901\n{cast.a.pharmacy.npi},Ash Avenue,24901\n123,x,1\n"
    preview = client.post(reverse(IMPORT), {"file": file_of(text)})
    page = preview.content.decode()
    assert "not_an_npi" in page and "not_a_zip" in page and "Ash Street Pharmacy → Ash Avenue" in page
    with as_owner():
        assert not Pharmacy.objects.filter(npi=npi(5)).exists()
    sealed = preview.context["sealed"]
    faults = b"".join(client.post(reverse(IMPORT), {"sealed": sealed, "faults": "yes"})).decode()
    assert [row["code"] for row in csv.DictReader(StringIO(faults))] == ["not_an_npi", "not_a_zip"]
    done = client.post(reverse(IMPORT), {"sealed": sealed, "confirmed": "yes"}, follow=True)
    assert "1 added, 1 changed, 0 as they were, 1 lines left out" in done.content.decode()
    with as_owner():
        assert Pharmacy.objects.get(npi=npi(5)).is_rural


def test_anothers_preview_is_not_loaded(sign_in, as_owner):
    sealed = sign_in("dana").post(reverse(IMPORT), {"file": file_of(f"npi,name\n{npi(5)},A\n")}).context["sealed"]
    for who, text in [("grace", sealed), ("dana", sealed[:-2] + "xx"), ("dana", "")]:
        answer = sign_in(who).post(reverse(IMPORT), {"sealed": text, "confirmed": "yes"}, follow=True)
        assert "Choose the file again" in answer.content.decode()
    with as_owner():
        assert not Pharmacy.objects.filter(npi=npi(5)).exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (b"\xff\xfe", "not UTF-8"), (b"a,b\n1,2\n", "must name"), (b"x" * 1_000_001, "1 MB")],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(sign_in, content, says):
    answer = sign_in("dana").post(reverse(IMPORT), {"file": file_of(content)})
    assert answer.status_code == 422 and says in answer.content.decode()


def page_of(store):
    return reverse("pbm:pharmacy", args=[store.public_id])


def test_everything_about_a_pharmacy_stands_on_one_page(sign_in, cast):
    page = sign_in("dana").get(page_of(cast.a.pharmacy)).content.decode()
    for words in (
        "core of a small town (RUCA 7", "Lantern Network", "Northbridge PBM", "Immunization certificate",
        "Comprehensive medication review", "Service contract", "Before this pharmacy can bill",
    ):  # fmt: skip
        assert words in page, words


def test_a_network_lead_sees_no_pbms_own_network(sign_in, cast):
    assert "Our own network</h2>" not in sign_in("grace").get(page_of(cast.a.pharmacy)).content.decode()


def test_a_paper_is_added_corrected_and_ended(sign_in, cast, as_owner):
    client = sign_in("grace")
    given = {"kind": "dsmt", "number": "D-7", "since": "2026-01-01", "state": "WV", "evidence": "Seen."}
    assert client.post(reverse("pbm:credential_add", args=[cast.a.pharmacy.public_id]), given).status_code == 302
    with as_owner():
        paper = Credential.objects.get(kind="dsmt")
    twice = client.post(reverse("pbm:credential_add", args=[cast.a.pharmacy.public_id]), given)
    assert twice.status_code == 422 and "there already" in twice.content.decode()
    address = reverse("pbm:credential_change", args=[paper.public_id])
    assert 'value="D-7"' in client.get(address).content.decode()
    assert client.post(address, {"number": "D-8", "until": "2026-12-31"}).status_code == 302
    end = reverse("pbm:credential_end", args=[paper.public_id])
    assert "before the first" in client.post(end, {"until": "2025-01-01"}).content.decode()
    assert client.post(end, {"until": "2026-06-30"}).status_code == 302
    with as_owner():
        paper.refresh_from_db()
        assert (paper.number, paper.until, paper.state) == ("D-8", date(2026, 6, 30), "")


def test_of_a_pharmacy_outside_the_own_network_no_papers_are_shown_or_written(sign_in, cast, as_owner):
    with as_owner():
        store = actions.add_pharmacy(npi=npi(9), name="Far Drug", by=None)
        actions.add_to_network(network=cast.network, pharmacy=store, since=date(2020, 1, 1), by=cast.grace)
    client = sign_in("dana")
    page = client.get(page_of(store)).content.decode()
    assert "in whose network the pharmacy is" in page and "Before this pharmacy can bill" not in page
    given = {"kind": "license", "since": "2026-01-01"}
    answer = client.post(reverse("pbm:credential_add", args=[store.public_id]), given)
    assert answer.status_code == 422 and "not in your own network" in answer.content.decode()
    word = {
        "network": cast.network.pk,
        "services": ["in_person"],
        "attested_by": "A",
        "since": "2026-01-01",
        "evidence": "x",
    }
    answer = client.post(reverse("pbm:attest", args=[store.public_id]), word)
    assert answer.status_code == 422 and "not in your own network" in answer.content.decode()
    assert sign_in("grace").post(reverse("pbm:credential_add", args=[store.public_id]), given).status_code == 302


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "soon", ""])
def test_a_day_that_is_none_of_ours_is_refused(sign_in, cast, day):
    word = {"network": cast.network.pk, "services": ["in_person"], "attested_by": "A", "since": day, "evidence": "x"}
    assert sign_in("grace").post(reverse("pbm:attest", args=[cast.a.pharmacy.public_id]), word).status_code == 422


def test_a_correction_does_not_make_two_papers_one(sign_in, cast, as_owner):
    with as_owner():
        new = Credential.objects.create(
            pharmacy=cast.a.pharmacy, kind="license", number="2", since=date(2020, 1, 1), state="WV"
        )
    answer = sign_in("dana").post(reverse("pbm:credential_change", args=[new.public_id]), {"number": "canary-a"})
    assert answer.status_code == 422 and "there already" in answer.content.decode()


def test_a_replaced_paper_stands_apart(sign_in, cast, as_owner):
    with as_owner():
        Credential.objects.create(
            pharmacy=cast.a.pharmacy, kind="license", number="old", since=date(2019, 1, 1), until=date(2019, 12, 31)
        )
    page = sign_in("dana").get(page_of(cast.a.pharmacy))
    assert [row.number for row, _ in page.context["earlier"]] == [
        "old"
    ] and "Replaced papers (1)" in page.content.decode()


def test_an_exclusion_check_is_recorded_for_the_whole_network_but_for_those_found(sign_in, cast, as_owner):
    client, address, today = sign_in("dana"), reverse("pbm:exclusion_check"), timezone.localdate()
    given = {"checked_on": today, "evidence": "November edition.", "found": f"{cast.b.pharmacy.npi}\n"}
    assert client.post(address, given | {"found": "1000000004"}).status_code == 422
    assert client.post(address, given | {"checked_on": today + timedelta(days=1)}).status_code == 422
    assert [client.post(address, given).status_code for _ in range(2)] == [302, 302]
    with as_owner():
        (check,) = Credential.objects.filter(kind="exclusion_check", since=today)
        assert (check.pharmacy, check.until) == (cast.a.pharmacy, today + timedelta(days=31))


def test_services_are_attested_and_taken_back(sign_in, cast, as_owner):
    client, address = sign_in("grace"), reverse("pbm:attest", args=[cast.a.pharmacy.public_id])
    given = {
        "network": cast.network.pk, "services": ["immunization", "in_person"], "attested_by": "Alice",
        "since": "2026-01-01", "evidence": "Folder 7.",
    }  # fmt: skip
    assert client.post(address, given).status_code == 302
    again = client.post(address, given)
    assert again.status_code == 422 and "is there already" in again.content.decode()
    assert client.post(address, given | {"services": ["naloxone"]}).status_code == 422
    with as_owner():
        word = ServiceAttestation.objects.get(service="immunization")
    assert (
        client.post(reverse("pbm:attestation_end", args=[word.public_id]), {"until": "2026-02-01"}).status_code == 302
    )


def test_a_network_outside_the_readers_own_attests_nothing(sign_in, cast, as_owner):
    with as_owner():
        other = actions.add_network(code="o", name="Other", by=None)
        actions.add_to_network(network=other, pharmacy=cast.a.pharmacy, since=date(2020, 1, 1), by=cast.dana)
    given = {
        "network": other.pk,
        "services": ["immunization"],
        "attested_by": "A",
        "since": "2026-01-01",
        "evidence": "x",
    }
    answer = sign_in("grace").post(reverse("pbm:attest", args=[cast.a.pharmacy.public_id]), given)
    assert answer.status_code == 422 and "another network" in answer.content.decode()


def test_the_networks_stand_as_a_tree_with_members_of_the_day(sign_in, cast, as_owner):
    with as_owner():
        union = actions.add_network(code="union", name="Union", by=None)
        Network.objects.filter(pk=cast.network.pk).update(parent=union)
    client, address = sign_in("dana"), reverse("pbm:pharmacies_network_changelist")
    (branch,) = client.get(address).context["branches"]
    assert (branch.name, branch.members, branch.members_with_below, branch.rural) == ("Union", 0, 2, 2)
    assert branch.branches[0].name == "Lantern Network"
    (before,) = client.get(address, {"on": "2019-01-01"}).context["branches"]
    assert before.members_with_below == 0
    assert client.get(address, {"on": "soon"}).status_code == 400


def test_a_network_asks_for_services_that_its_people_choose(sign_in, cast, as_owner):
    client, address = sign_in("grace"), reverse("pbm:network_edit", args=[cast.network.public_id])
    assert client.post(address, {"name": "Lantern", "services": ["naloxone", "immunization"]}).status_code == 302
    with as_owner():
        assert Network.objects.get(pk=cast.network.pk).services == ["immunization", "naloxone"]
    page = client.get(reverse("pbm:network", args=[cast.network.public_id])).content.decode()
    assert "Naloxone is in stock" in page and "Birch Road Pharmacy" in page


def test_the_pharmacy_reads_what_is_missing_on_its_own_page(client, cast):
    client.force_login(cast.alice)
    page = client.get(reverse("portal:pharmacy")).content.decode()
    assert "Before this pharmacy can bill" in page and "The yearly attestation is missing" in page


def test_the_walls_hold_papers_words_and_terms_for_a_stranger(cast, as_owner):
    """Both walls: through the query, and past it."""
    with as_owner():
        stranger = Organisation.objects.create(pk=79, kind="pbm", code="stranger", name="Stranger")
    with context.acting_as(cast.charlie.scope):
        for model in (ServiceAttestation, Credential):
            assert not model.objects.filter(pharmacy=cast.a.pharmacy).exists()
            assert model.objects.filter(pharmacy=cast.b.pharmacy).exists()
    scope = context.Scope(role="pbm", organisation_id=stranger.pk)
    with context.acting_as(scope):
        for model in (ServiceAttestation, Credential, RuralUplift, Fee):
            assert not model.objects.exists() and not model.objects.visible_to(scope).exists()


def test_many_pharmacies_join_at_once_or_none_do(sign_in, many, cast, as_owner):
    client, address = sign_in("dana"), reverse("pbm:network_join", args=[cast.network.public_id])
    given = {"npis": f"{npi(300)}\n{npi(301)}, {cast.a.pharmacy.npi}", "since": "2026-01-01", "is_ours": "on"}
    wrong = client.post(address, given | {"npis": f"{npi(300)}\n{npi(999)}"})
    assert wrong.status_code == 422 and f"Not in the directory: {npi(999)}." in wrong.content.decode()
    assert client.post(address, given).status_code == 302 == client.post(address, given).status_code
    with as_owner():
        new = Pharmacy.objects.filter(npi__in=[npi(300), npi(301)])
        assert NetworkMembership.objects.filter(pharmacy__in=new).count() == 2
        assert PbmParticipation.objects.filter(pharmacy__in=new).count() == 2
    assert "is_ours" not in sign_in("grace").get(address).context["form"].fields
