"""The Medicaid programme beside the Medicare one: who is enrolled, what is flagged, and who may see what is about substance use."""

from datetime import date

import pytest
import time_machine

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.tenancy import context
from patients.claims.models import Fill, Service
from patients.flags import actions as flags
from patients.flags.models import Flag, FlagChange
from patients.measures import actions as measures
from patients.models import PatientAccess
from patients.programs import actions
from patients.programs.models import Decision, Enrolment, Participation, Program
from tests.conftest import as_owner
from tests.factories.history import diagnosis, drugs, fill, member

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
NDC = "00000000909"


@pytest.fixture
def house(cast):
    """Ann has asthma and was in emergency for it; Ben has opioid use disorder and a medicine that ran out; Cat has Medicare."""
    with as_owner():
        for model in (Enrolment, PatientAccess, Fill):
            model.objects.filter(patient=cast.a.patient).delete()
        drugs()
        medicine("buprenorphine", "moud_buprenorphine")
        cast.medicaid = Program.objects.create(
            pbm=cast.pbm, network=cast.network, code="mcd", title="Medicaid", definition="medicaid_high_risk",
            since=date(2026, 1, 1),
        )  # fmt: skip
        Participation.objects.create(
            payer=cast.a.payer, program=cast.medicaid, client=cast.a.client, since=date(2026, 1, 1)
        )
        born = {"born_on": date(1980, 5, 5)}
        cast.ann = member(cast.a, "ann", line="medicaid", **born)
        cast.ben = member(cast.a, "ben", line="medicaid", **born)
        cast.cat = member(cast.a, "cat", line="medicare", **born)
        for one in (cast.ann, cast.cat):
            for day in ("2026-02-01", "2026-05-01"):
                diagnosis(cast.a, day, "J4540", patient=one)
        for day in ("2026-05-20", "2026-06-20"):
            diagnosis(cast.a, day, "F1120", patient=cast.ben)
        attack = diagnosis(cast.a, "2026-11-10", "J4541", "outpatient", patient=cast.ann)
        attack.is_principal = True
        attack.save()
        Service.objects.create(
            payer=cast.a.payer, patient=cast.ann, event_id=attack.event_id, day=attack.day, code="99284", setting="outpatient"
        )  # fmt: skip
        for one in (cast.ann, cast.ben, cast.cat):
            for day in ("2026-05-22", "2026-06-19", "2026-07-17", "2026-08-14", "2026-09-11"):
                fill(cast.a, day, 28, patient=one)
        Fill.objects.filter(patient=cast.ben).update(ndc=NDC)
    return cast


def medicine(name, code):
    ingredient = Ingredient.objects.create(name=name)
    product = Product.objects.create(ndc11=NDC, name=name, ingredients=[name], source="test", version="1")
    DrugSetMember.objects.create(set_code=code, product=product, ndc11=NDC, ingredient_name=name, ingredient=ingredient)


def run(cast, as_of=TODAY):
    with time_machine.travel(as_of, tick=False), context.acting_as(context.worker_for(cast.a.payer.pk)):
        payer = Organisation.objects.get(pk=cast.a.payer.pk)
        measures.evaluate(payer=payer, year=as_of.year, as_of=as_of, cause="test")
        actions.enrol(program=cast.medicaid, payer=payer, as_of=as_of, by=None)
        flags.raise_and_close(payer=payer, as_of=as_of)


def test_members_of_medicaid_with_a_condition_are_enrolled_and_no_reason_names_substance_use(house):
    run(house)
    with as_owner():
        said = {one.patient_id: one for one in Decision.objects.filter(program=house.medicaid)}
        reasons = list(Enrolment.objects.filter(patient=house.ben).values_list("reason", "data"))
    ann, ben, cat = (said[one.pk] for one in (house.ann, house.ben, house.cat))
    assert (ann.outcome, ben.outcome, cat.outcome) == ("enrolled", "enrolled", "not_medicare")
    assert ann.sentence.startswith("Asthma found in claims.")
    assert ben.sentence.startswith("A condition of the programme found in claims.")
    assert reasons and "opioid" not in f"{ben.sentence} {ben.data} {reasons}".lower()


@pytest.mark.parametrize(
    "others, reason", [(2, "2 of 2 retail fills between 1 Jul and"), (0, "Most retail fills were at")]
)
def test_why_somebody_is_enrolled_counts_no_fill_that_its_reader_may_not_see(house, others, reason):
    """The sentence stands on the chart beside the fills: the difference of two counts would tell."""
    with as_owner():
        for day in ("2026-07-01", "2026-08-01")[:others]:
            fill(house.a, day, 30, patient=house.ben)
    run(house)
    with as_owner():
        ann, ben = (Enrolment.objects.get(patient=one) for one in (house.ann, house.ben))
        said = Decision.objects.get(patient=house.ben, program=house.medicaid)
    assert ann.reason.startswith("5 of 5 retail fills") and ben.reason.startswith(reason)
    assert reason in said.sentence and ben.pharmacy == ann.pharmacy
    counted = sum(place["fills"] for place in said.data["attribution"].get("pharmacies", ()))
    assert counted == others


def test_asthma_treated_in_emergency_without_a_controller_is_urgent(house):
    run(house)
    with context.acting_as(house.bob.scope):
        found = Flag.objects.visible_to(house.bob).get(patient=house.ann, rule="asthma_without_controller")
    assert (found.severity, found.status) == ("urgent", "open")


def test_a_pharmacist_sees_that_a_treatment_may_end_and_a_technician_does_not(house):
    run(house, as_of=date(2026, 10, 10))
    for who, count in ((house.alice, 1), (house.dana, 1), (house.bob, 0), (house.erin, 0)):
        with context.acting_as(who.scope):
            mine = Flag.objects.visible_to(who).filter(patient=house.ben, rule="oud_treatment_gap")
            told = FlagChange.objects.visible_to(who).filter(why__contains="The treatment is to go on")
            assert (mine.count(), told.count()) == (count, count), who
