"""The lock over the page in a real Chromium: what was typed stays, other tabs lock too, a colleague goes on; without scripts too."""

from urllib.parse import unquote_plus

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from playwright.sync_api import expect

from carecoord.kernel.accounts.actions import locks
from carecoord.kernel.accounts.models import Membership, User
from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care.models import Encounter
from tests.conftest import as_owner
from tests.factories.cast import LONG_AGO, PASSWORD

from .portal.browsing import chromium, open_tab, picture
from .portal.conftest import static_root
from .test_passkeys import add_passkey, looks_right, plug_in_authenticator, sign_in_by_password

__all__ = ["static_root"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PIN, BOBS = "2580", "739146"


@pytest.fixture
def draft(cast, settings):
    """Alice and Bob have PINs; Alice's visit is open. Olive owns the store, and Alice works at Birch Road as well."""
    settings.SECOND_FACTOR_REQUIRED = False
    with as_owner():
        User.objects.update(password=make_password(PASSWORD))
    for person, pin in [(cast.alice, PIN), (cast.bob, BOBS)]:
        with context.acting_as(person.scope):
            locks.set_pin(pin=pin, by=person)
    with context.acting_as(cast.alice.scope):
        return care.start(
            protocol="adherence_call", patient=cast.a.patient, pharmacy=cast.a.pharmacy, by=cast.alice, flag=cast.a.flag
        )


def sign_out(tab):
    tab.goto(reverse("account_logout"))
    tab.locator("main").get_by_role("button", name="Sign out").click()


def type_pin(tab, pin, person=None):
    lock = tab.locator("[data-locked]").last
    if person:
        lock.get_by_label(person, exact=True).check()
    lock.get_by_label("PIN").fill(pin)
    lock.get_by_role("button", name="Unlock", exact=True).click()


def test_the_page_and_what_was_typed_stay_until_somebody_opens_the_lock(cast, draft, live_server):
    page, wrong = reverse("portal:encounter", args=[draft.public_id]), []
    with chromium() as browser:
        tab = open_tab(browser, live_server)
        plug_in_authenticator(tab)
        for person in (cast.bob, cast.alice):
            sign_in_by_password(tab, person)
            expect(tab.get_by_role("heading", name="Today")).to_be_visible()
            if person is cast.bob:
                sign_out(tab)
        tab.goto(page)
        medicine = tab.locator("#visit [name=medicine]")
        medicine.fill("Lisinopril 20 mg")
        other = tab.context.new_page()
        other.goto("/portal/")
        tab.keyboard.press("Alt+l")
        expect(tab.get_by_role("heading", name="Screen locked")).to_be_visible()
        expect(medicine).to_be_hidden()
        expect(other.get_by_role("heading", name="Screen locked")).to_be_visible()
        assert tab.title() == "Locked · CareCoord"
        refused = "fetch('/portal/').then(answer => answer.url)"
        assert "/lock/" in tab.evaluate(refused)
        looks_right(tab, "lock", wrong)
        type_pin(tab, "1357")
        expect(tab.get_by_text("4 tries are left")).to_be_visible()
        type_pin(tab, PIN)
        expect(medicine).to_have_value("Lisinopril 20 mg")
        expect(other.get_by_role("heading", name="Today")).to_be_visible()
        with as_owner():
            assert (
                Encounter.objects.get(pk=draft.pk).answers["medicine"] == "Lisinopril 20 mg"
            )  # before the lock closed

        tab.get_by_text("Alice menu").click()
        tab.get_by_role("button", name="Lock the screen").click()
        type_pin(tab, BOBS, "Bob")
        expect(tab.locator(".user-name")).to_have_text("Bob")  # as himself, on the same page
        expect(tab.locator("#visit [name=medicine]")).to_have_value("Lisinopril 20 mg")
        expect(other.locator(".user-name")).to_have_text("Bob")
        other.close()  # a passkey is asked for in the tab in front
        with tab.expect_response(
            lambda answer: answer.url.endswith("/save/") and "40 mg" in unquote_plus(answer.request.post_data or "")
        ):
            tab.locator("#visit [name=medicine]").fill("Lisinopril 40 mg")
        expect(tab.locator("[data-status-for=visit]")).to_have_attribute("data-state", "saved")

        tab.goto(reverse("mfa_add_webauthn"))
        tab.get_by_label("Password", exact=True).fill(PASSWORD)
        tab.get_by_role("button", name="Confirm").click()
        add_passkey(tab, "Bob's key")
        expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
        tab.goto(page)
        tab.keyboard.press("Alt+l")
        tab.get_by_role("button", name="Use a passkey").click()
        expect(tab.locator("#visit [name=medicine]")).to_have_value("Lisinopril 40 mg")
        complaints = [said for said in tab.complaints if "422" not in said and "423" not in said]
    assert complaints == []
    assert wrong == []


def test_it_locks_and_opens_without_javascript(cast, draft, live_server):
    page = reverse("portal:encounter", args=[draft.public_id])
    with chromium() as browser:
        tab = open_tab(browser, live_server, javascript=False)
        sign_in_by_password(tab, cast.alice)
        tab.goto(page)
        tab.locator("summary", has_text="Alice").click()
        tab.get_by_role("button", name="Lock the screen").click()
        expect(tab.get_by_role("heading", name="Screen locked")).to_be_visible()
        tab.goto("/portal/")
        expect(tab.get_by_role("heading", name="Screen locked")).to_be_visible()
        tab.goto(page)
        type_pin(tab, PIN)
        expect(tab.get_by_role("button", name="Complete")).to_be_visible()
        assert tab.url.endswith(page)


def test_axe_finds_nothing_on_the_pages_of_accounts_and_people(cast, draft, live_server):
    wrong = []
    with as_owner():
        olive = User.objects.create(email="olive@example.org", name="Olive", password=make_password(PASSWORD))
        for place in (cast.a.pharmacy.organisation, cast.b.pharmacy.organisation):
            Membership.objects.create(user=olive, organisation=place, role="owner", since=LONG_AGO)
    with chromium() as browser:
        for width, scheme in ((1440, "light"), (390, "dark")):
            tab = open_tab(browser, live_server, width=width, scheme=scheme)
            sign_in_by_password(tab, olive)
            expect(tab.get_by_role("heading", name="Where do you work now?")).to_be_visible()
            name = f"{width}-{scheme}"
            looks_right(tab, f"place-{name}", wrong)
            tab.get_by_role("button", name="Ash Street Pharmacy").click()
            expect(tab.get_by_role("heading", name="Today")).to_be_visible()
            for title, address in {
                "people": reverse("portal:people"),
                "invite": reverse("portal:invite"),
                "person": reverse("portal:person", args=[cast.bob.public_id]),
                "self": reverse("portal:person", args=[olive.public_id]),
                "sessions": reverse("usersessions_list"),
                "factors": reverse("mfa_index"),
            }.items():
                tab.goto(address)
                looks_right(tab, f"{title}-{name}", wrong)
            tab.locator("summary", has=tab.locator(".user-name")).click()
            picture(tab, f"menu-{name}")
            tab.goto(reverse("pin"))
            tab.get_by_label("Password", exact=True).fill(PASSWORD)
            tab.get_by_role("button", name="Confirm").click()
            expect(tab.get_by_label("The same once more")).to_be_visible()
            looks_right(tab, f"pin-{name}", wrong)
            tab.keyboard.press("Alt+l")
            expect(tab.get_by_label("Password", exact=True)).to_be_visible()
            looks_right(tab, f"lock-{name}", wrong)
            tab.reload()
            looks_right(tab, f"lock-page-{name}", wrong)
            wrong += tab.complaints
            tab.context.close()
    assert wrong == []
