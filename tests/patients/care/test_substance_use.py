"""Facts of the use of substances have no label: lists leave them out for whoever may not see such records."""

from datetime import date

import pytest

from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.tenancy import context
from patients.care import chart, timeline
from patients.claims import substance_use
from patients.claims.models import Fill, MedicalEvent
from tests.conftest import as_owner
from tests.factories.history import drugs, fill

pytestmark = pytest.mark.django_db
FILM = "00000000909"


@pytest.fixture
def treated(cast):
    """Pat fills lisinopril, and buprenorphine with naloxone later."""
    with as_owner():
        Fill.objects.filter(patient=cast.a.patient).delete()
        drugs()
        names = ["buprenorphine", "naloxone"]
        product = Product.objects.create(ndc11=FILM, name="Film", ingredients=names, source="test", version="1")
        of_set = {"set_code": "moud_buprenorphine", "product": product, "ndc11": FILM}
        DrugSetMember.objects.create(
            ingredient_name="buprenorphine", ingredient=Ingredient.objects.create(name="buprenorphine"), **of_set
        )
        fill(cast.a, "2026-10-01")
        Fill.objects.filter(pk=fill(cast.a, "2026-10-02").pk).update(ndc=FILM)
    return cast


@pytest.mark.parametrize(("name", "sees"), [("alice", True), ("bob", False)])
def test_the_medicine_is_on_the_chart_of_those_who_may_see_it(treated, name, sees):
    who = getattr(treated, name)
    with context.acting_as(who.scope):
        titles = [event.title for event in timeline.of(who, patient=treated.a.patient)[0] if event.kind == "fill"]
        asked = {"patient": treated.a.patient, "payer_id": treated.a.payer.pk, "flag": None, "today": date(2026, 11, 1)}
        facts = chart.chart_facts(who, **asked)
    assert any("Film" in title for title in titles) is sees and any("Lisinopril" in title for title in titles)
    assert facts.medicines == ("Lisinopril",), "a visit has no label, so nothing of it is filled in for others to read"


def test_a_vaccine_that_was_filled_is_known_and_no_medicine_to_ask_about(treated):
    with as_owner():
        product = Product.objects.create(
            ndc11="00000000910", name="Shot", ingredients=["shot"], source="test", version="1"
        )
        of_set = {"set_code": "vaccine_zoster_products", "product": product, "ndc11": product.ndc11}
        DrugSetMember.objects.create(
            ingredient_name="shot", ingredient=Ingredient.objects.create(name="shot"), **of_set
        )
        Fill.objects.filter(pk=fill(treated.a, "2026-10-03").pk).update(ndc=product.ndc11)
    asked = {"patient": treated.a.patient, "payer_id": treated.a.payer.pk, "flag": None, "today": date(2026, 11, 1)}
    with context.acting_as(treated.bob.scope):
        assert chart.chart_facts(treated.bob, **asked).medicines == ("Lisinopril",)
        known = chart.immunizations(treated.bob, patient=treated.a.patient)
    assert (date(2026, 10, 3), "Shot", "", False) in known and not any(label == "Lisinopril" for _, label, *_ in known)


@pytest.mark.parametrize(
    ("codes", "service", "told"),
    [
        (["F1120"], "99213", True),
        (["I10", "K7030"], "", True),
        (["F17210"], "99213", False),
        (["I10"], "H0020", True),
        (["I10"], "99213", False),
    ],
)
def test_what_tells_of_it(codes, service, told):
    assert substance_use.event_tells(MedicalEvent(diagnoses=codes, hcpcs=service)) is told
