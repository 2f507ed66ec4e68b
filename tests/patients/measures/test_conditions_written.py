"""Writing conditions, and who is shown them: set-based, the same for few as for all, and substance use behind both walls."""

from datetime import date

import pytest
from django.db import connection

from carecoord.kernel.periods import date_of, day_number
from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis
from patients.measures import actions
from patients.measures.conditions import end_of_year
from patients.measures.conditions.explain import explain, listed
from patients.measures.conditions.shown import shown
from patients.measures.models import PatientCondition
from patients.models import Coverage
from tests.conftest import as_owner
from tests.factories.history import diagnosis, hypertensive, member

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 11, 21)
OUD = {"opioid_use_disorder", "oud_diagnosis", "oud_hospital"}


@pytest.fixture
def world(cast):
    """Pat has hypertension, kidney disease and an opioid use disorder; Max has one visit for hypertension."""
    with as_owner():
        PatientCondition.objects.all().delete()
        Diagnosis.objects.all().delete()
        hypertensive(cast.a)
        diagnosis(cast.a, "2026-05-01", "N1832", "inpatient")
        diagnosis(cast.a, "2026-05-02", "F1120", "inpatient")
        cast.max = member(cast.a, "max")
        diagnosis(cast.a, "2026-03-01", patient=cast.max)
    return cast


def find(cast, patient_ids=None, as_of=AS_OF):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        return actions.find_conditions(payer=cast.a.payer, as_of=as_of, patient_ids=patient_ids)


def kept():
    with as_owner():
        return {(row.patient_id, row.condition): row for row in PatientCondition.objects.all()}


def values(rows):
    return {key: {k: v for k, v in vars(row).items() if k not in ("_state", "id")} for key, row in rows.items()}


def test_a_row_says_what_proves_it_and_of_what_kind(world):
    assert find(world) == 6
    pat = world.a.patient.pk
    rows = kept()
    assert {code for _, code in rows} == OUD | {"hypertension", "chronic_kidney_disease", "drug_use"}
    kidney = rows[pat, "chronic_kidney_disease"]
    assert (kidney.detail, kidney.way, kidney.sensitivity, kidney.version) == ("stage_3b", 1, 0, "ccw30.2")
    assert [(c["code"], date_of(c["day"]), c["setting"]) for c in kidney.evidence] == [
        ("N1832", date(2026, 5, 1), "inpatient")
    ]
    assert rows[pat, "opioid_use_disorder"].sensitivity == 1
    assert rows[pat, "hypertension"].first_ever_day == day_number(date(2026, 6, 1))


def test_what_no_longer_holds_goes_and_what_is_the_same_is_not_written(world):
    find(world)
    before = kept()
    find(world)
    assert {key: row.pk for key, row in kept().items()} == {key: row.pk for key, row in before.items()}
    with as_owner():
        Diagnosis.objects.filter(code="N1832").delete()
    find(world)
    assert before.keys() - kept().keys() == {(world.a.patient.pk, "chronic_kidney_disease")}


def test_a_few_patients_come_to_the_same_as_all_of_them(world):
    find(world)
    everybody = values(kept())
    with as_owner():
        PatientCondition.objects.all().delete()
    find(world, patient_ids=[world.max.pk])
    assert kept() == {}
    find(world, patient_ids=[world.a.patient.pk])
    assert values(kept()) == everybody
    with as_owner():
        Diagnosis.objects.all().delete()
    find(world, patient_ids=[world.max.pk])
    assert values(kept()) == everybody
    find(world)
    assert kept() == {}


@pytest.mark.parametrize(
    ("who", "sees"), [("alice", True), ("bob", False), ("dana", True), ("erin", False), ("frank", False)]
)
def test_substance_use_is_for_those_who_may_see_it(world, who, sees):
    """Query and row-level security say the same, each without the other."""
    find(world)
    user = getattr(world, who)
    with context.acting_as(user.scope):
        by_query = set(PatientCondition.objects.visible_to(user).values_list("condition", flat=True))
        by_policy = set(PatientCondition.objects.values_list("condition", flat=True))
    assert by_query == by_policy
    assert "hypertension" in by_query and (by_query >= OUD) == sees and bool(by_query & OUD) == sees


def told(cast, condition, patient=None, as_of=AS_OF):
    with context.acting_as(context.worker_for(cast.a.payer.pk)), connection.cursor() as cursor:
        whose = {"payer_id": cast.a.payer.pk, "patient_id": (patient or cast.a.patient).pk}
        return explain(cursor, condition=condition, as_of=as_of, **whose)


