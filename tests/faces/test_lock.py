"""The locked screen: the server refuses everything until somebody who may opens it, and a colleague goes on as themselves."""

import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from carecoord.kernel.accounts.actions import locks
from carecoord.kernel.accounts.models import KnownBrowser, User
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.care import actions as care
from tests.factories.cast import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counter")]
PIN, BOBS = "2580", "739146"


@pytest.fixture
def counter(cast, as_owner, settings):
    """Ash Street's counter: Alice and Bob have passwords and PINs; the second factor is another test's."""
    settings.SECOND_FACTOR_REQUIRED = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
    with as_owner():
        User.objects.update(password=make_password(PASSWORD))
    for person, pin in [(cast.alice, PIN), (cast.bob, BOBS), (cast.charlie, PIN), (cast.dana, PIN)]:
        with context.acting_as(person.scope):
            locks.set_pin(pin=pin, by=person)


def sign_in(client, person):
    client.post(reverse("account_logout"))
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()


def lock(client, page="/portal/"):
    return client.post(reverse("lock"), {"next": page})


def unlock(client, pin, person=None, page="/portal/patients/", **headers):
    form = {"pin": pin, "next": page} | ({"person": person.public_id} if person else {})
    return client.post(reverse("lock_open"), form, headers=headers)


def events(as_owner, *names):
    with as_owner():
        rows = AuditEvent.objects.filter(event__in=names).order_by("id")
        return [(e.event, e.user_id, e.organisation_id, e.row_ids, e.detail) for e in rows]


def test_a_locked_session_reaches_nothing_but_its_lock(client, cast):
    sign_in(client, cast.alice)
    assert client.get("/portal/").status_code == 200
    assert "Screen locked" in lock(client).content.decode()
    patient = f"/portal/patients/{cast.a.patient.public_id}/"
    answer = client.get(patient)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/lock/?next=%2Fportal%2Fpatients%2F{cast.a.patient.public_id}%2F"
    for method, address in [
        ("post", f"{patient}start/"), ("get", "/portal/worklist.csv"), ("post", "/portal/patients/"), ("get", "/second-factor/"),
        ("get", "/password/change/"), ("get", "/lock/pin/"), ("get", "/sessions/"), ("get", "/place/"), ("get", "/keep-alive/"),
        ("get", "/"),
    ]:  # fmt: skip
        answer = getattr(client, method)(address, headers={"HX-Request": "true"})
        assert answer.status_code == 423, address
        assert cast.a.canary not in answer.content.decode()
        assert client.get(reverse("health")).status_code == 200


def test_the_pin_opens_it_and_leads_back_to_the_page(client, cast, as_owner):
    sign_in(client, cast.alice)
    lock(client)
    assert unlock(client, PIN).headers["Location"] == "/portal/patients/"
    assert client.get("/portal/patients/").status_code == 200
    mine = (cast.alice.pk, cast.a.pharmacy.pk, [cast.alice.pk])
    assert events(as_owner, "screen.locked", "screen.unlocked") == [
        ("screen.locked", *mine, {"reason": "asked"}),
        ("screen.unlocked", *mine, {"how": "pin"}),
    ]


