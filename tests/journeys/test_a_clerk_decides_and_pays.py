"""Erin's day: two claims approved at once, one denied with its codes, one pended, one above the limit that a second person
approves; then all of it is paid, and the client's invoice says the same cents as the remittance."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from carecoord.kernel.accounts.models import Membership, User
from carecoord.kernel.tenancy import context
from pharmacies.billing.actions import open_claim
from pharmacies.billing.models import ServiceClaim
from pharmacies.models import Fee
from tests.conftest import as_owner
from tests.faces.portal.browsing import chromium, picture
from tests.factories.cast import LONG_AGO
from tests.factories.snapshots import snapshot_of

from .signing_in import come_in, give_passwords

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ABOVE_THE_LIMIT_CENTS = 120_000


@pytest.fixture
def colleague(cast):
    with as_owner():
        ines = User.objects.create(email="ines@example.org", name="Ines")
        Membership.objects.create(user=ines, organisation=cast.pbm, role="claims", since=LONG_AGO)
    return ines


@pytest.fixture
def claims(cast):
    """Five submitted claims of $25.00, the last of $1,200.00."""
    with as_owner():
        Fee.objects.create(
            contract=cast.contract, code="99605", label="Review", amount_cents=ABOVE_THE_LIMIT_CENTS, since=LONG_AGO
        )
    days = [timezone.localdate() - timedelta(days=n) for n in range(1, 6)]
    lines = [(("99606", 1),)] * 4 + [(("99605", 1),)]
    with context.acting_as(cast.alice.scope):
        snapshots = [snapshot_of(cast.a, service_on=day, lines=each) for day, each in zip(days, lines, strict=True)]
        return [open_claim(snapshot=each, by=cast.alice).number for each in snapshots]


def approve_together(tab, numbers):
    tab.goto("/pbm/claims/")
    for number in numbers:
        tab.get_by_label(f"Select claim {number}").check()
    tab.get_by_role("button", name="Approve", exact=True).click()


def test_erin_decides_ines_confirms_and_the_cents_agree(claims, colleague, cast, live_server):
    first, second, wrong, unclear, big = claims
    give_passwords()
    with chromium() as browser:
        erin = come_in(browser, live_server, cast.erin)
        approve_together(erin, [first, second])
        expect(erin.get_by_role("status").filter(has_text="Approved 2 claims.")).to_be_visible()
        deny(erin, wrong)
        pend(erin, unclear)
        open_it(erin, big)
        erin.get_by_role("button", name="Approve", exact=True).click()
        expect(erin.locator("#main")).to_contain_text("1 claim above the limit waits for a second person.")
        erin.get_by_role("button", name="Approve", exact=True).click()
        expect(erin.locator("#main")).to_contain_text("needs a second person: you approved it first")
        assert "422" in erin.complaints.pop()  # the browser says so of a form that is shown again
        ines = come_in(browser, live_server, colleague)
        open_it(ines, big)
        ines.get_by_role("button", name="Approve", exact=True).click()
        expect(ines.get_by_role("status").filter(has_text="Approved 1 claim.")).to_be_visible()
        pay(erin, [first, second, big])
        invoice(erin)
        assert erin.complaints == ines.complaints == []
    with as_owner():
        states = dict(ServiceClaim.objects.values_list("number", "status"))
    assert [states[number] for number in claims] == ["paid", "paid", "denied", "pended", "paid"]


def open_it(tab, number):
    tab.goto("/pbm/claims/?status=all")
    tab.get_by_role("link", name=number).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text(number)


def deny(tab, number):
    open_it(tab, number)
    tab.locator("summary").filter(has_text="Deny").click()
    tab.locator("#deny_carc").select_option("16")
    tab.locator("#deny_rarc").select_option("MA61")
    tab.locator("#deny_reason").fill("The member id is that of the husband.")
    tab.get_by_role("button", name="Deny the claim").click()
    expect(tab.get_by_role("status").filter(has_text="Denied 1 claim.")).to_be_visible()
    expect(tab.locator("#main")).to_contain_text("MA61 Member id missing")
    picture(tab, "clerk-denied")


def pend(tab, number):
    open_it(tab, number)
    tab.locator("summary").filter(has_text="Pend").click()
    tab.locator("#pend_wait").select_option("information")
    tab.locator("#pend_until").fill((timezone.localdate() + timedelta(days=7)).isoformat())
    tab.locator("#pend_reason").fill("Which medicine was the call about?")
    tab.get_by_role("button", name="Pend the claim").click()
    expect(tab.get_by_role("status").filter(has_text="Pended 1 claim.")).to_be_visible()


def pay(tab, numbers):
    tab.goto("/pbm/claims/?status=approved")
    tab.get_by_label("Select all that are shown").check()
    for number in numbers:
        expect(tab.get_by_label(f"Select claim {number}")).to_be_checked()
    tab.locator("#pay_trace").fill("ACH0042")
    tab.get_by_role("button", name="Pay", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Remittance RA-")
    expect(tab.locator("#main")).to_contain_text("ACH0042")
    expect(tab.locator("#main")).to_contain_text("$1,250.00")
    picture(tab, "clerk-remittance")


def invoice(tab):
    tab.goto("/pbm/invoices/")
    tab.locator("summary", has_text="Issue").first.click()
    tab.get_by_role("button", name="Issue the invoice").click()
    expect(tab.get_by_role("status").filter(has_text="is issued")).to_be_visible()
    expect(tab.locator("#main")).to_contain_text("$1,250.00")
    picture(tab, "clerk-invoice")
