"""Setting up the first second factor: one sign-in, and nothing that the password alone should open."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, TOTP, generate_totp_secret
from django.test import Client, override_settings
from django.urls import get_resolver, reverse

from carecoord.faces.second_factor import SETTING_UP, SIGNS_OF_LIFE
from carecoord.kernel.accounts.models import KnownBrowser
from carecoord.kernel.audit.models import AuditEvent
from tests.architecture.guards import routes
from tests.factories.cast import PASSWORD

from .test_sign_in import alice, code, secret, sign_in

__all__ = ["alice", "secret"]
pytestmark = pytest.mark.django_db
SET_UP = reverse("mfa_activate_totp")
DOOR = reverse("account_login")


def turn_on(client):
    """Types the code of the key that the page showed."""
    assert client.get(SET_UP).status_code == 200
    return client.post(SET_UP, {"code": code(client.session[SECRET_SESSION_KEY])})


def had(user, as_owner):
    with as_owner():
        return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def test_one_sign_in_with_the_first_password_leads_to_the_work(client, alice, as_owner):
    assert client.get(sign_in(client, alice).headers["Location"]).headers["Location"] == SET_UP
    before = client.session.session_key
    assert turn_on(client).headers["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert codes.count("<li>") >= 10 and f'href="{reverse("home")}"' in codes
    assert client.get("/portal/").status_code == 200
    copy = Client()
    copy.cookies["sessionid"] = before
    assert copy.get("/portal/").headers["Location"].startswith(DOOR)
    with as_owner():
        signed_in = AuditEvent.objects.filter(event="person.signed_in").order_by("id")
        assert [each.detail["factors"] for each in signed_in] == [["password"], ["password", "totp"]]
        assert KnownBrowser.objects.get(user=alice).has_both_factors


def test_while_it_is_set_up_the_page_offers_no_ways_that_lead_back_to_it(client, alice):
    sign_in(client, alice)
    page = client.get(SET_UP).content.decode()
    assert "Set up your authenticator app" in page and 'class="nav"' not in page and "Successfully" not in page
    turn_on(client)
    assert 'class="nav"' in client.get("/portal/").content.decode()


def test_a_wrong_code_sets_nothing_up_and_opens_nothing(client, alice, as_owner):
    sign_in(client, alice)
    client.get(SET_UP)
    assert client.post(SET_UP, {"code": "000000"}).status_code == 200
    assert had(alice, as_owner) == []
    assert client.get("/portal/").headers["Location"] == SET_UP


def test_the_password_alone_reaches_nothing_else(client, alice):
    sign_in(client, alice)
    asked = 0
    for pattern, entry in routes(get_resolver()):
        if "<" in pattern or pattern.startswith(("^", "api/")) or entry.name in SETTING_UP | SIGNS_OF_LIFE:
            continue
        for answer in (client.get(f"/{pattern}"), client.post(f"/{pattern}")):
            assert (answer.status_code, answer.headers["Location"]) == (302, SET_UP), pattern
        asked += 1
    assert asked > 40


OWN_PAGES = (
    "mfa_activate_totp", "mfa_add_webauthn", "mfa_index", "mfa_reauthenticate", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_deactivate_totp", "account_reauthenticate", "account_change_password",
    "account_logout", "usersessions_list", "pin", "lock", "home",
)  # fmt: skip


@pytest.mark.parametrize("name", OWN_PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_came_in_by_password_before_the_factor_was_set_up_elsewhere_is_out(client, alice, as_owner, name, method):
    sign_in(client, alice)
    client.get(SET_UP)
    key = client.session[SECRET_SESSION_KEY]
    with as_owner():
        TOTP.activate(alice, generate_totp_secret())
    answer = getattr(client, method)(reverse(name), {"code": code(key), "password": PASSWORD, "credential": "{}"})
    assert (answer.status_code, answer.headers["Location"]) == (302, DOOR)
    assert "Your second factor is set up. Sign in once more, with it." in client.get(DOOR).content.decode()
    assert "_auth_user_id" not in client.session
    assert had(alice, as_owner) == ["totp"]


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"])
def test_the_password_of_an_account_with_a_second_factor_sets_up_no_other(client, alice, secret, as_owner, name):
    sign_in(client, alice)
    for answer in (client.get(reverse(name)), client.post(reverse(name), {"code": "000000", "credential": "{}"})):
        assert answer.status_code == 302 and answer.headers["Location"].startswith(DOOR)
    assert "_auth_user_id" not in client.session
    assert had(alice, as_owner) == ["totp"]


def test_after_a_quarter_of_an_hour_the_password_is_asked_for_again(client, alice):
    sign_in(client, alice)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 15 * 60 + 1
    session.save()
    assert client.get(SET_UP).headers["Location"].startswith(reverse("account_reauthenticate"))


def test_a_colleague_who_took_over_by_pin_has_given_no_password(client, alice):
    client.force_login(alice)
    assert client.get(SET_UP).headers["Location"].startswith(reverse("account_reauthenticate"))


@override_settings(SECOND_FACTOR_REQUIRED=False)
def test_where_no_second_factor_is_asked_for_an_open_session_alone_sets_none_up(client, alice):
    sign_in(client, alice)
    assert client.get("/portal/").status_code == 200
    assert client.get(SET_UP).headers["Location"].startswith(reverse("account_reauthenticate"))


def test_with_both_factors_a_second_one_still_asks_who_it_is(client, alice, secret):
    sign_in(client, alice)
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert "reauthenticate" in client.get(reverse("mfa_add_webauthn")).headers["Location"]


def test_a_screen_that_locked_while_the_app_was_being_installed_opens_by_password(client, alice):
    sign_in(client, alice)
    session = client.session
    session["seen_at"] = int(time.time()) - 6 * 60
    session.save()
    lock = client.get(SET_UP).headers["Location"]
    assert client.get(lock).status_code == 200
    assert client.post(reverse("lock_open"), {"password": PASSWORD, "next": SET_UP}).headers["Location"] == SET_UP
    assert turn_on(client).headers["Location"] == reverse("mfa_view_recovery_codes")
