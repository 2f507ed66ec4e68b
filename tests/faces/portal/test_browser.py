"""Every portal page in a real Chromium, as the pharmacist: axe, no overflow, no complaint of the strict policy."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import protocols
from patients.care.actions import everyday, stock
from pharmacies.billing import adjudicate
from tests.patients.care.test_protocols import SHOT

from . import story as stories
from .browsing import LOOKS, chromium, faults, open_tab, violations
from .test_vaccines import CODE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CALL = {
    "service_on": "2026-11-21", "medicine": "Lisinopril 20 mg", "outcome": "reached", "talked_with": "patient", "agreed": "yes",
    "barriers": ["forgets"], "plan": ["delivery", "organiser"], "minutes": "12",
}  # fmt: skip


def pages(cast, flag):
    """name -> address, with one of everything: drafts, a claim in each status that matters, a remittance."""
    found = {
        "today": "/portal/",
        "panel": f"/portal/?open={flag.public_id}",
        "dismiss": reverse("portal:dismiss", args=[flag.public_id]),
    }
    found |= {"patients": "/portal/patients/", "patient": reverse("portal:patient", args=[cast.a.patient.public_id])}
    with context.acting_as(cast.alice.scope):
        here = {"pharmacy": cast.a.pharmacy, "by": cast.alice}
        start = {"patient": cast.a.patient, **here}
        call = care.start(protocol="adherence_call", **start)
        call = care.save(encounter=call, answers=CALL, revision=call.revision, by=cast.alice)
        done = care.complete(encounter=call, by=cast.alice)
        second = care.start(protocol="adherence_call", flag=flag, **start)
        claim = care.bill.claim_of(cast.alice, done)
        shot = care.start(protocol="vaccination", **start)
        shot = care.save(encounter=shot, answers=SHOT, revision=shot.revision, by=cast.alice)
        denied = care.bill.claim_of(cast.alice, care.complete(encounter=shot, by=cast.alice))
        draft = care.start(protocol="vaccination", **start)
        pressure = care.start(protocol="bp_check", **start)
        yearly = care.start(protocol="comprehensive_review", **start)
        lot = stock.receive(cvx="135", product="High dose", lot="B7", expires_on=date(2027, 6, 30), doses=9, **here)
        everyday.record_fact(kind="interpreter", details={"language": "French"}, **start)
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        (remittance,) = adjudicate.pay(claims=[claim], paid_on=stories.TODAY, by=cast.erin)
        adjudicate.deny(claim=denied, carc="16", rarc="MA61", by=cast.erin)
        adjudicate.recoup(claim=claim, amount_cents=500, reason="Paid twice by mistake.", by=cast.erin)
    names = {"draft": draft, "call": second, "completed": done, "pressure": pressure, "yearly": yearly}
    found |= {name: reverse("portal:encounter", args=[one.public_id]) for name, one in names.items()}
    found |= {
        "nobody": "/portal/?show=mine",
        "billing": "/portal/billing/",
        "claim": reverse("portal:claim", args=[claim.public_id]),
    }
    found |= {"denied": reverse("portal:claim", args=[denied.public_id]), "statement": "/portal/billing/statement/"}
    found |= {"correct": reverse("portal:correct", args=[denied.public_id])}
    found |= {"remittance": reverse("portal:remittance", args=[remittance.public_id]), "pharmacy": "/portal/pharmacy/"}
    found |= {name: reverse(f"portal:{name}", args=[flag.public_id]) for name in ("try", "snooze")}
    found |= {"plan": reverse("portal:plan", args=[cast.a.patient.public_id]), "vaccines": "/portal/vaccines/"}
    found |= {"facts": reverse("portal:facts", args=[cast.a.patient.public_id]) + "?kind=caregiver"}
    found |= {"files": "/portal/billing/files/", "opt-outs": "/portal/opt-outs/"}
    return found | {"lot": reverse("portal:lot", args=[lot.public_id]), "given": "/portal/vaccines/given/"}


def test_axe_finds_nothing_on_any_page(story, cast, live_server, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    addresses, wrong = pages(cast, story[0]), []
    client = Client()
    client.force_login(cast.alice)
    cookies = [(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)]
    with chromium() as browser:
        tab = open_tab(browser, live_server, cookies=cookies)
        for name, address in addresses.items():
            answer = tab.goto(address)
            assert answer.status == 200, (name, answer.status)
            wrong += [(name, *fault) for fault in faults(tab, name, LOOKS)]
    assert wrong == []


def test_what_a_scanner_types_before_htmx_listens_is_saved(story, cast, live_server, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(cast.alice)
    shot = client.post(f"/portal/patients/{cast.a.patient.public_id}/start/", {"protocol": "vaccination"}).url
    cookies = [(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)]
    with chromium() as browser:
        tab, held = open_tab(browser, live_server, cookies=cookies), []
        tab.route("**/htmx*.js", lambda route: held.append(route))
        tab.goto(shot, wait_until="commit")
        tab.locator("#visit [name=barcode]").fill(CODE)
        assert len(held) == 1
        held[0].continue_()
        expect(tab.locator("#visit [name=lot]")).to_have_value("U7781A")
        expect(tab.locator("#visit [name=expires_on]")).to_have_value("2027-06-30")
        assert tab.complaints == []


def test_a_draft_that_is_only_looked_at_is_not_saved(story, cast, live_server, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(cast.alice)
    start = f"/portal/patients/{cast.a.patient.public_id}/start/"
    drafts = [client.post(start, {"protocol": protocol}).url for protocol in protocols.every()]
    cookies = [(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)]
    with chromium() as browser:
        tab, sent = open_tab(browser, live_server, cookies=cookies), []
        tab.on("request", lambda request: sent.append(request.method))
        for draft in drafts:
            tab.goto(draft, wait_until="networkidle")
            tab.wait_for_timeout(500)  # a save waits 200 ms before it is sent
    assert set(sent) == {"GET"}


def test_axe_is_really_asked(story, cast, live_server, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(cast.alice)
    cookies = [(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)]
    with chromium() as browser:
        tab = open_tab(browser, live_server, cookies=cookies)
        tab.goto("/portal/")
        tab.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input>')")
        assert [rule for rule, _ in violations(tab)] == ["label"]
        assert [(width, scheme) for width, scheme, _ in faults(tab, "asked", LOOKS)] == LOOKS
        assert tab.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [390, True]
