"""The first page: figures that lead to their rows, small counts of members hidden, and what a new installation lacks."""

import pytest
from django.urls import reverse
from django.utils import timezone

from carecoord.faces.pbm import state_map
from carecoord.kernel.accounts.models import Membership, Organisation, User
from carecoord.kernel.codes.states import COLUMNS, ROWS, STATES
from patients.programs.models import Participation
from pharmacies.models import Credential, Fee

pytestmark = pytest.mark.django_db
HOME = "pbm:index"


def tiles_of(page):
    return {tile["label"]: tile for group in page.context["groups"] for tile in group.tiles}


@pytest.mark.parametrize("who", ["dana", "erin", "grace", "ada"])
def test_every_figure_leads_to_a_page_that_its_reader_may_open(sign_in, who):
    client = sign_in(who)
    tiles = tiles_of(client.get(reverse(HOME)))
    assert tiles
    for tile in tiles.values():
        assert client.get(tile["href"]).status_code == 200, tile


def test_the_figures_are_those_of_the_readers_payer(sign_in, cast):
    tiles = tiles_of(sign_in("dana").get(reverse(HOME)))
    told = {label: tile["value"] for label, tile in tiles.items()}
    assert (told["Members enrolled"], told["Open flags"], told["Urgent"], told["Clients opted in"]) == (
        "1",
        "1",
        "0",
        "1",
    )
    assert (told["In a network"], told["In our own network"], told["To adjudicate"]) == ("2", "2", "1")


def test_each_group_says_how_old_it_is(sign_in, cast):
    page = sign_in("dana").get(reverse(HOME)).content.decode()
    assert "newest delivery" in page and "newest flag" in page and "As of " in page


def test_a_network_lead_sees_no_members_on_the_map(sign_in):
    page = sign_in("grace").get(reverse(HOME), {"map": "enrolled"})
    assert page.context["map"].kind == "pharmacies" and len(page.context["map_kinds"]) == 1
    assert page.context["map"].rows == [("West Virginia", ["2"])]


def test_few_members_of_a_state_are_not_told(sign_in, cast):
    page = sign_in("dana").get(reverse(HOME), {"map": "enrolled"})
    assert page.context["map"].rows == [("West Virginia", ["2", "–", "–"])]
    (tile,) = [tile for tile in page.context["map"].tiles if tile.code == "WV"]
    assert tile.words == "–" and "Most:" not in page.context["map"].summary


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"IA": 10}, {"IA": None}),
        ({"IA": 11, "KY": 0}, {"IA": 11, "KY": 0}),
        ({"IA": 500, "KY": 10, "MT": 40}, {"IA": 500, "KY": None, "MT": None}),  # a total would tell Kentucky's
        ({"IA": 500, "KY": 10, "MT": 4}, {"IA": 500, "KY": None, "MT": None}),
    ],
)
def test_no_hidden_count_can_be_reckoned_from_the_others(counts, expected):
    assert state_map.shown(counts) == expected


def test_the_numbers_of_the_map_lead_to_as_many_pharmacies(sign_in, cast):
    client = sign_in("dana")
    (tile,) = [tile for tile in client.get(reverse(HOME)).context["map"].tiles if tile.words]
    assert len(client.get(tile.href).context["rows"]) == int(tile.words) == 2


def test_every_state_has_a_tile_of_its_own():
    places = {(state.column, state.row) for state in STATES.values()}
    assert len(places) == len(STATES) == 52
    assert all(0 <= column < COLUMNS and 0 <= row < ROWS for column, row in places)


def test_papers_that_run_out_are_listed_with_their_pharmacy(sign_in, cast, as_owner):
    with as_owner():
        Credential.objects.filter(pharmacy=cast.a.pharmacy, kind="license", person=None).update(
            until=timezone.localdate()
        )
    page = sign_in("dana").get(reverse(HOME)).content.decode()
    assert "today" in page and "Licence, " in page