def test_a_script_is_told_to_uncover_the_page_and_its_form_still_works(cast):
    client = Client(enforce_csrf_checks=True)
    token = client.get(reverse("account_login")).cookies["csrftoken"].value
    form = {"login": cast.alice.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    client.post(reverse("account_login"), form)
    kept = client.get("/portal/patients/").context["csrf_token"]
    client.post(reverse("lock"), {"csrfmiddlewaretoken": kept}, headers={"X-Lock": "part"})
    opened = client.post(reverse("lock_open"), {"pin": PIN, "csrfmiddlewaretoken": kept}, headers={"X-Lock": "part"})
    assert opened.status_code == 204
    answer = client.post("/portal/patients/", {"q": "nobody", "csrfmiddlewaretoken": kept})
    assert answer.status_code == 200  # the page that was covered can go on as it is


def test_a_colleague_takes_over_as_themselves_and_the_draft_carries_both(client, cast, as_owner):
    sign_in(client, cast.bob)
    sign_in(client, cast.alice)
    with context.acting_as(cast.alice.scope):
        draft = care.start(
            protocol="adherence_call", patient=cast.a.patient, pharmacy=cast.a.pharmacy, by=cast.alice, flag=cast.a.flag
        )
    page = reverse("portal:encounter", args=[draft.public_id])
    save = reverse("portal:save", args=[draft.public_id])
    client.post(save, {"medicine": "Lisinopril", "revision": draft.revision})
    lock(client, page)
    shown = client.get(reverse("lock")).content.decode()
    assert "Alice" in shown
    assert "Bob" in shown
    assert unlock(client, BOBS, cast.bob, page).headers["Location"] == page
    answer = client.get(page)
    assert "Lisinopril" in answer.content.decode()
    assert answer.wsgi_request.user == cast.bob
    client.post(save, {"medicine": "Lisinopril 20 mg", "revision": draft.revision + 1})
    [taken] = events(as_owner, "screen.taken_over")
    assert taken == ("screen.taken_over", cast.bob.pk, cast.a.pharmacy.pk, [cast.alice.pk], {"how": "pin"})
    with as_owner():
        changes = AuditEvent.objects.filter(table_name="care_encounter", row_ids=[draft.pk], event="row.update")
        assert list(changes.order_by("id").values_list("user_id", flat=True)) == [cast.alice.pk, cast.bob.pk]


def test_a_takeover_leaves_nothing_of_the_others_session(client, cast):
    sign_in(client, cast.bob)
    sign_in(client, cast.alice)
    before = client.session.session_key
    began = KnownBrowser.objects.get(user=cast.bob).signed_in_at
    lock(client)
    assert unlock(client, BOBS, cast.bob, **{"X-Lock": "part"}).status_code == 205
    assert client.session.session_key != before
    assert client.session["began"] == int(began.timestamp())  # it ends when Bob's own sign-in would have
    assert "locked_at" not in client.session


def test_five_wrong_pins_and_the_password_is_asked(client, cast):
    sign_in(client, cast.alice)
    lock(client)
    for left in (
        "4 tries are left",
        "3 tries are left",
        "2 tries are left",
        "One try is left",
        "no longer works in this",
    ):
        answer = unlock(client, "1357")
        assert answer.status_code == 422
        assert left in answer.content.decode()
    assert unlock(client, PIN).status_code == 422
    wrong = client.post(reverse("lock_open"), {"password": "not this one"})
    assert "not your password" in wrong.content.decode()
    assert client.post(reverse("lock_open"), {"password": PASSWORD}).status_code == 302
    assert client.get("/portal/").status_code == 200


def test_guessing_the_password_at_the_lock_is_paused(client, cast):
    sign_in(client, cast.alice)
    lock(client)
    for _ in range(5):
        client.post(reverse("lock_open"), {"password": "not this one"})
    assert "Please wait" in client.post(reverse("lock_open"), {"password": PASSWORD}).content.decode()
    assert client.get("/portal/").status_code == 302


def test_a_pin_is_worth_nothing_in_a_browser_where_its_owner_did_not_sign_in(client, cast):
    elsewhere = Client()
    sign_in(elsewhere, cast.bob)
    sign_in(client, cast.alice)
    lock(client)
    assert unlock(client, BOBS, cast.bob).status_code == 422
    assert "Bob" not in client.get(reverse("lock")).content.decode()


def test_nor_on_the_day_after(client, cast, as_owner):
    sign_in(client, cast.bob)
    sign_in(client, cast.alice)
    with as_owner():
        KnownBrowser.objects.filter(user=cast.bob).update(signed_in_at="2020-01-01T00:00Z")
    lock(client)
    assert unlock(client, BOBS, cast.bob).status_code == 422


def test_nobody_of_another_pharmacy_takes_over(client, cast):
    sign_in(client, cast.charlie)
    sign_in(client, cast.alice)
    lock(client)
    assert "Charlie" not in client.get(reverse("lock")).content.decode()
    assert unlock(client, PIN, cast.charlie).status_code == 422
    assert client.get("/portal/").status_code == 302


class Shown:
    """A passkey that was verified: allauth's form, whose own work has a real browser in test_lock_browser.py."""

    def __init__(self, authenticator):
        self.cleaned_data = {"credential": authenticator}

    def __call__(self, data):
        return self

    def is_valid(self):
        return True


def show_passkey(client, monkeypatch, as_owner, person):
    with as_owner():
        key = Authenticator.objects.create(user_id=person.pk, type="webauthn", data={"name": "key", "credential": {}})
    monkeypatch.setattr("carecoord.faces.lock_views.SignInByPasskey", Shown(key))
    return client.post(reverse("lock_passkey"), {"credential": "{}", "next": "/portal/patients/"})


def test_a_colleague_takes_over_by_passkey_without_having_been_here(client, cast, monkeypatch, as_owner, settings):
    sign_in(client, cast.alice)
    lock(client)
    answer = show_passkey(client, monkeypatch, as_owner, cast.bob)
    assert answer.headers["Location"] == "/portal/patients/"
    settings.SECOND_FACTOR_REQUIRED = True  # a passkey is both factors
    assert client.get("/portal/").wsgi_request.user == cast.bob
    assert [e[4] for e in events(as_owner, "screen.taken_over")] == [{"how": "passkey"}]


@pytest.mark.parametrize("stranger", ["charlie", "dana"])
def test_a_strangers_passkey_opens_nothing(client, cast, monkeypatch, as_owner, stranger):
    sign_in(client, cast.alice)
    lock(client)
    answer = show_passkey(client, monkeypatch, as_owner, getattr(cast, stranger))
    assert answer.status_code == 422
    assert "does not work here" in answer.content.decode()
    assert client.get("/portal/").status_code == 302


def test_nonsense_for_a_passkey_is_refused_in_words(client, cast):
    sign_in(client, cast.alice)
    lock(client)
    for junk in ("", "{", "[]", '{"id": 1}', "null"):
        assert client.post(reverse("lock_passkey"), {"credential": junk}).status_code == 422, junk


def test_it_locks_by_itself_and_signs_out_later(client, cast, as_owner):
    with time_machine.travel("2026-11-21T15:00Z", tick=False) as clock:
        sign_in(client, cast.alice)
        client.get("/portal/")
        clock.shift(299)
        assert client.get("/portal/").status_code == 200
        clock.shift(301)
        assert client.get("/portal/").headers["Location"].startswith("/lock/")
        for _ in range(3):  # asking the lock does not keep the session alive
            clock.shift(299)
            assert client.get("/lock/").status_code == 200
        clock.shift(4)
        assert client.get("/portal/").headers["Location"].startswith("/login/")
    assert [e[4] for e in events(as_owner, "screen.locked")] == [{"reason": "idle"}]


def test_a_pbm_person_locks_and_unlocks_as_well(client, cast):
    sign_in(client, cast.dana)
    lock(client, "/pbm/")
    assert client.get("/pbm/").status_code == 302
    assert unlock(client, PIN, page="/pbm/").headers["Location"] == "/pbm/"
    assert client.get("/pbm/").status_code == 200


@pytest.mark.parametrize("away", ["https://elsewhere.example/", "//elsewhere.example", "/lock/", "javascript:alert(1)"])
def test_it_leads_nowhere_else(client, cast, away):
    sign_in(client, cast.alice)
    lock(client)
    assert unlock(client, PIN, page=away).headers["Location"] == "/"


def test_setting_a_pin_asks_the_password_once_more(client, cast):
    sign_in(client, cast.alice)
    assert client.get(reverse("pin")).headers["Location"].startswith("/reauthenticate/")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post(reverse("pin"), {"pin": "4826", "again": "4827"}).status_code == 422
    assert client.post(reverse("pin"), {"pin": "1111", "again": "1111"}).status_code == 422
    assert client.post(reverse("pin"), {"pin": "4826", "again": "4826"}).status_code == 302
    lock(client)
    assert unlock(client, PIN).status_code == 422
    assert unlock(client, "4826").status_code == 302


def test_opening_by_pin_confirms_nothing_else(client, cast):
    """A PIN taken over must not change a second factor: that asks for the password or the factor itself."""
    sign_in(client, cast.bob)
    sign_in(client, cast.alice)
    lock(client)
    unlock(client, BOBS, cast.bob)
    assert client.get(reverse("mfa_add_webauthn")).headers["Location"].startswith("/reauthenticate/")


def test_a_second_factor_that_was_not_shown_is_not_lent_by_a_pin(client, cast, settings):
    sign_in(client, cast.bob)  # one factor: the switch was off
    sign_in(client, cast.alice)
    lock(client)
    unlock(client, BOBS, cast.bob)
    settings.SECOND_FACTOR_REQUIRED = True
    assert client.get("/portal/").status_code == 302


def test_time_is_told_in_whole_seconds(client, cast):
    sign_in(client, cast.alice)
    client.get("/portal/")
    assert abs(client.session["seen_at"] - time.time()) < 60
