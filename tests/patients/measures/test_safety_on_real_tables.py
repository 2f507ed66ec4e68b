"""Measures of medication safety on the tables of the migrations, as the payer's worker."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from carecoord.kernel.drugs import mme
from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, MmePerUnit, Product
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis, Fill
from patients.measures import actions
from patients.measures.models import MeasureResult
from patients.models import Coverage
from tests.conftest import as_owner
from tests.oracles import safety_drugs

pytestmark = pytest.mark.django_db
YEAR_END = date(2025, 12, 31)


def reference(*names):
    """One package of each product of the oracles' list, with its sets, strength and MME."""
    for place, name in enumerate(names, 1):
        pairs = safety_drugs.PRODUCTS[name]
        label = {"name": name, "ingredients": [drug for _, drug in pairs], "source": "test", "version": "1"}
        product = Product.objects.create(ndc11=f"777777777{place:02d}", **label)
        strength = safety_drugs.nanograms(name)
        for code, drug in pairs:
            ingredient, _ = Ingredient.objects.get_or_create(name=drug)
            of = {"product": product, "ndc11": product.ndc11, "ingredient": ingredient}
            DrugSetMember.objects.create(set_code=code, ingredient_name=drug, strength_ng=strength, **of)
            for one, micro_mme in mme.of(drug, "oral_solid", strength) if code == "opioids" else ():
                days = {"first_day": one.first_day, "last_day": one.last_day}
                doses = {"over_daily_ng": one.over_daily_ng, "most_daily_ng": one.most_daily_ng}
                amounts = {"strength_ng": strength, "factor_e4": one.factor_e4, "micro_mme": micro_mme}
                MmePerUnit.objects.create(**of, **days, **doses, **amounts)
        yield product.ndc11


@pytest.fixture
def world(cast):
    """One member of 70 with oxycodone and alprazolam for half a year, from four hands, two anticholinergics, an antidepressant."""
    with as_owner():
        MeasureResult.objects.all().delete()
        whose = {"payer": cast.a.payer, "patient": cast.a.patient}
        for model in (Fill, Diagnosis, Coverage):
            model.objects.filter(**whose).delete()
        cast.a.patient.__class__.objects.filter(pk=cast.a.patient.pk).update(born_on=date(1955, 1, 1), died_on=None)
        Coverage.objects.create(line_of_business="medicare", starts_on=date(2023, 1, 1), **whose)
        event = 0
        for ndc in reference(
            "oxycodone", "alprazolam", "amitriptyline", "hydroxyzine", "sertraline", "buprenorphine/naloxone"
        ):
            for month in range(6):
                event += 1
                Fill.objects.create(
                    event_id=event, day=day_number(date(2025, 1, 10) + timedelta(days=30 * month)), days_supply=30,
                    quantity=Decimal(180), ndc=ndc, pharmacy_ref=f"P{month % 4}", prescriber_ref=f"D{month % 4}", **whose,
                )  # fmt: skip
        for place, code in enumerate(("F322", "F1120")):
            Diagnosis.objects.create(
                event_id=900 + place, day=day_number(date(2025, 1, 10)), code=code, setting="carrier", **whose
            )
    return cast


MET = {
    "antidepressant_acute", "antidepressant_continuation", "cob", "hrm", "ohd", "omp", "opioid_50_mme", "opioid_benzo_no_naloxone", "pod",
    "poly_ach", "poly_cns",
}  # fmt: skip
NOT_MET = {"duplicate_therapy", "opioid_without_naloxone"}


def test_each_measure_says_what_the_year_shows(world):
    with context.acting_as(context.worker_for(world.a.payer.pk)):
        actions.evaluate(payer=world.a.payer, year=2025, as_of=YEAR_END, patient_ids=[world.a.patient.pk], cause="test")
    with as_owner():
        rows = {row.measure: row for row in MeasureResult.objects.filter(measure__in=MET | NOT_MET)}
    assert {code for code, row in rows.items() if row.denominator and row.numerator} == MET
    assert {code for code, row in rows.items() if row.denominator and not row.numerator} == NOT_MET
    assert (rows["ohd"].value_milli, rows["cob"].value_milli, rows["omp"].second_milli) == (90_000, 180_000, 4_000)
