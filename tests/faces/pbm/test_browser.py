"""Every page of the site in a real Chromium, each person on their own database log-in: no complaint of the strict
content security policy, and nothing for axe."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate, invoicing
from pharmacies.billing.actions import open_claim, void
from pharmacies.billing.reasons import Cut
from tests.faces.portal.browsing import chromium, faults, open_tab
from tests.factories.snapshots import snapshot_of

from .test_who_may import MAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LOOKS = [(1440, "light"), (390, "dark")]


@pytest.fixture
def work_done(cast):
    """Claims paid in part, void and taken back, denied, pended, held, submitted (the cast's); a notice, an invoice.

    Gives the remittance that takes back, the claim with a notice, and the invoice.
    """
    today, erin = timezone.localdate(), cast.erin
    days = [today - timedelta(days=n) for n in range(1, 6)]
    with context.acting_as(cast.alice.scope):
        snapshots = [snapshot_of(cast.a, service_on=day) for day in days]
        paid, other, denied, pended, later = (open_claim(snapshot=each, by=cast.alice) for each in snapshots)
        open_claim(snapshot=snapshot_of(cast.a, coverage=None), by=cast.alice)
    with context.acting_as(erin.scope):
        cuts = {1: (Cut(group="CO", carc="45", cents=500),)}
        adjudicate.approve_in_part(claim=paid, approved={1: 2000}, cuts=cuts, by=erin)
        adjudicate.approve(claims=[other], by=erin)
        adjudicate.pay(claims=[paid, other], paid_on=today, by=erin)
        adjudicate.deny(claim=denied, carc="16", rarc="MA61", reason="See the card.", by=erin)
        adjudicate.pend(claim=pended, wait="information", until=today, reason="Which call?", by=erin)
        adjudicate.recoup(claim=other, amount_cents=500, reason="Paid twice by mistake.", by=erin)
        invoice = invoicing.issue(payer_id=cast.a.payer.pk, client="", program="", month=today, by=erin)
    with context.acting_as(cast.alice.scope):
        asks = void(claim=paid, reason="Wrong patient.", by=cast.alice)
    with context.acting_as(erin.scope):
        adjudicate.approve(claims=[asks, later], by=erin)
        (remittance,) = adjudicate.pay(claims=[later], paid_on=today, by=erin)
    return SimpleNamespace(remittance=remittance, claims=[paid, other, denied, pended], invoice=invoice)


def pages_of(who, cast, work):
    addresses = [reverse(name) for name in MAY[who] if name != "pbm:pharmacies_export"]
    if "pbm:claims" in MAY[who]:
        addresses += [
            reverse("pbm:claims") + "?status=all",
            reverse("pbm:remittance", args=[work.remittance.public_id]),
        ]
        addresses += [reverse("pbm:claim", args=[claim.public_id]) for claim in (cast.a.service_claim, *work.claims)]
        addresses += [reverse("pbm:invoice", args=[work.invoice.public_id])]
        addresses += [reverse("pbm:claims_delivery_change", args=[cast.a.delivery.public_id])]
        addresses += [reverse("pbm:programs_participation_change", args=[cast.a.participation.pk])]
    if "pbm:rollout" in MAY[who]:
        asked = {"program": cast.a.participation.program_id, "client": cast.a.client.pk, "since": "2026-01-01"}
        addresses += [f"{reverse('pbm:rollout')}?{urlencode(asked | {'until': timezone.localdate()})}"]
    if "pbm:clients" in MAY[who]:
        addresses += [reverse("pbm:client", args=[cast.a.client.pk])]
    if who != "vera":
        addresses += [reverse("pbm:pharmacy", args=[cast.a.pharmacy.public_id])]
        addresses += [reverse("pbm:network", args=[cast.network.public_id])]
        addresses += [reverse("pbm:contract", args=[cast.contract.public_id])]
    if who in ("dana", "grace"):
        addresses += [reverse(name, args=[cast.a.pharmacy.public_id]) for name in ("pbm:credential_add", "pbm:attest")]
        addresses += [reverse("pbm:network_edit", args=[cast.network.public_id])]
    if who == "dana":
        addresses += [reverse(name, args=[cast.contract.public_id]) for name in ("pbm:fee_set", "pbm:uplift_set")]
    if who != "vera":
        addresses += [reverse("pbm:index"), reverse("pbm:pharmacies_contract_change", args=[cast.contract.public_id])]
    return addresses


@pytest.mark.parametrize("who", ["dana", "erin", "grace", "ada", "vera"])
def test_every_page_keeps_the_strict_policy_and_axe_finds_nothing(cast, work_done, live_server, who):
    client = Client()
    client.force_login(getattr(cast, who))
    cookies, found = [("sessionid", client.cookies["sessionid"].value)], []
    with chromium() as browser:
        tab = open_tab(browser, live_server, cookies=cookies)
        for address in pages_of(who, cast, work_done):
            answer = tab.goto(address)
            name = f"{who}-{address.strip('/').replace('/', '-').replace('?', '-')[:60]}"
            found += [(address, answer.status)] if answer.status != 200 else []
            found += [(address, *fault) for fault in faults(tab, name, LOOKS)]
    assert not found, "\n".join(map(str, found))


def test_erin_approves_and_pays_with_the_mouse(cast, live_server):
    client = Client()
    client.force_login(cast.erin)
    with chromium() as browser:
        tab = open_tab(browser, live_server, cookies=[("sessionid", client.cookies["sessionid"].value)])
        tab.goto(reverse("pbm:claims"))
        tab.get_by_label(f"Select claim {cast.a.service_claim.number}").check()
        tab.get_by_role("button", name="Approve", exact=True).click()
        tab.get_by_role("button", name="Pay", exact=True).click()
        tab.wait_for_url("**/remittances/*/")
        assert tab.get_by_role("heading", level=1).inner_text().startswith("Remittance RA-")
        assert "$25.00" in tab.get_by_role("table").inner_text()
        assert tab.complaints == []
