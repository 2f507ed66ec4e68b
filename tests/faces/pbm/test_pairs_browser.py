"""Suggestions, two records side by side, the decision, a person known under two ids, odd dates, and dispensed fills, in a real Chromium."""

from datetime import date
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from patients.claims.models import Fill, PersonRuling, PharmacyEvent
from patients.claims.records import DISPENSED
from patients.models import Coverage, Member, Patient
from tests.conftest import as_owner
from tests.faces.portal.browsing import chromium, open_tab, picture, violations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LOOKS = [(1440, "light"), (390, "dark")]
ASH = {"last_name": "Ash", "search_name": "ash", "sex": "female", "born_on": date(1950, 1, 1), "zip": "43604"}


@pytest.fixture
def two(cast):
    """Pairs that may be one person's; one that was decided; a record that leads to another; a fill after a death."""
    with as_owner():
        payer, made = cast.a.payer, []
        for number, first in enumerate(("Ann", "Ann", "Baby girl", "Baby girl")):
            patient = Patient.objects.create(payer=payer, first_name=first, phone="5555550100", **ASH)
            made.append(Member.objects.create(payer=payer, patient=patient, member_id=f"W100{number}"))
            span = {"starts_on": date(2025 + number % 2, 1, 1), "ends_on": None if number else date(2025, 12, 31)}
            Coverage.objects.create(payer=payer, patient=patient, plan="SILVER", line_of_business="commercial", **span)
        shell = Patient.objects.create(payer=payer)
        Member.objects.create(payer=payer, patient=shell, member_id="W0099", merged_into=made[0].patient)
        told = {"one_id": "W0099", "other_id": "W1000", "is_same": True, "reason": "The payer confirmed it by phone"}
        PersonRuling.objects.create(payer=payer, by=cast.dana, **told)
        Fill.objects.filter(payer=payer).update(event_id=cast.a.pharmacy_event.pk)
        Patient.objects.filter(pk=cast.a.patient.pk).update(died_on=date(2015, 1, 1))
        told = PharmacyEvent.objects.get(pk=cast.a.pharmacy_event.pk)
        told.rx_number, told.fill_number, told.standing = "7", 0, "paid"
        told.save()
        told.pk, told.record_id, told.source, told.content_hash = None, "dispensed-1-7-0", DISPENSED, uuid4()
        told.standing, told.settled_version = "reversed", 20_000
        told.save()
    return made[:2]


def test_the_pages_keep_the_strict_policy_and_axe_finds_nothing(cast, two, live_server):
    client = Client()
    client.force_login(cast.dana)
    ids = [member.patient.public_id for member in two]
    addresses = [reverse(name, args=ids) for name in ("pbm:pair", "pbm:pair_same", "pbm:pair_different")]
    addresses += [
        reverse("pbm:pairs"),
        reverse("pbm:odd_dates"),
        reverse("pbm:dispensed"),
        reverse("pbm:member", args=ids[:1]),
    ]
    cookies, found = [("sessionid", client.cookies["sessionid"].value)], []
    with chromium() as browser:
        for width, scheme in LOOKS:
            tab = open_tab(browser, live_server, width=width, scheme=scheme, cookies=cookies)
            for number, address in enumerate(addresses):
                answer = tab.goto(address)
                picture(tab, f"pairs-{width}-{number}")
                wide = tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                seen = [answer.status != 200 and answer.status, tab.complaints[:], violations(tab), wide and "too wide"]
                tab.complaints.clear()
                if any(seen):
                    found.append((width, address, *seen))
            tab.context.close()
    assert not found, "\n".join(map(str, found))
