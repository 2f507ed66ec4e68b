"""Invited and let in by a link: once, in time, and by whoever may invite."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.accounts.models import Invitation, User

from .staff import TODAY, accept, invitation, invite, link, membership, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def test_an_owner_invites_and_the_person_comes_in_by_the_link(olive, cast, settings):
    owner = signed_in(olive)
    assert invite(owner).status_code == 302
    assert mail.outbox[-1].to == ["nina@example.org"]
    assert "Ash Street Pharmacy" in mail.outbox[-1].body
    settings.SECOND_FACTOR_REQUIRED = True
    client, answer = accept(link())
    assert answer.status_code == 302
    nina = User.objects.get(email="nina@example.org")
    assert (membership(nina).role, membership(nina).organisation_id) == ("technician", cast.a.pharmacy.pk)
    assert client.get("/portal/").headers["Location"] == reverse("mfa_activate_totp")  # the second factor is next
    assert client.get(reverse("mfa_activate_totp")).status_code == 200  # and the password is not asked a third time


def test_the_link_leaves_the_address_works_once_and_not_when_it_is_old(olive, as_owner):
    owner = signed_in(olive)
    invite(owner)
    path = link()
    client = Client()
    assert client.get(path).headers["Location"] == reverse("invitation")
    assert "Nina" in client.get(reverse("invitation")).content.decode()
    accept(path)
    assert accept(path)[1].status_code == 410
    invite(owner, email="otto@example.org", name="Otto")
    old = link()
    owner.post(reverse("portal:renew", args=[invitation(olive, "otto@example.org")]))
    assert accept(old)[1].status_code == 410
    new = link()
    with as_owner():
        Invitation.objects.filter(email="otto@example.org").update(expires_at=timezone.now())
    assert accept(new)[1].status_code == 410
    assert not User.objects.filter(email="otto@example.org").exists()


def test_a_cancelled_invitation_lets_nobody_in(olive):
    owner = signed_in(olive)
    invite(owner)
    owner.post(reverse("portal:cancel", args=[invitation(olive, "nina@example.org")]))
    assert accept(link())[1].status_code == 410


@pytest.mark.parametrize("token", ["x", "a:b:c", "é", "%00", "." * 300])
def test_nonsense_for_a_link_is_told_so(client, token):
    client.get(f"/invitation/{token}/")
    assert client.get(reverse("invitation")).status_code == 410


def test_a_poor_password_is_refused_in_words(olive):
    invite(signed_in(olive))
    client, answer = accept(link(), password="short", again="short")
    assert "too short" in answer.content.decode()
    client, answer = accept(link(), again="another sentence entirely")
    assert "not the same" in answer.content.decode()
    assert not User.objects.filter(email="nina@example.org").exists()


def test_somebody_with_an_account_signs_in_and_then_works_at_both(olive, cast):
    invite(signed_in(olive), email=cast.charlie.email, name="Charlie", role="pharmacist")
    path = link()
    client, answer = accept(path)
    assert "Sign in with it" in answer.content.decode()
    assert cast.charlie.memberships.count() == 1
    stranger = signed_in(cast.bob)
    stranger.get(path)
    assert "signed in as somebody else" in stranger.post(reverse("invitation")).content.decode()
    charlie = signed_in(cast.charlie)
    charlie.get(path)
    assert charlie.post(reverse("invitation")).status_code == 302
    assert {m.organisation_id for m in cast.charlie.memberships.all()} == {cast.a.pharmacy.pk, cast.b.pharmacy.pk}


def test_who_begins_later_cannot_come_in_today(olive):
    invite(signed_in(olive), since=TODAY() + timedelta(5))
    client, answer = accept(link())
    assert answer.headers["Location"] == reverse("account_login")
    client.post(reverse("account_login"), {"login": "nina@example.org", "password": "a long and quiet sentence"})
    assert client.get("/portal/").status_code == 302


@pytest.mark.parametrize(
    "given, said",
    [
        ({"email": "olive@example.org"}, "your own address"), ({"email": "alice@example.org"}, "works at Ash Street Pharmacy already"),
        ({"email": "canary-a@example.org"}, "invited already"), ({"role": "admin"}, "Select a valid choice"), ({"role": ""}, "required"),
        ({"email": "nobody"}, "valid email"), ({"since": "2020-01-01"}, "today or within a year"), ({"since": "soon"}, "valid date"),
        ({"name": ""}, "required"), ({"email": "a\r\nBcc: x@example.org"}, "valid email"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nobody_is_written_to(olive, given, said):
    answer = invite(signed_in(olive), **given)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert mail.outbox == []


def test_the_owner_is_told_when_the_mail_server_is_down(olive, monkeypatch):
    def down(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("carecoord.faces.people.send_mail", down)
    owner = signed_in(olive)
    invite(owner)
    shown = owner.get(reverse("portal:people")).content.decode()
    assert "did not take the e-mail" in shown
    assert "Not sent" in shown
