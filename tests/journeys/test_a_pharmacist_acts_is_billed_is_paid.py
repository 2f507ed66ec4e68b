"""From signing in with a second factor to the remittance, in a real Chromium against the real server and the real roles.

Alice sets up her authenticator, calls the patient who is first on her list, gives a vaccine; Erin approves and pays; Alice
sees the money. Everything that she types is saved as she types.
"""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from playwright.sync_api import expect

from patients.care.models import Encounter
from tests.conftest import as_owner
from tests.faces.portal.browsing import chromium, open_tab, picture

from .signing_in import give_code, give_passwords, set_up_authenticator, sign_in
from .visits import answer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def call(tab):
    """Today, the panel by keyboard, the call, saved as typed, completed."""
    expect(tab.get_by_role("heading", name="Today")).to_be_visible()
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    panel = tab.locator("#panel")
    expect(panel.get_by_text("supply day by day")).to_be_attached()
    expect(panel.get_by_text("By our records your Lisinopril 20 mg ran out on 14 Nov.")).to_be_visible()
    picture(tab, "journey-panel")
    tab.keyboard.press("Escape")
    tab.get_by_role("button", name=re.compile("Take")).first.click()
    expect(tab.locator("td.owner").first).to_have_text(re.compile("Alice"))
    tab.get_by_role("link", name="Okafor, Ngozi").first.click()
    panel.get_by_role("button", name="Start the call").click()
    expect(answer(tab, "medicine")).to_have_value("Lisinopril 20 mg")
    answer(tab, "outcome", "reached").check()
    answer(tab, "talked_with", "patient").check()
    answer(tab, "agreed").check()
    answer(tab, "barriers", "forgets").check()
    answer(tab, "plan", "organiser").check()
    answer(tab, "note").press_sequentially("Evening dose is forgotten; pill box on Monday.")
    expect(tab.locator("[data-status-for=visit]")).to_have_attribute("data-state", "saved")
    expect(tab.locator("#draft-state")).to_contain_text("1 thing to do before completing")
    picture(tab, "journey-call")
    tab.get_by_role("button", name="Complete").click()
    expect(tab.get_by_role("alert")).to_contain_text("Say how many minutes the conversation took.")
    picture(tab, "journey-missing")
    expect(answer(tab, "note")).to_have_value("Evening dose is forgotten; pill box on Monday.")
    answer(tab, "minutes").fill("12")
    tab.get_by_role("button", name="Complete").click()
    expect(tab.get_by_role("status").filter(has_text="Completed")).to_be_visible()
    expect(tab.locator("#main")).to_contain_text("Submitted")
    return tab.get_by_role("link", name=re.compile("^SC-")).inner_text()


def vaccinate(tab):
    tab.get_by_role("link", name="Back to the chart").click()
    expect(tab.get_by_role("heading", name="Okafor, Ngozi")).to_be_visible()
    tab.get_by_role("button", name="Vaccination").click()
    answer(tab, "screened").check()
    answer(tab, "agreed").check()
    answer(tab, "vis_edition_on").fill("2025-01-31")
    answer(tab, "cvx").select_option("135")
    answer(tab, "product").fill("High dose")
    answer(tab, "lot").fill("U7781A")
    answer(tab, "expires_on").fill("2027-06-30")
    answer(tab, "site").select_option("left_arm")
    answer(tab, "route").select_option("im")
    expect(tab.locator("#draft-state")).to_contain_text("Nothing is missing.")
    tab.get_by_role("button", name="Complete").click()
    expect(tab.locator("#main")).to_contain_text("$27.00")
    return tab.get_by_role("link", name=re.compile("^SC-")).inner_text()


def approve_and_pay(tab, numbers):
    tab.goto("/pbm/claims/?status=submitted")
    for number in numbers:
        tab.get_by_label(f"Select claim {number}").check()
    tab.get_by_role("button", name="Approve").click()
    tab.goto("/pbm/claims/?status=approved")
    for number in numbers:
        tab.get_by_label(f"Select claim {number}").check()
    tab.get_by_role("button", name="Pay", exact=True).click()
    expect(tab.locator("#main")).to_contain_text("$52.00")
    picture(tab, "journey-paid-by-the-pbm")


def test_section_six_by_hand(story, cast, that_day, live_server):
    give_passwords()
    with as_owner():
        erins = generate_totp_secret()
        TOTP.activate(cast.erin, erins)
    with chromium() as browser:
        alice = open_tab(browser, live_server)
        sign_in(alice, cast.alice.email)
        set_up_authenticator(alice)
        numbers = [call(alice), vaccinate(alice)]
        erin = open_tab(browser, live_server)
        sign_in(erin, cast.erin.email)
        give_code(erin, erins)
        approve_and_pay(erin, numbers)
        alice.goto("/portal/billing/")
        for number in numbers:
            row = alice.get_by_role("row").filter(has_text=number)
            expect(row).to_contain_text("Paid")
        alice.get_by_role("link", name=re.compile("^RA-")).first.click()
        expect(alice.locator("tfoot")).to_contain_text("$52.00")
        for number in numbers:
            expect(alice.locator("tbody")).to_contain_text(number)
        picture(alice, "journey-remittance")
        assert alice.complaints == []
    with as_owner():
        visits = Encounter.objects.filter(patient=cast.a.patient)
        assert {visit.status for visit in visits} == {"completed"}


def test_without_javascript_the_same_work_is_done(story, cast, live_server, settings):
    """Links and forms alone: the panel, taking, dismissing with undo, the visit, completing."""
    settings.SECOND_FACTOR_REQUIRED = False
    give_passwords()
    with chromium() as browser:
        tab = open_tab(browser, live_server, width=390, javascript=False)
        sign_in(tab, cast.alice.email)
        tab.goto("/portal/")
        tab.get_by_role("button", name=re.compile("Take")).first.click()
        tab.locator("#panel").get_by_role("link", name="Dismiss").click()
        tab.get_by_label("Why").select_option("not_found")
        tab.get_by_role("button", name="Dismiss the flag").click()
        tab.get_by_role("button", name="Undo").click()
        tab.locator("#panel").get_by_role("button", name="Start the call").click()
        answer(tab, "outcome", "no_answer").check()
        tab.get_by_role("button", name="Save", exact=True).click()
        expect(tab.locator("#main")).to_contain_text("Nothing is missing.")
        tab.get_by_role("button", name="Complete").click()
        expect(tab.locator("#main")).to_contain_text("No claim was opened")
        expect(tab.locator("#main")).to_contain_text("The flag stays on the list.")
