"""Changed and sent away: by an owner for their store and by the PBM's administrator, never by oneself."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from carecoord.kernel.accounts.actions import invitations, people
from carecoord.kernel.accounts.models import KnownBrowser, Membership, Organisation, User
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from tests.factories.cast import LONG_AGO, PASSWORD

from .staff import TODAY, accept, at_the_store, change, invite, link, membership, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.mark.parametrize("name", ["alice", "bob", "dana", "erin", "grace", "vera", "ada"])
def test_only_an_owner_opens_the_pharmacys_people(cast, name):
    client = signed_in(getattr(cast, name))
    for page in ("portal:people", "portal:people_csv"):
        assert client.get(reverse(page)).status_code in (403, 404)


def test_the_list_is_one_sheet_of_those_who_are_looked_after(olive, cast):
    with context.acting_as(olive.scope):
        people.end(membership=membership(cast.bob), on=None, by=olive)
    owner, sheet = signed_in(olive), reverse("portal:people_csv")
    lines = owner.get(sheet).content.decode().splitlines()
    assert lines[0].startswith("name,e-mail,role,place,second factor")
    assert any(line.startswith("Alice,") for line in lines)
    assert not any(line.startswith(("Bob,", "Charlie,")) for line in lines)
    assert any(line.startswith("Bob,") for line in owner.get(sheet + "?show=all").content.decode().splitlines())
    everybody = signed_in(cast.ada).get(reverse("pbm:people_csv")).content.decode()
    assert "Dana," in everybody and "Charlie," in everybody


def test_an_owner_sees_nobody_of_another_pharmacy(olive, cast):
    owner = signed_in(olive)
    shown = owner.get(reverse("portal:people") + "?show=all").content.decode()
    assert "Alice" in shown
    assert "Charlie" not in shown
    assert cast.a.canary in shown
    assert cast.b.canary not in shown
    assert owner.get(reverse("portal:person", args=[cast.charlie.public_id])).status_code == 404
    assert change(owner, cast.charlie, "end_now").status_code == 404
    for name in ("renew", "cancel"):
        assert owner.post(reverse(f"portal:{name}", args=[cast.b.invitation.public_id])).status_code == 404
    assert "Nobody found" in owner.post(reverse("portal:people_search"), {"q": "charlie"}).content.decode()


def test_a_new_role_holds_from_the_next_request_of_an_open_session(olive, cast):
    bob, complete = signed_in(cast.bob), reverse("portal:complete", args=[cast.a.encounter.public_id])
    assert bob.post(complete).status_code == 403
    change(signed_in(olive), cast.bob, "role", role="pharmacist")
    assert bob.post(complete).status_code != 403
    change(signed_in(olive), cast.bob, "role", role="auditor")
    assert bob.get("/portal/").status_code == 403


def test_who_is_ended_at_once_loses_the_page_that_is_open(olive, cast):
    bob = signed_in(cast.bob)
    assert bob.get("/portal/").status_code == 200
    shown = change(signed_in(olive), cast.bob, "end_now").content.decode()
    assert "no longer works here" in shown
    page = signed_in(olive).get(reverse("portal:person", args=[cast.alice.public_id])).content.decode()
    assert page.index("Alice is signed out now") < page.index('value="end_now"')  # what it means is read first
    assert bob.get("/portal/").headers["Location"].startswith("/login/")
    assert membership(cast.bob).until == at_the_store()
    assert User.objects.get(pk=cast.bob.pk).scope is None
    assert not KnownBrowser.objects.filter(user=cast.bob).exists()


def test_a_last_day_is_dated_and_the_person_stays_until_then(olive, cast):
    last = at_the_store() + timedelta(10)
    change(signed_in(olive), cast.bob, "end", on=last)
    assert membership(cast.bob).until == last
    assert signed_in(cast.bob).get("/portal/").status_code == 200
    shown = change(signed_in(olive), cast.bob, "end", on=at_the_store() - timedelta(1)).content.decode()
    assert "cannot be before today" in shown
    for junk in ("", "soon", "0000-00-00"):
        assert change(signed_in(olive), cast.bob, "end", on=junk).status_code == 422


def test_sessions_end_at_once(olive, cast):
    browsers = [signed_in(cast.bob), signed_in(cast.bob)]
    owner = signed_in(olive)
    assert "2 browsers" in owner.get(reverse("portal:person", args=[cast.bob.public_id])).content.decode()
    change(owner, cast.bob, "sessions")
    for browser in browsers:
        assert browser.get("/portal/").status_code == 302
    assert owner.get("/portal/").status_code == 200
    assert signed_in(cast.bob).get("/portal/").status_code == 200  # the account itself is as it was


@pytest.mark.parametrize("deed", ["role", "end", "end_now"])
def test_nobody_changes_their_own_place(olive, cast, deed):
    owner = signed_in(olive)
    shown = change(owner, olive, deed, role="auditor", on=TODAY()).content.decode()
    assert "cannot do this to yourself" in shown
    assert (membership(olive).role, membership(olive).until) == ("owner", None)
    assert "End at once" not in owner.get(reverse("portal:person", args=[olive.public_id])).content.decode()


def test_the_last_owner_stays(olive, cast, as_owner):
    with as_owner():
        second = User.objects.create(email="otis@example.org", name="Otis")
        Membership.objects.create(user=second, organisation=cast.a.pharmacy.organisation, role="owner", since=LONG_AGO)
    mine, theirs = membership(olive), membership(second)
    with context.acting_as(olive.scope):
        people.end(membership=theirs, on=TODAY() + timedelta(3), by=olive)
    with context.acting_as(second.scope):
        for deed in (
            lambda: people.end(membership=mine, on=None, by=second),
            lambda: people.change_role(membership=mine, role="technician", by=second),
        ):
            with pytest.raises(people.CannotChange, match="last Pharmacy owner"):
                deed()


def test_the_database_refuses_ones_own_membership_and_another_pharmacys(olive, cast):
    """The second wall: whatever a view forgets, PostgreSQL does not."""
    for whose, said in [(olive, "their own membership"), (cast.charlie, "another organisation")]:
        with context.acting_as(olive.scope):
            with pytest.raises(DatabaseError, match=said), transaction.atomic():
                Membership.objects.filter(user=whose).update(role="auditor")
    with context.acting_as(cast.ada.scope):
        with pytest.raises(DatabaseError, match="their own membership"), transaction.atomic():
            Membership.objects.filter(user=cast.ada).update(role="program")
    with context.acting_as(olive.scope):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Membership.objects.create(user=cast.charlie, organisation=cast.a.pharmacy.organisation, role="owner")


def test_an_administrator_sees_the_pbms_people_and_those_of_its_pharmacies(cast):
    ada = signed_in(cast.ada)
    shown = ada.get(reverse("pbm:people")).content.decode()
    for name in ("Dana", "Alice", "Grace", "Charlie"):
        assert name in shown
    assert ada.get(reverse("pbm:person", args=[cast.dana.public_id])).status_code == 200
    for name in ("dana", "erin", "grace", "vera"):
        client = signed_in(getattr(cast, name))
        assert {client.get(reverse(page)).status_code for page in ("pbm:people", "pbm:people_csv")} == {403}


def test_a_pharmacy_that_left_the_pbm_is_none_of_the_administrators_business(cast, as_owner):
    with as_owner():
        cast.pbm.participations.filter(pharmacy=cast.b.pharmacy).update(until=TODAY() - timedelta(1))
    ada = signed_in(cast.ada)
    assert "Charlie" not in ada.get(reverse("pbm:people")).content.decode()
    assert ada.get(reverse("pbm:person", args=[cast.charlie.public_id])).status_code == 404
    assert (
        "No pharmacy or network"
        in invite(ada, "pbm", place=cast.b.pharmacy.organisation.code, role="owner").content.decode()
    )


def test_an_administrator_invites_a_stores_first_owner_and_nobody_else_there(cast, as_owner):
    ada, code = signed_in(cast.ada), cast.a.pharmacy.organisation.code
    assert "cannot make somebody pharmacist" in invite(ada, "pbm", place=code, role="pharmacist").content.decode()
    assert invite(ada, "pbm", place=code, role="owner").status_code == 302
    assert accept(link())[1].status_code == 302
    answer = invite(ada, "pbm", place=code, role="owner", email="second@example.org")
    assert "cannot make somebody owner" in answer.content.decode()
    assert invite(ada, "pbm", role="claims", email="third@example.org").status_code == 302


def test_an_account_is_switched_off_and_on(cast):
    bob, ada = signed_in(cast.bob), signed_in(cast.ada)
    change(ada, cast.bob, "off", "pbm")
    assert bob.get("/portal/").status_code == 302
    refused = Client().post(reverse("account_login"), {"login": cast.bob.email, "password": PASSWORD})
    assert refused.headers["Location"] == reverse("account_inactive")
    change(ada, cast.bob, "on", "pbm")
    assert signed_in(cast.bob).get("/portal/").status_code == 200
    assert "cannot do this to yourself" in change(ada, cast.ada, "off", "pbm").content.decode()


def test_an_owner_switches_no_account_off(olive, cast):
    assert change(signed_in(olive), cast.bob, "off").status_code == 422
    assert User.objects.get(pk=cast.bob.pk).is_active


def test_an_administrator_ends_a_pause(cast):
    for _ in range(5):
        Client().post(reverse("account_login"), {"login": cast.bob.email, "password": "not this one"})
    ada = signed_in(cast.ada)
    page = reverse("pbm:person", args=[cast.bob.public_id])
    assert "End the pause" in ada.get(page).content.decode()
    change(ada, cast.bob, "unlock", "pbm")
    assert "End the pause" not in ada.get(page).content.decode()
    assert signed_in(cast.bob).get("/portal/").status_code == 200


def test_everything_is_in_the_trail(olive, cast, as_owner):
    owner = signed_in(olive)
    invite(owner)
    accept(link())
    change(owner, cast.bob, "role", role="pharmacist")
    change(owner, cast.bob, "end_now")
    with as_owner():
        told = {e.event: (e.user_id, e.organisation_id) for e in AuditEvent.objects.order_by("id")}
    mine = (olive.pk, cast.a.pharmacy.pk)
    for event in (
        "invitation.made",
        "invitation.sent",
        "membership.role_changed",
        "membership.ended",
        "sessions.ended",
    ):
        assert told[event] == mine, event
    assert told["invitation.accepted"] == (None, cast.a.pharmacy.pk)


def test_a_link_of_one_organisation_opens_none_of_another(cast):
    """The token is signed, so nobody makes one; and the row is looked for in the scope that it names."""
    token = invitations.token_of(cast.b.invitation)
    assert invitations.read_token(token)[1] == cast.b.pharmacy.pk
    with context.acting_as(context.Scope(role="pbm", organisation_id=cast.a.pharmacy.pk)):
        assert invitations.find(token) is None
    with context.acting_as(context.Scope(role="pbm", organisation_id=cast.b.pharmacy.pk)):
        assert invitations.find(token) == cast.b.invitation


def test_the_list_costs_the_same_for_many(olive, cast, as_owner, django_assert_max_num_queries):
    with as_owner():
        for number in range(60):
            user = User.objects.create(email=f"p{number}@example.org", name=f"Person {number:02}")
            Membership.objects.create(
                user=user, organisation=cast.a.pharmacy.organisation, role="technician", since=LONG_AGO
            )
    owner = signed_in(olive)
    with django_assert_max_num_queries(45):
        first = owner.get(reverse("portal:people")).content.decode()
    following = re.search(r'href="(\?after=[^"]+)"', first)[1]
    second = owner.get(reverse("portal:people") + following).content.decode()
    assert "Person 59" in second
    assert "Person 00" not in second
    for junk in ("x", "7", str(Organisation.objects.first().public_id), "\0"):
        assert owner.get(reverse("portal:people"), {"after": junk}).status_code == 200
