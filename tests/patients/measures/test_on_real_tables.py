"""The same SQL on the tables of the migrations, as the worker that acts for one payer."""

from datetime import date

import pytest
from django.db import connection

from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy.context import acting_as, worker_for
from patients.claims.models import Diagnosis, Fill, Stay
from patients.measures import definitions, evaluate
from patients.measures.conditions.find import find
from patients.measures.kinds import text as kinds
from patients.measures.measure import Scope
from patients.measures.models import MeasureResult
from patients.models import Coverage

pytestmark = pytest.mark.django_db
JANUARY = day_number(date(2025, 1, 1))
DRUGS = {"pdc_rasa": ("ras_antagonists", "lisinopril"), "pdc_sta": ("statins", "atorvastatin")}


@pytest.fixture
def members(cast, as_owner):
    """One member of each payer with two fills of two classes, a stay, and two diagnoses of hypertension."""
    with as_owner():
        for place, (code, name) in enumerate(DRUGS.values(), 1):
            ndc, label = f"9999999999{place}", {"name": name, "ingredients": [name], "source": "test", "version": "1"}
            product = Product.objects.create(ndc11=ndc, **label)
            drug, _ = Ingredient.objects.get_or_create(name=name)
            of_set = {"set_code": code, "product": product, "ndc11": ndc}
            DrugSetMember.objects.create(ingredient_name=name, ingredient=drug, **of_set)
        for side in (cast.a, cast.b):
            whose = {"payer": side.payer, "patient": side.patient}
            for model in (Fill, Stay, Diagnosis, Coverage):
                model.objects.filter(**whose).delete()
            side.patient.__class__.objects.filter(pk=side.patient.pk).update(born_on=date(1950, 1, 1), died_on=None)
            Coverage.objects.create(line_of_business="medicare", starts_on=date(2024, 1, 1), **whose)
            Stay.objects.create(from_day=JANUARY + 5, to_day=JANUARY + 9, kind="snf", event_id=1, **whose)
            for place in range(4):
                day = JANUARY + 90 * (place // 2)
                ndc = f"9999999999{place % 2 + 1}"
                Fill.objects.create(day=day, days_supply=90, ndc=ndc, event_id=place, **whose)
            for place in range(2):
                claim = {"code": "I10", "setting": "carrier", "event_id": 10 + place}
                Diagnosis.objects.create(day=JANUARY + place, **claim, **whose)
    return cast


def test_a_worker_sees_the_results_of_its_payer_only(members):
    asked = {"year": 2025, "as_of": date(2025, 12, 31)}
    with acting_as(worker_for(members.a.payer.pk)), connection.cursor() as cursor:
        for code, measure in ((code, definitions.find(code)) for code in ("pdc_dr", "pdc_rasa", "pdc_sta", "supd")):
            mine = evaluate.rows(cursor, measure=measure, payer_id=members.a.payer.pk, **asked)
            theirs = evaluate.rows(cursor, measure=measure, payer_id=members.b.payer.pk, **asked)
            mine, theirs = list(mine), list(theirs)
            assert {row.patient_id for row in mine} <= {members.a.patient.pk} and theirs == []
            evidence = evaluate.explain(
                cursor, measure=measure, payer_id=members.a.payer.pk, patient_id=members.a.patient.pk, **asked
            )
            if code in DRUGS:
                (row,) = mine
                assert (row.covered_days, row.period_days, row.stay_days) == (180, 361, 4)
                assert len(evidence["fills"]) == 2


def test_conditions(members):
    asked = {"conditions": ["hypertension"], "as_of": date(2025, 6, 1)}
    with acting_as(worker_for(members.a.payer.pk)), connection.cursor() as cursor:
        (mine,) = find(cursor, payer_id=members.a.payer.pk, **asked)
        assert (mine.patient_id, mine.first_met_day) == (members.a.patient.pk, JANUARY + 1)
        assert list(find(cursor, payer_id=members.b.payer.pk, **asked)) == []


def test_the_select_fits_the_table_of_results(members):
    measure, payer = definitions.find("pdc_rasa"), members.a.payer.pk
    as_of = date(2025, 12, 31)
    text, parameters = kinds.select(measure, Scope(payer, 2025, as_of))
    columns = ", ".join(kinds.columns(measure))
    with acting_as(worker_for(payer)), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO measures_measureresult (payer_id, measure, version, year, as_of, run_id, {columns}) "
            f"SELECT %(payer_id)s, 'pdc_rasa', '2025.1', 2025, '2025-12-31', 77, {columns} FROM ({text}) AS row",
            parameters,
        )
        stored = MeasureResult.objects.get(run_id=77)
        assert (stored.patient_id, stored.covered_days, stored.denominator) == (members.a.patient.pk, 180, True)
        assert (stored.full_period_days, stored.days_left, stored.last_day) == (361, 72 - 181, None)
