"""The risk score on the PBM's pages: the sum, its claims, the factors, and values that hold from a day on."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from patients.risk.models import RafScore, RiskModel, RiskScore
from tests.faces.portal.browsing import chromium, open_tab, picture, violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(cast, as_owner):
    """Pat has two conditions and a hospital stay; one diagnosis of two claims is behind the factor."""
    side = cast.a
    person = {"age": 75, "sex": "F"}
    answer = {
        "code": "v28",
        "model": "CMS-HCC Model V28",
        "segment": "CNA",
        "weight": 100,
        "factors": [
            {"name": "F75_79", "kind": "demographic", "milli": 451},
            {"name": "226", "kind": "category", "milli": 360},
        ],
        "categories": [
            {"code": "226", "label": "Heart Failure", "diagnoses": ["I509"], "dropped_by": "", "factor_milli": 360},
            {"code": "38", "label": "Diabetes", "diagnoses": ["E119"], "dropped_by": "37", "factor_milli": None},
        ],
        "raw_milli": 811,
        "normalisation_milli": 1067,
        "normalised_milli": 760,
        "coding_intensity_permille": 59,
        "payment_milli": 715,
        "not_computed": "",
    }
    inputs = {
        "person": person,
        "diagnoses": {"I509": [[41, 20300]], "E119": [[42, 20301]]},
        "left_out": {"no_eligible_service": 3},
    }
    with as_owner():
        RiskModel.objects.filter(payer=side.payer).update(report_text="Challenger " * 12)
        RafScore.objects.filter(patient=side.patient).update(inputs=inputs, answer=[answer], blended_milli=715)
        RiskScore.objects.filter(patient=side.patient).update(
            points=23,
            tier="rising",
            unknown=1,
            lines=[
                ["conditions", "Chronic conditions", 8, "2 x 4"],
                ["stays", "Hospital stays in 365 days", 15, "1 x 15"],
                ["low_adherence", "Classes below the adherence goal", None, "Cannot be known"],
            ],
            evidence={"stays": [[77, 20500, "stay"]], "conditions": [[1, 20000, "hypertension"]]},
        )
    return side


def test_a_member_line_by_line(scored, sign_in):
    page = sign_in("dana").get(reverse("pbm:member_risk", args=[scored.patient.public_id])).content.decode()
    for said in ("23 points", "Rising", "1 x 15", "Cannot be known", "not known", "home from hospital", "event 77"):
        assert said in page, said
    for said in (
        "0.715",
        "F75_79",
        "HCC226",
        "0.451",
        "Heart Failure",
        "Category 37 takes its place",
        "event 41",
        "3 without an eligible service",
    ):
        assert said in page, said


def test_reading_is_noted(scored, sign_in, as_owner):
    sign_in("dana").get(reverse("pbm:member_risk", args=[scored.patient.public_id]))
    with as_owner():
        assert AuditEvent.objects.filter(event="risk.read").exists()


def test_a_pharmacist_sees_points_and_claims_and_no_factor(scored, sign_in):
    page = sign_in("alice").get(reverse("portal:patient", args=[scored.patient.public_id])).content.decode()
    assert "23 points" in page and "event 77" in page and "Hospital stays in 365 days: the claims" in page
    for hidden in ("0.715", "Heart Failure", "CMS-HCC"):
        assert hidden not in page
    assert sign_in("alice").get(reverse("pbm:member_risk", args=[scored.patient.public_id])).status_code == 403


def test_the_table_of_factors_is_closed_to_pharmacies(scored, cast, as_owner):
    with context.acting_as(cast.alice.scope):
        assert not RafScore.objects.visible_to(cast.alice).exists()
        assert RiskScore.objects.visible_to(cast.alice).filter(patient=scored.patient).exists()


def test_how_it_is_scored(scored, sign_in, as_owner):
    with as_owner():
        ParameterValue.objects.create(code="risk.points_stay", value=33, since=date(2026, 1, 1), reason="test")
    page = sign_in("dana").get(reverse("pbm:risk")).content.decode()
    assert "33 points" in page and reverse("pbm:parameter", args=["risk.points_stay"]) in page
    assert "Challenger" in page  # the report of the model that was fitted


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
def test_the_pages_keep_the_strict_policy_and_axe_finds_nothing(scored, cast, live_server):
    ref, found = scored.patient.public_id, []
    pages = [("dana", "pbm:member_risk", [ref]), ("dana", "pbm:risk", []), ("alice", "portal:patient", [ref])]
    with chromium() as browser:
        for who, name, args in pages:
            client = Client()
            client.force_login(getattr(cast, who))
            cookies = [("sessionid", client.cookies["sessionid"].value)]
            for width, scheme in [(1440, "light"), (390, "dark")]:
                tab = open_tab(browser, live_server, width=width, scheme=scheme, cookies=cookies)
                answer = tab.goto(reverse(name, args=args))
                tab.evaluate("document.querySelectorAll('details.more').forEach(one => one.open = true)")
                picture(tab, f"{name.replace(':', '-')}-risk-{width}")
                wide = tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                seen = [answer.status != 200 and answer.status, tab.complaints[:], violations(tab), wide and "too wide"]
                found += [(name, width, *seen)] if any(seen) else []
                tab.context.close()
    assert not found
