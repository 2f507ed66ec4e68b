"""The care plan: what a visit puts into it, what moves where, and whose goals move the chart's band."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import plan as plans
from patients.care.actions import plan as planning
from patients.care.blood_pressure import target_of
from patients.care.models import Goal, Intervention, PlanChange, Problem

from .test_nutrition_counselling import TALK
from .test_protocols import CALL

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


@pytest.fixture
def about(cast, story):
    with context.acting_as(cast.alice.scope):
        yield {"patient": cast.a.patient, "pharmacy": cast.a.pharmacy, "by": cast.alice}


def visit(about, protocol, answers):
    encounter = care.start(protocol=protocol, **about)
    encounter = care.save(encounter=encounter, answers=answers, revision=encounter.revision, by=about["by"])
    return care.complete(encounter=encounter, by=about["by"])


@pytest.mark.parametrize("model", [Problem, Goal, Intervention])
def test_every_status_has_its_transitions(model):
    assert set(model.TRANSITIONS) == set(model.Status)
    assert all(to <= set(model.Status) for to in model.TRANSITIONS.values())


def test_a_call_puts_its_barrier_and_what_was_agreed_into_the_plan_once(about):
    visit(about, "adherence_call", CALL | {"plan": ["delivery", "organiser"]})
    (part,) = plans.plan_of(about["by"], patient=about["patient"])
    assert (part.problem.it.words, part.problem.it.kind) == ("Forgets", "adherence")
    assert {each.it.kind for each in part.interventions} == {"delivery", "organiser"}
    visit(about, "adherence_call", CALL | {"barriers": ["cost"], "plan": ["cost_help"]})
    visit(about, "adherence_call", CALL | {"barriers": ["side_effects"], "plan": ["no_change"]})
    kinds = [part.problem.it.kind for part in plans.plan_of(about["by"], patient=about["patient"])]
    assert sorted(kinds) == ["access", "adherence"]


def test_a_call_without_a_barrier_puts_nothing_into_it(about):
    visit(about, "adherence_call", CALL | {"barriers": ["none"]})
    assert plans.plan_of(about["by"], patient=about["patient"]) == ()


def test_counselling_puts_its_goals_into_the_plan(about):
    visit(about, "nutrition_counselling", TALK | {"goal_2": "Read labels"})
    (part,) = plans.plan_of(about["by"], patient=about["patient"])
    assert part.problem is None
    assert {(g.it.words, g.it.due_on) for g in part.goals} == {
        ("No salt at the table", date(2026, 12, 19)),
        ("Read labels", date(2026, 12, 19)),
    }


def test_a_goal_of_ones_own_moves_the_band_and_a_newer_one_takes_over(about):
    who, patient = about["by"], about["patient"]
    assert target_of(who, patient=patient, day=TODAY).why == "the usual target"
    goal = {"kind": "blood_pressure", "words": "Lower", "due_on": date(2027, 2, 1), **about}
    first = planning.set_goal(systolic=130, diastolic=80, **goal)
    second = planning.set_goal(systolic=135, diastolic=85, **goal)
    first.refresh_from_db()
    assert (first.status, second.status) == ("dropped", "active")
    target = target_of(who, patient=patient, day=TODAY)
    assert (str(target), target.why) == ("below 135/85", "agreed with the patient")
    planning.move(thing=second, to="dropped", why="Frail", by=who)
    assert target_of(who, patient=patient, day=TODAY).systolic == 140


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"systolic": None}, "both numbers"),
        ({"systolic": 80, "diastolic": 130}, "lies between"),
        ({"due_on": date(2026, 11, 20)}, "between today and two years"),
        ({"kind": "food"}, "Only a blood pressure goal"),
        ({"words": "  "}, "few words"),
    ],
)
def test_a_goal_that_cannot_be_is_refused(about, wrong, said):
    goal = {"kind": "blood_pressure", "words": "Lower", "due_on": TODAY, "systolic": 130, "diastolic": 80}
    with pytest.raises(planning.CannotPlan, match=said):
        planning.set_goal(**goal | wrong, **about)


def test_history_is_kept_and_what_cannot_follow_is_refused(about):
    problem = planning.open_problem(kind="access", words="Cannot pay", **about)
    with pytest.raises(planning.CannotPlan, match="Say why"):
        planning.move(thing=problem, to="dropped", by=about["by"])
    planning.move(thing=problem, to="resolved", why="Extra Help came", by=about["by"])
    with pytest.raises(planning.CannotPlan, match="is resolved"):
        planning.move(thing=problem, to="dropped", why="x", by=about["by"])
    planning.move(thing=problem, to="open", by=about["by"])
    said = [(c.before, c.after, c.why) for c in reversed(plans.history_of(about["by"], patient=about["patient"]))]
    assert said == [("", "Open", ""), ("Open", "Resolved", "Extra Help came"), ("Resolved", "Open", "")]


def test_what_came_of_an_intervention_is_its_outcome(about):
    planned = planning.plan_intervention(kind="prescriber", words="Ask for a lower dose", **about)
    planning.move(thing=planned, to="accepted", why="Dr. Hall agrees", by=about["by"])
    planned.refresh_from_db()
    assert (planned.status, planned.outcome) == ("accepted", "Dr. Hall agrees")


def test_a_goal_of_another_patients_problem_is_refused_by_both(cast, about, as_owner):
    with pytest.raises(planning.CannotPlan, match="another patient"):
        planning.set_goal(kind="food", words="x", due_on=TODAY, problem=cast.b.problem, **about)
    goal = planning.set_goal(kind="food", words="x", due_on=TODAY, **about)
    with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
        Goal.objects.filter(pk=goal.pk).update(problem=cast.b.problem)


def test_a_change_is_about_one_thing(cast, as_owner):
    with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
        PlanChange.objects.filter(pk=cast.a.plan_step.pk).update(goal=cast.a.goal)