def test_an_explanation_names_rule_claims_and_what_is_missing(world):
    one = told(world, "hypertension", world.max)
    assert not one["is_met"] and one["met_by"] is None
    assert [(way["has_days"], way["needs_days"], way["missing"]) for way in one["ways"]] == [
        (0, 1, "None."),
        (1, 2, "One of two days."),
    ]
    met = told(world, "hypertension")
    assert met["is_met"] and met["met_on"] == date(2026, 6, 1) and met["look_back_from"] == date(2025, 11, 22)
    assert [(claim["day"], claim["is_proof"], claim["ways"]) for claim in met["claims"]] == [
        (date(2026, 3, 1), True, [2]),
        (date(2026, 6, 1), True, [2]),
    ]


def test_an_explanation_says_why_a_claim_does_not_count(world):
    with as_owner():
        diagnosis(world.a, "2026-07-01", "I10", "dme", patient=world.max)
        stroke = diagnosis(world.a, "2026-07-02", "I639", "outpatient", patient=world.max)
        also = diagnosis(world.a, "2026-07-02", "S065X0A", "outpatient", patient=world.max)
        Diagnosis.objects.filter(pk=also.pk).update(event_id=stroke.event_id)
    last = told(world, "hypertension", world.max)["claims"][-1]
    assert (last["ways"], last["why_not"]) == ([], "No way of the rule counts claims of this kind.")
    (claim,) = told(world, "stroke", world.max)["claims"]
    assert claim["why_not"] == "The claim also carries S065X0A, which takes it out."


def test_all_conditions_of_a_member_in_a_line_each(world):
    with context.acting_as(context.worker_for(world.a.payer.pk)), connection.cursor() as cursor:
        rows = listed(cursor, as_of=AS_OF, payer_id=world.a.payer.pk, patient_id=world.a.patient.pk)
    assert ("Chronic kidney disease", "stage 3b") in [(row["title"], row["detail"]) for row in rows]


def test_a_condition_whose_claims_are_old_is_explained_as_of_its_newest_claim(world):
    find(world)
    with context.acting_as(world.alice.scope):
        found = {
            one.condition.code: one for one in shown(who=world.alice, patient=world.a.patient, today=date(2030, 1, 1))
        }
    assert found["hypertension"].explained["as_of"] == date(2026, 6, 1) and found["hypertension"].explained["is_met"]


def flags(cast, **more):
    with context.acting_as(context.worker_for(cast.a.payer.pk)), connection.cursor() as cursor:
        ids = [cast.a.patient.pk, cast.max.pk]
        asked = {"year": 2026, "payer_id": cast.a.payer.pk, "patient_ids": ids, "conditions": ["hypertension"]} | more
        values = {flag.patient_id: flag.value for flag in end_of_year.flags(cursor, **asked)}
    return [values[one] for one in ids]


def cover(cast, patient, starts, ends, **more):
    Coverage.objects.create(
        payer=cast.a.payer, patient=patient, line_of_business="medicare", starts_on=starts, ends_on=ends, **more
    )


def test_the_flag_at_the_end_of_a_year_has_four_values(world):
    with as_owner():
        Coverage.objects.all().delete()
    assert flags(world) == [end_of_year.CLAIMS, end_of_year.NEITHER]
    with as_owner():
        cover(world, world.max, date(2026, 1, 1), None, plan="medicare-ab")
        cover(world, world.a.patient, date(2026, 2, 1), None, plan="medicare-ab")
    assert flags(world) == [end_of_year.CLAIMS, end_of_year.COVERAGE]
    with as_owner():
        cover(world, world.a.patient, date(2026, 1, 1), date(2026, 1, 31), plan="S1234-001", contract="S1234")
    assert flags(world) == [end_of_year.BOTH, end_of_year.COVERAGE]


def test_months_of_medicare_advantage_are_cover_only_where_somebody_says_so(world):
    with as_owner():
        Coverage.objects.all().delete()
        cover(world, world.a.patient, date(2026, 1, 1), None, plan="H1234-001", contract="H1234")
    assert flags(world) == [end_of_year.CLAIMS, end_of_year.NEITHER]
    assert flags(world, advantage_counts=True) == [end_of_year.BOTH, end_of_year.NEITHER]


def test_months_after_a_death_are_not_asked_for(world):
    with as_owner():
        Coverage.objects.all().delete()
        cover(world, world.a.patient, date(2026, 1, 1), date(2026, 6, 30), plan="medicare-ab")
        type(world.a.patient).objects.filter(pk=world.a.patient.pk).update(died_on=date(2026, 6, 15))
    assert flags(world)[0] == end_of_year.BOTH
