"""One person at two stores: they choose, they go over, and no page ever shows both."""

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.accounts.models import Membership, User
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.flags.models import Flag
from patients.models import Patient
from tests.factories.cast import LONG_AGO

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_factor")]


@pytest.fixture
def one_factor():
    with override_settings(SECOND_FACTOR_REQUIRED=False):
        yield


@pytest.fixture
def second(cast, as_owner):
    """Alice works at Birch Road as well, as its owner."""
    with as_owner():
        return Membership.objects.create(
            user=cast.alice, organisation=cast.b.pharmacy.organisation, role="owner", since=LONG_AGO
        )


def go_to(client, pharmacy, **form):
    return client.post(reverse("choose_place"), {"place": pharmacy.organisation.public_id, **form})


def pages(cast):
    yield from ("/portal/", "/portal/worklist.csv", "/portal/billing/", "/portal/pharmacy/")
    for side in (cast.a, cast.b):
        yield reverse("portal:patient", args=[side.patient.public_id])
        yield reverse("portal:encounter", args=[side.encounter.public_id])
        yield reverse("portal:flag", args=[side.flag.public_id])
        yield reverse("portal:claim", args=[side.service_claim.public_id])


def test_one_place_is_not_asked_about(client, cast):
    client.force_login(cast.alice)
    assert client.get("/portal/").status_code == 200


def test_with_two_the_first_page_asks_which_and_then_leads_on(client, cast, second):
    client.force_login(cast.alice)
    answer = client.get("/portal/billing/")
    assert answer.headers["Location"] == "/place/?next=%2Fportal%2Fbilling%2F"
    shown = client.get(answer.headers["Location"]).content.decode()
    assert "Ash Street Pharmacy, Pharmacist" in shown
    assert "Birch Road Pharmacy, Pharmacy owner" in shown
    assert go_to(client, cast.b.pharmacy, next="/portal/billing/").headers["Location"] == "/portal/billing/"
    assert client.get("/portal/billing/").status_code == 200


@pytest.mark.parametrize("wall", ["both walls", "without the second wall"])
def test_a_switch_never_shows_the_other_stores_rows(client, request, wall):
    if wall == "without the second wall":
        request.getfixturevalue("without_row_level_security")
    cast = request.getfixturevalue("cast")
    request.getfixturevalue("second")
    client.force_login(cast.alice)
    for here, there in [(cast.a, cast.b), (cast.b, cast.a), (cast.a, cast.b)]:
        go_to(client, here.pharmacy)
        bodies = [client.get(page).content.decode() for page in pages(cast)]
        assert any(here.canary in body for body in bodies)
        assert not any(there.canary in body for body in bodies)
        assert client.get(reverse("portal:patient", args=[there.patient.public_id])).status_code == 404


def test_the_second_wall_alone_follows_the_choice(cast, second):
    """Without any filter in the query: PostgreSQL shows the chosen store's patients and no others."""
    first = Membership.objects.exclude(pk=second.pk).get(user=cast.alice)
    for membership_id, mine in [(first.pk, cast.a), (second.pk, cast.b)]:
        person = User.objects.get(pk=cast.alice.pk)
        person.chosen_membership_id = membership_id
        with context.acting_as(person.scope):
            assert [p.pk for p in Patient.objects.all()] == [mine.patient.pk]


def test_the_role_goes_with_the_place(client, cast, second, as_owner):
    with as_owner():
        Membership.objects.filter(pk=second.pk).update(role="technician")
    client.force_login(cast.alice)
    complete = reverse("portal:complete", args=[cast.b.encounter.public_id])
    go_to(client, cast.b.pharmacy)
    assert client.post(complete).status_code == 403  # a technician there
    go_to(client, cast.a.pharmacy)
    assert client.post(complete).status_code == 404  # a pharmacist here, where that visit is not


def test_the_header_offers_the_other_place_and_the_trail_says_which(client, cast, second, as_owner):
    client.force_login(cast.alice)
    go_to(client, cast.a.pharmacy)
    shown = client.get("/portal/").content.decode()
    assert "Go to Birch Road Pharmacy" in shown
    assert "Go to Ash Street" not in shown
    go_to(client, cast.b.pharmacy)
    client.get(reverse("portal:patient", args=[cast.b.patient.public_id]))
    with as_owner():
        chosen = AuditEvent.objects.filter(event="place.chosen").order_by("id")
        places = [(e.user_id, e.organisation_id) for e in chosen]
        read = AuditEvent.objects.get(event="patient.read", patient_ids=[cast.b.patient.pk])
    assert places == [(cast.alice.pk, cast.a.pharmacy.pk), (cast.alice.pk, cast.b.pharmacy.pk)]
    assert (read.user_id, read.organisation_id) == (cast.alice.pk, cast.b.pharmacy.pk)


@pytest.mark.parametrize("place", ["", "7", "not-an-id", None])
def test_nobody_goes_where_they_do_not_work(client, cast, place):
    client.force_login(cast.alice)
    wanted = cast.b.pharmacy.organisation.public_id if place is None else place
    answer = client.post(reverse("choose_place"), {"place": wanted})
    assert "do not work there" in answer.content.decode()
    assert "membership_id" not in client.session
    assert cast.b.canary not in client.get("/portal/").content.decode()


def test_a_place_that_ended_is_left_at_the_next_request(client, cast, second, as_owner):
    client.force_login(cast.alice)
    go_to(client, cast.b.pharmacy)
    assert client.get("/portal/").status_code == 200
    with as_owner():
        Membership.objects.filter(pk=second.pk).update(until=timezone.localdate(), ended_at=timezone.now())
    answer = client.get(reverse("portal:patient", args=[cast.b.patient.public_id]), follow=True)
    assert answer.redirect_chain[-1][0] == "/portal/"
    shown = answer.content.decode()
    assert "no longer work where you were" in shown
    assert cast.b.canary not in shown
    assert cast.a.canary in shown


def test_a_flag_is_assigned_to_somebody_whose_first_place_is_elsewhere(client, cast, second, as_owner):
    client.force_login(cast.charlie)
    assign = reverse("portal:assign", args=[cast.b.flag.public_id])
    client.post(assign, {"to": cast.alice.public_id})
    with as_owner():
        assert Flag.objects.get(pk=cast.b.flag.pk).assigned_to == cast.alice
    assert 'Alice <span class="soft">Pharmacy owner' in client.get("/portal/pharmacy/").content.decode()
