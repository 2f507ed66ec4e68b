"""Bob's morning: a try in vain, a blood pressure, a vaccine scanned into the refrigerator and out of it, a denied claim mended.

He completes nothing: Alice finds his drafts in the chart, and completes them with one click each.
"""

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from carecoord.kernel.tenancy import context
from patients.care.models import OutreachTry
from patients.claims.models import DoseGiven, Reading
from pharmacies.billing import adjudicate
from pharmacies.billing.models import ServiceClaim
from pharmacies.models import Fee
from tests.conftest import as_owner
from tests.faces.portal.browsing import chromium, picture
from tests.faces.portal.test_billing import completed

from .signing_in import come_in, give_passwords
from .visits import answer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARTON = "(01)00349281125652(17)270630(10)U7781A"


@pytest.fixture
def denied(cast, story):
    with as_owner():
        Fee.objects.create(
            contract=cast.contract,
            code="BP-CHECK",
            label="Blood pressure check",
            amount_cents=1500,
            since=date(2020, 1, 1),
        )
    claim = completed(cast)
    with context.acting_as(cast.erin.scope):
        return adjudicate.deny(claim=claim, group="CO", carc="16", rarc="MA61", by=cast.erin)


def try_to_call(tab):
    tab.get_by_role("link", name="Okafor, Ngozi").first.click()
    panel = tab.locator("#panel")
    panel.get_by_role("link", name="Note a try").click()
    panel.get_by_label("Telephone").check()
    panel.get_by_label("No answer").check()
    panel.get_by_role("button", name="Note the try").click()
    expect(tab.get_by_role("status").filter(has_text="noted as try 1")).to_be_visible()
    tab.get_by_role("link", name="Okafor, Ngozi").first.click()
    panel.get_by_role("link", name="Chart").click()
    expect(tab.get_by_role("heading", name="Okafor, Ngozi")).to_be_visible()
    expect(tab.locator("#main")).to_contain_text("Telephone: no answer")
    return tab.url


def measure(tab):
    """The draft is kept as it is typed, and says its average; a technician has no button to complete it."""
    tab.get_by_role("button", name="Blood pressure check").click()
    answer(tab, "rested").check()
    answer(tab, "arm", "left").check()
    answer(tab, "cuff").select_option("adult")
    for name, value in {"systolic_1": 138, "diastolic_1": 86, "systolic_2": 134, "diastolic_2": 84}.items():
        answer(tab, name).fill(str(value))
    answer(tab, "minutes_2").fill("2")
    expect(tab.locator("#draft-state")).to_contain_text("Average 136/85, from readings 1, 2.")
    expect(tab.locator("#draft-state")).to_contain_text("Nothing is missing.")
    expect(tab.locator("#visit")).to_contain_text("A pharmacist completes it; your draft is kept for them.")
    assert tab.get_by_role("button", name="Complete").count() == 0
    picture(tab, "technician-pressure")


def fill_the_refrigerator(tab):
    tab.goto("/portal/vaccines/")
    tab.get_by_label("Scan the carton").fill(CARTON)
    tab.get_by_label("Vaccine").first.select_option("135")
    tab.get_by_label("Product").fill("High dose")
    tab.get_by_label("NDC").fill("49281-125-65")
    tab.get_by_label("Doses").fill("10")
    tab.get_by_role("button", name="Put on the list").click()
    expect(tab.get_by_role("row").filter(has_text="U7781A")).to_contain_text("Usable")


def prepare_the_shot(tab, chart):
    tab.goto(chart)
    tab.get_by_role("button", name="Vaccination").click()
    answer(tab, "barcode").fill(CARTON)
    expect(answer(tab, "lot")).to_have_value("U7781A")
    expect(answer(tab, "expires_on")).to_have_value("2027-06-30")
    answer(tab, "screened").check()
    answer(tab, "agreed").check()
    answer(tab, "vis_edition_on").fill("2025-01-31")
    answer(tab, "site").select_option("left_arm")
    answer(tab, "route").select_option("im")
    expect(tab.locator("#draft-state")).to_contain_text("Nothing is missing.")
    picture(tab, "technician-shot")


def mend(tab, number):
    tab.goto("/portal/billing/?status=denied")
    tab.get_by_role("link", name=number).click()
    expect(tab.locator("#main")).to_contain_text("Member id missing")
    tab.get_by_text("Correct and send again").click()
    tab.get_by_role("button", name="Send the correction").click()
    expect(tab.get_by_role("status").filter(has_text="was sent")).to_be_visible()
    expect(tab.locator("#main")).to_contain_text(f"This corrects claim {number}")
    assert tab.get_by_text("Withdraw the claim").count() == 0


def complete_what_is_prepared(tab, chart):
    for title, charged in (("blood pressure check", "$15.00"), ("vaccination", "$27.00")):
        tab.goto(chart)
        tab.get_by_role("link", name=re.compile(f"Go on with the draft: {title}")).click()
        tab.get_by_role("button", name="Complete").click()
        expect(tab.get_by_role("status").filter(has_text="Completed")).to_be_visible()
        expect(tab.locator("#main")).to_contain_text(charged)


def test_bob_prepares_and_alice_completes(denied, cast, live_server):
    give_passwords()
    with chromium() as browser:
        bob = come_in(browser, live_server, cast.bob)
        expect(bob.get_by_role("heading", name="Today")).to_be_visible()
        chart = try_to_call(bob)
        measure(bob)
        fill_the_refrigerator(bob)
        prepare_the_shot(bob, chart)
        mend(bob, denied.number)
        alice = come_in(browser, live_server, cast.alice)
        complete_what_is_prepared(alice, chart)
        assert bob.complaints == alice.complaints == []
    with as_owner():
        assert OutreachTry.objects.get(patient=cast.a.patient).by == cast.bob
        assert ServiceClaim.objects.get(replaces=denied.pk).status == "submitted"
        assert Reading.objects.filter(patient=cast.a.patient).exists()
        assert DoseGiven.objects.get(patient=cast.a.patient).lot == "U7781A"
