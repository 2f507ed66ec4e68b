"""Conditions on pages: with their rule and claims, and substance use for those alone who may see it."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis
from patients.measures import actions
from patients.measures.models import PatientCondition
from tests.conftest import as_owner
from tests.faces.portal.browsing import chromium, open_tab, picture, violations
from tests.factories.history import diagnosis, hypertensive

pytestmark = pytest.mark.django_db


@pytest.fixture
def pat(cast, settings):
    """Pat has hypertension, kidney disease and an opioid use disorder."""
    settings.SECOND_FACTOR_REQUIRED = False
    with as_owner():
        PatientCondition.objects.all().delete()
        Diagnosis.objects.all().delete()
        hypertensive(cast.a)
        diagnosis(cast.a, "2026-05-01", "N1832", "inpatient")
        diagnosis(cast.a, "2026-05-02", "F1120", "inpatient")
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        actions.find_conditions(payer=cast.a.payer, as_of=date(2026, 11, 21))
    return cast.a.patient


@pytest.fixture
def page(cast, client, pat):
    """page(who, route): the text of that route for Pat, or the status of a refusal."""

    def read(who, route, side="a"):
        client.force_login(getattr(cast, who))
        answer = client.get(reverse(route, args=[getattr(cast, side).patient.public_id]))
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    return read


@pytest.mark.parametrize(("who", "shows"), [("alice", True), ("bob", False)])
@pytest.mark.parametrize("route", ["portal:patient", "portal:conditions"])
def test_substance_use_is_shown_to_the_pharmacist_and_not_to_the_technician(page, who, shows, route):
    text = page(who, route)
    assert "Chronic kidney disease, stage 3b" in text
    assert ("Opioid use disorder" in text) == shows and ("F11.20" in text) == shows


def test_a_chart_leads_to_the_rules_and_all_claims(page):
    assert "/conditions/" in page("alice", "portal:patient")
    text = page("alice", "portal:conditions")
    assert "Two hospital outpatient or professional claims with a diagnosis, on different days" in text.replace(
        "or two", "Two"
    )
    assert "Met on 1 Jun 2026" in text and "The look-back is to be verified." in text


@pytest.mark.parametrize(("who", "shows"), [("dana", True), ("erin", False)])
def test_a_programme_sees_its_members_conditions(page, who, shows):
    text = page(who, "pbm:member_conditions")
    assert "N18.32" in text and ("Opioid use disorder" in text) == shows


def test_nobody_sees_those_of_others(page):
    assert page("alice", "portal:conditions", "b") == 404
    assert page("grace", "pbm:member_conditions") == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
def test_axe_finds_nothing_and_nothing_is_too_wide(cast, pat, live_server, settings):
    found = []
    with chromium() as browser:
        for who, route in (("alice", "portal:conditions"), ("dana", "pbm:member_conditions")):
            client = Client()
            client.force_login(getattr(cast, who))
            cookies = [(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)]
            for width, scheme in [(1440, "light"), (390, "dark")]:
                tab = open_tab(browser, live_server, width=width, scheme=scheme, cookies=cookies)
                answer = tab.goto(reverse(route, args=[pat.public_id]))
                picture(tab, f"{who}-conditions-{width}")
                wide = tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                seen = [answer.status != 200 and answer.status, tab.complaints[:], violations(tab), wide and "too wide"]
                found += [(who, width, *seen)] if any(seen) else []
                tab.context.close()
    assert found == []
