"""Passkeys in a real Chromium with a virtual authenticator: added, used as both factors, renamed, removed."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from playwright.sync_api import expect

from carecoord.kernel.accounts.models import User
from tests.conftest import as_owner
from tests.factories.cast import PASSWORD

from .portal.browsing import chromium, open_tab, picture, violations
from .portal.conftest import static_root

__all__ = ["static_root"]


def plug_in_authenticator(tab, *, verifies=True):
    """A device of Chromium's own that keeps passkeys; `verifies`: the finger is the right one. Returns (session, id)."""
    session = tab.context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": verifies, "automaticPresenceSimulation": True,
    }  # fmt: skip
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def add_passkey(tab, name):
    tab.goto(reverse("mfa_add_webauthn"))
    tab.get_by_label("Name").fill(name)
    tab.get_by_role("button", name="Add the passkey").click()


def sign_in_by_password(tab, person):
    tab.goto("/")
    tab.get_by_label("E-mail").fill(person.email)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def looks_right(tab, name, wrong):
    picture(tab, name)
    wrong += [(name, found) for found in violations(tab)]
    if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append((name, "overflow"))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_passkey_is_added_signs_in_alone_is_renamed_and_removed(cast, live_server):
    with as_owner():
        User.objects.filter(pk=cast.alice.pk).update(password=make_password(PASSWORD))
    wrong = []
    with chromium() as browser:
        tab = open_tab(browser, live_server)
        plug_in_authenticator(tab)
        sign_in_by_password(tab, cast.alice)
        expect(tab.get_by_role("heading", name="Set up your authenticator app")).to_be_visible()
        tab.get_by_role("link", name="Set up a passkey instead").click()
        expect(tab.get_by_role("heading", name="Add a passkey")).to_be_visible()
        looks_right(tab, "passkey-add", wrong)
        add_passkey(tab, "The counter")
        expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
        assert len(tab.locator(".codes li").all()) == 10
        looks_right(tab, "recovery-codes", wrong)
        with tab.expect_download() as download:
            tab.get_by_role("link", name="Download").click()
        assert download.value.path().read_text().split() == tab.locator(".codes li").all_inner_texts()
        tab.get_by_role("link", name="I have saved them").click()
        expect(
            tab.get_by_role("heading", name="Today")
        ).to_be_visible()  # the password and the new passkey: both factors
        tab.goto(reverse("account_logout"))
        tab.locator("main").get_by_role("button", name="Sign out").click()
        expect(tab.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
        looks_right(tab, "sign-in", wrong)
        tab.get_by_role("button", name="Sign in with a passkey").click()
        expect(tab.get_by_role("heading", name="Today")).to_be_visible()  # no password, no code: it was both factors

        tab.goto(reverse("mfa_view_recovery_codes"))
        tab.get_by_role("link", name="Use a passkey").click()
        tab.get_by_role("button", name="Use a passkey").click()
        expect(tab.get_by_text("They were shown once")).to_be_visible()
        tab.goto(reverse("mfa_list_webauthn"))
        looks_right(tab, "passkeys", wrong)
        tab.get_by_role("link", name="Rename").click()
        tab.get_by_label("Name").fill("Alice's telephone")
        tab.get_by_role("button", name="Save").click()
        expect(tab.get_by_role("strong")).to_have_text("Alice's telephone")
        tab.get_by_role("link", name="Remove").click()
        looks_right(tab, "passkey-remove", wrong)
        tab.get_by_role("button", name="Remove").click()
        # that was the only second factor
        expect(tab.get_by_role("heading", name="Set up your authenticator app")).to_be_visible()
        assert tab.complaints == []
    assert wrong == []
    with as_owner():
        assert not Authenticator.objects.filter(user=cast.alice).exists()


@pytest.mark.django_db
def test_a_passkey_that_nobody_asked_for_is_refused_in_words(client, cast):
    for junk in ("", "{", "[]", '{"id": 1}', '{"response": {"userHandle": "MQ"}}', '{"response": []}', "null", "7"):
        answer = client.post(reverse("mfa_login_webauthn"), {"credential": junk})
        assert answer.status_code == 302, junk
        assert answer.headers["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session
