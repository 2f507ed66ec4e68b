"""The chart, the letter to the prescriber and the API tell one evidence of a result: that of `explain`, in every measure."""

import json
from datetime import date
from itertools import count

import pytest
from django.test import Client
from django.urls import reverse

from carecoord.faces.api.authentication import digest
from carecoord.faces.components.evidence import tables
from carecoord.kernel.accounts.models import AccessToken
from carecoord.kernel.drugs import sets
from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis, Fill, Observation, Stay
from patients.measures import code_lists, definitions, queries
from patients.measures.kinds import sources
from patients.measures.models import MeasureResult
from patients.models import Coverage
from tests.conftest import as_owner

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)
YEAR_BEGINS = day_number(date(2026, 1, 1))
TOLD = ("asthma", "copd", "diabetes", "essential_hypertension", "major_depression", "opioid_use_disorder")
DAYS = (-150, 0, 30, 60, 90, 200, 300)


@pytest.fixture
def life(cast):
    """A member with fills of every set of medicines, diagnoses, results, a stay, and an open result in every measure."""
    whose = {"payer": cast.a.payer, "patient": cast.a.patient}
    events = count(9_000_000)
    with as_owner():
        for model in (MeasureResult, Fill, Diagnosis, Observation, Stay, Coverage):
            model.objects.filter(**whose).delete()
        cast.a.patient.__class__.objects.filter(pk=cast.a.patient.pk).update(born_on=date(1960, 5, 5), died_on=None)
        Coverage.objects.create(line_of_business="medicare", starts_on=date(2024, 1, 1), **whose)
        fills = []
        for number, code in enumerate(sorted(sets.every())):
            ndc, name = f"{number:011d}", f"{code} drug"
            label = {"name": name, "generic_name": name, "ingredients": [name], "source": "test", "version": "1"}
            product = Product.objects.create(ndc11=ndc, **label)
            DrugSetMember.objects.create(
                set_code=code,
                product=product,
                ndc11=ndc,
                ingredient_name=name,
                ingredient=Ingredient.objects.create(name=name),
                strength_ng=10_000_000,
            )
            supply = {"days_supply": 30, "quantity": 60, "ndc": ndc, "pharmacy_ref": "1234567893"}
            fills += [
                Fill(day=YEAR_BEGINS + at, event_id=next(events), prescriber_ref=f"DR{at}", **supply, **whose)
                for at in DAYS
            ]
        Fill.objects.bulk_create(fills)
        for name in TOLD:
            code = code_lists.read(sources.path(name))[0]
            for at in DAYS:
                row = {"day": YEAR_BEGINS + at, "event_id": next(events), "code": code, "setting": "carrier"}
                Diagnosis.objects.create(**row, **whose)
        for code, told in (("4548-4", "9.4"), ("8480-6", "150"), ("8462-4", "95")):
            row = {"code_type": "loinc", "code": code, "result": told, "milli": int(float(told) * 1000)}
            Observation.objects.create(day=YEAR_BEGINS + 100, event_id=next(events), kind="lab_result", **row, **whose)
        Stay.objects.create(
            from_day=YEAR_BEGINS + 130, to_day=YEAR_BEGINS + 134, kind="inpatient", event_id=next(events), **whose
        )
        held = {"version": "2026.1", "year": 2026, "as_of": DAY, "denominator": True, "run_id": 1, **whose}
        for code, measure in definitions.every().items():
            MeasureResult.objects.create(
                measure=code,
                numerator=measure.lower_is_better,
                sensitivity=int(measure.is_about_substance_use),
                threshold_bp=8000,
                **held,
            )
    return cast


@pytest.fixture
def system(cast):
    """The payer's system."""
    with as_owner():
        AccessToken.objects.create(digest=digest("a token"), client=cast.frank, expires_at="2099-01-01T00:00Z")
    return Client(headers={"Authorization": "Bearer a token"})


@pytest.fixture
def pharmacist(cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    one = Client()
    one.force_login(cast.alice)
    return one


def evidence_of(life, code):
    with context.acting_as(context.worker_for(life.a.payer.pk)):
        asked = {"patient_id": life.a.patient.pk, "measure": code, "as_of": DAY, "year": 2026}
        return queries.explain(payer=life.a.payer, **asked)


def at(name, life, code):
    return reverse(name, args=[life.a.patient.public_id, code])


def test_the_chart_the_letter_and_the_api_say_the_same_of_every_measure(life, system, pharmacist):
    measured = set()
    for code, measure in definitions.every().items():
        expected = evidence_of(life, code)
        chart = pharmacist.get(at("portal:result", life, code))
        (shown,) = chart.context["shown"]
        assert shown["evidence"] == tables(expected), code
        for claim in [*expected.get("claims", ()), *expected.get("fills", ())]:
            assert f"event {claim['event_id']}" in chart.content.decode() or not claim["event_id"], (code, claim)
        letter = pharmacist.get(at("portal:letter", life, code))
        told = system.get(at("api:explain", life, code))
        if measure.is_about_substance_use:
            assert (letter.status_code, told.status_code) == (404, 404)
            continue
        (written,) = letter.context["shown"]
        outside = queries.outside_the_pharmacy(expected)
        assert "with_cash" not in told.json() and "medicines" not in told.json()
        assert (written["evidence"], written["strip"]) == (tables(outside), shown["strip"]), code
        patient = {"patient": str(life.a.patient.public_id)}
        assert told.status_code == 200, code
        assert told.json() == patient | json.loads(json.dumps(queries.without_own_keys(outside))), code
        measured |= {code} if expected["result"] else set()
    assert len(measured) > 25, "the evidence is of something"


def test_a_list_of_all_medicines_is_for_those_who_may_see_the_use_of_substances(life, pharmacist):
    told = "Moud_buprenorphine drug: "
    assert told in pharmacist.get(at("portal:result", life, "mtm_eligible")).content.decode()
    pharmacist.force_login(life.bob)
    shown = pharmacist.get(at("portal:result", life, "mtm_eligible"))
    assert shown.status_code == 200 and told.lower() not in shown.content.decode().lower()


def test_a_letter_goes_to_who_prescribed_last_and_says_what_is_missing(life, pharmacist):
    shown = pharmacist.get(at("portal:letter", life, "pdc_sta")).content.decode()
    assert "To: prescriber DR300" in shown and "also wrote: DR200" in shown
    assert "Pharmacy" in shown and "I agree, and will prescribe" in shown and "<svg" in shown


def test_there_is_no_letter_about_a_closed_gap_nor_by_somebody_elses_pharmacy(life, pharmacist):
    with as_owner():
        MeasureResult.objects.filter(measure="pdc_sta").update(numerator=True)
    assert pharmacist.get(at("portal:letter", life, "pdc_sta")).status_code == 404
    assert "Letter to the prescriber" not in pharmacist.get(at("portal:result", life, "pdc_sta")).content.decode()
    assert "Letter to the prescriber" in pharmacist.get(at("portal:result", life, "pdc_dr")).content.decode()
    pharmacist.force_login(life.charlie)
    assert pharmacist.get(at("portal:letter", life, "pdc_dr")).status_code == 404
