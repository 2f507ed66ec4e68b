"""How people come in: password, then the six digits of their authenticator."""

from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from carecoord.kernel.accounts.models import User
from tests.conftest import as_owner
from tests.faces.portal.browsing import open_tab
from tests.factories.cast import PASSWORD

TRIES = 3


def code(secret):
    """The six digits that an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def give_passwords():
    with as_owner():
        User.objects.update(password=make_password(PASSWORD))


def sign_in(tab, email):
    tab.goto("/")
    tab.get_by_label("E-mail").fill(email)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def set_up_authenticator(tab):
    """Right after the password: reads the key as a person would, types one code, saves the recovery codes, and is in."""
    expect(tab.get_by_role("heading", name="Set up your authenticator app")).to_be_visible()
    secret = tab.locator(".copy code").first.inner_text().strip()
    tab.get_by_label("Code").fill(code(secret))
    tab.get_by_role("button", name="Turn on").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(tab.locator(".codes li")).to_have_count(10)
    tab.get_by_role("link", name="I have saved them").click()
    expect(tab.get_by_role("heading", name="Today")).to_be_visible()
    tab.wait_for_load_state()  # from now on the page hears keys


def give_code(tab, secret):
    """Types the code; one that runs out on the way is refused, and the next one is typed."""
    asked = tab.get_by_role("heading", name="Enter your code")
    expect(asked).to_be_visible()
    for _ in range(TRIES):
        tab.get_by_label("Code").fill(code(secret))
        with tab.expect_navigation():
            tab.get_by_role("button", name="Sign in", exact=True).click()
        if not asked.count():
            return


def come_in(browser, server, person):
    """A tab of somebody whose authenticator is set up, behind both factors."""
    with as_owner():
        secret = generate_totp_secret()
        TOTP.activate(person, secret)
    tab = open_tab(browser, server)
    sign_in(tab, person.email)
    give_code(tab, secret)
    expect(tab.locator(".user-name")).to_have_text(person.name)
    return tab