def test_a_new_installation_is_told_what_to_do_first(client, as_owner):
    with as_owner():
        pbm = Organisation.objects.create(kind="pbm", code="new", name="New PBM")
        user = User.objects.create(email="new@example.org", name="New")
        Membership.objects.create(user=user, organisation=pbm, role="program", since="2020-01-01")
    client.force_login(user)
    page = client.get(reverse(HOME))
    steps = page.context["steps"]
    assert [step.title for step in steps if step.done] == ["Invite a programme manager"]  # she is one
    assert "Record their papers, on each pharmacy's page" in [step.title for step in steps]
    assert (steps[1].href, steps[1].how) == ("", "by an administrator")
    for step in steps:
        if step.href:
            assert client.get(step.href).status_code == 200, step


def test_an_installation_that_is_set_up_is_told_nothing_but_what_is_left(sign_in, cast, as_owner):
    client = sign_in("dana")
    assert [s.title for s in client.get(reverse(HOME)).context["steps"] if not s.done] == [
        "Invite each pharmacy's owner"
    ]
    with as_owner():
        Membership.objects.filter(user=cast.alice).update(role="owner")
    assert client.get(reverse(HOME)).context["steps"] == ()


def test_fees_are_set_in_the_newest_contract(sign_in, cast, as_owner):
    with as_owner():
        Fee.objects.all().delete()
    (step,) = [s for s in sign_in("dana").get(reverse(HOME)).context["steps"] if s.title == "Set its fees"]
    assert step.href == reverse("pbm:contract", args=[cast.contract.public_id])


def test_the_first_page_asks_the_database_little(sign_in, cast, django_assert_max_num_queries):
    client = sign_in("dana")
    with django_assert_max_num_queries(48):
        client.get(reverse(HOME))


def test_flags_by_pharmacy_are_sorted_and_filtered(sign_in, cast):
    client, address = sign_in("dana"), reverse("pbm:flags_by_pharmacy")
    (row,) = client.get(address).context["rows"]
    assert (row["name"], row["enrolled"], row["open"], row["urgent"]) == ("Ash Street Pharmacy", 1, 1, 0)
    assert client.get(address, {"state": "IA"}).context["rows"] == []
    for nonsense in ({"sort": "x"}, {"state": "\0"}, {"sort": "-"}):
        assert client.get(address, nonsense).status_code == 200


def test_a_client_opts_in_and_out_with_its_history(sign_in, cast, as_owner):
    client, page = sign_in("dana"), reverse("pbm:client", args=[cast.a.client.pk])
    end = reverse("pbm:opt_in_end", args=[cast.a.participation.pk])
    again = {"program": cast.program.pk, "since": "2026-01-01"}
    refused = client.post(reverse("pbm:client_opt_in", args=[cast.a.client.pk]), again)
    assert refused.status_code == 422 and "already" in refused.content.decode()
    assert client.post(end, {"until": "2025-12-31"}).status_code == 302
    assert client.post(reverse("pbm:client_opt_in", args=[cast.a.client.pk]), again).status_code == 302
    assert [stands[1] for _, stands in client.get(page).context["history"]] == ["Taking part", "Ended"]
    with as_owner():
        assert Participation.objects.filter(client=cast.a.client).count() == 2


@pytest.mark.parametrize(("asked", "found"), [({}, 1), ({"opted": "yes"}, 1), ({"opted": "no"}, 0), ({"q": "zzz"}, 0)])
def test_clients_are_filtered(sign_in, cast, asked, found):
    assert len(sign_in("dana").get(reverse("pbm:clients"), asked).context["rows"]) == found


@pytest.mark.parametrize("name", ["client", "client_opt_in"])
def test_a_strangers_client_is_not_there(sign_in, cast, name):
    assert sign_in("dana").get(reverse(f"pbm:{name}", args=[cast.b.client.pk])).status_code == 404
    assert sign_in("dana").get(reverse("pbm:opt_in_end", args=[cast.b.participation.pk])).status_code == 404
