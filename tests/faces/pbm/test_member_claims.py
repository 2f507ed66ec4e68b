"""A member's medical claims: what the payer decided of each line, and conflicts of what 837 and 835 say."""

import pytest
from django.test import Client
from django.urls import reverse

from carecoord.kernel.jobs import actions as jobs
from patients.claims.models import MedicalEvent, PaymentEvent
from patients.models import Member
from tests.conftest import as_owner
from tests.faces.portal.browsing import chromium, open_tab, picture, violations
from tests.patients.claims.conftest import leave_it
from tests.patients.claims.feeds import load, states_of_medical
from tests.patients.claims.formats.x12 import (
    covered,
    enrolment,
    member,
    paid,
    professional,
    remittance,
    subscriber,
    visit,
)

LINES = ("99213*60*UN*1", "99214*40*UN*1")
PAID = paid(amount="50", patient="25", lines=(("99213", "60", "35", "1"), ("99214", "40", "15", "2")))
PAID = PAID.replace("CAS*PR*1*25\nREF*6R*1", "CAS*CO*45*15*1\nCAS*PR*1*10\nREF*6R*1\nAMT*B6*45\nLQ*HE*N130")


@pytest.fixture
def told(cast, monkeypatch, settings, tmp_path):
    settings.DELIVERIES = tmp_path
    monkeypatch.setitem(jobs._handlers, "patients.touched", f"{leave_it.__module__}.leave_it")
    payer = cast.a.payer
    load(payer, enrolment(member(number="M77", born="19500101", coverage=covered())), format="x12_834")
    load(payer, professional(subscriber("M77"), visit(lines=LINES)), format="x12_837")
    load(payer, remittance(PAID), format="x12_835")
    with as_owner():
        return Member.objects.get(payer=payer, member_id="M77").patient


@pytest.mark.django_db
def test_what_the_payer_decided_is_beside_each_line(sign_in, told):
    address = reverse("pbm:member_claims", args=[told.public_id])
    page = sign_in("erin").get(reverse("pbm:member", args=[told.public_id])).content.decode()
    assert f'href="{address}"' in page
    answer = sign_in("erin").get(address)
    first, second = answer.context["rows"]
    assert (first.claim_id, first.provider, first.state, f"{first.paid_on}") == (
        "C1",
        "1679576722",
        "paid",
        "2026-03-15",
    )
    assert (first.allowed_cents, first.paid_cents, first.patient_cents) == (4500, 3500, 2500)
    assert (first.adjustments, first.remarks) == (("CO 45 15.00 1", "PR 1 10.00"), ("N130",))
    assert (second.allowed_cents, second.paid_cents, second.patient_cents) == (None, 1500, None)
    page = answer.content.decode()
    assert "$45.00" in page and "CO 45 15.00 1" in page and "15 Mar 2026" in page
    assert sign_in("alice").get(address).status_code == 403


@pytest.mark.django_db
def test_claims_of_substance_use_are_for_those_who_may_see_them(sign_in, cast, told):
    treated = visit("C9", lines=("H0020*60*UN*1", "99213*40*UN*1"), day="20260211", diagnoses="ABK:F1120")
    load(cast.a.payer, professional(subscriber("M77"), treated), format="x12_837")
    again = visit("C9", lines=("H0020*70*UN*1", "99213*30*UN*1"), day="20260211", diagnoses="ABK:F1120")
    load(cast.a.payer, professional(subscriber("M77"), again), format="x12_837")
    address = reverse("pbm:member_claims", args=[told.public_id])
    assert {row.claim_id for row in sign_in("dana").get(address).context["rows"]} == {"C1", "C9"}
    assert {row.claim_id for row in sign_in("erin").get(address).context["rows"]} == {"C1"}
    with as_owner():
        claim = MedicalEvent.objects.filter(payer=cast.a.payer, in_conflict=True, record_id__startswith="C9").first()
    one = reverse("pbm:conflict_medical", args=[claim.pk])
    assert (sign_in("dana").get(one).status_code, sign_in("erin").get(one).status_code) == (200, 404)


@pytest.mark.django_db
def test_a_member_without_claims(sign_in, cast):
    page = sign_in("dana").get(reverse("pbm:member_claims", args=[cast.a.patient.public_id])).content.decode()
    assert "No medical claim" in page or "Lines of medical claims" in page


@pytest.mark.django_db
def test_conflicts_of_claims_and_of_payments_are_ruled_on(sign_in, cast, told):
    payer, client = cast.a.payer, sign_in("dana")
    load(payer, professional(subscriber("M77"), visit(lines=("99213*60*UN*1", "99215*40*UN*1"))), format="x12_837")
    load(payer, remittance(PAID.replace("CO*45*15*1", "CO*97*15*1")), format="x12_835")
    page = client.get(reverse("pbm:conflicts"), {"kind": "medical"}).content.decode()
    assert "1 Mar 2026, 10:15" in page
    with as_owner():
        claim = MedicalEvent.objects.filter(payer=payer, in_conflict=True).first()
        payment = PaymentEvent.objects.filter(
            payer=payer, in_conflict=True, adjustments__contains=["CO 97 15.00 1"]
        ).get()
    assert client.get(reverse("pbm:conflict_medical", args=[claim.pk])).status_code == 200
    assert "15 Mar 2026" in client.get(reverse("pbm:conflicts"), {"kind": "payments"}).content.decode()
    page = client.get(reverse("pbm:conflict_payments", args=[payment.pk])).content.decode()
    assert "CO 97 15.00 1" in page
    client.post(reverse("pbm:conflict_payments_rule", args=[payment.pk]), {"reason": "The newer paper says so"})
    jobs.drain()
    first = client.get(reverse("pbm:member_claims", args=[told.public_id])).context["rows"][0]
    assert first.adjustments[0] == "CO 97 15.00 1"
    assert states_of_medical(payer)["C1", 1] == "paid"


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
def test_the_page_keeps_the_strict_policy_and_axe_finds_nothing(cast, told, live_server):
    client = Client()
    client.force_login(cast.dana)
    cookies, found = [("sessionid", client.cookies["sessionid"].value)], []
    with chromium() as browser:
        for width, scheme in [(1440, "light"), (390, "dark")]:
            tab = open_tab(browser, live_server, width=width, scheme=scheme, cookies=cookies)
            answer = tab.goto(reverse("pbm:member_claims", args=[told.public_id]))
            picture(tab, f"member-claims-{width}")
            wide = tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            seen = [answer.status != 200 and answer.status, tab.complaints[:], violations(tab), wide and "too wide"]
            found += [(width, *seen)] if any(seen) else []
            tab.context.close()
    assert not found
