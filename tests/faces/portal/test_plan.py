"""The care plan's page: opened from a flag, added to, moved along, printed."""

import pytest

from patients.care.models import Problem

pytestmark = pytest.mark.django_db


def test_a_problem_is_opened_from_a_flag_and_moved_along(alice, cast, story, as_owner):
    address = f"/portal/patients/{cast.a.patient.public_id}/plan/"
    page = alice.get(f"{address}?flag={story[0].public_id}").content.decode()
    assert story[0].headline in page
    posted = {
        "add": "problem",
        "flag": str(story[0].public_id),
        "problem-kind": "adherence",
        "problem-words": "Runs out",
    }
    assert "Problem opened." in alice.post(address, posted, follow=True).content.decode()
    with as_owner():
        problem = Problem.objects.get(words="Runs out")
    assert problem.flag_id == story[0].pk
    goal = {
        "add": "goal", "goal-kind": "blood_pressure", "goal-words": "Lower", "goal-systolic": "130", "goal-diastolic": "80",
        "goal-due_on": "2027-01-31", "goal-problem": str(problem.public_id),
    }  # fmt: skip
    page = alice.post(address, goal, follow=True).content.decode()
    assert "below 130/80, until 31 Jan 2027" in page
    chart = alice.get(f"/portal/patients/{cast.a.patient.public_id}/").content.decode()
    for said in ("Runs out", "Goal: Lower (below 130/80)", "below 130/80, agreed with the patient"):
        assert said in chart
    moved = alice.post(f"/portal/problems/{problem.public_id}/move/", {"to": "resolved", "why": "Synced"}, follow=True)
    assert "Open to Resolved" in " ".join(moved.content.decode().split())


@pytest.mark.parametrize(
    "posted, said",
    [
        ({"add": "problem"}, "This field is required"),
        ({"add": "problem", "problem-kind": "moonwalk", "problem-words": "x"}, "not one of the available choices"),
        (
            {"add": "goal", "goal-kind": "food", "goal-words": "x", "goal-due_on": "2020-01-01"},
            "between today and two years",
        ),
        ({"add": "goal", "goal-kind": "food", "goal-words": "x", "goal-due_on": "someday"}, "valid date"),
        (
            {"add": "goal", "goal-kind": "blood_pressure", "goal-words": "x", "goal-due_on": "2027-01-01"},
            "both numbers",
        ),
        ({"add": "goal", "goal-kind": "food", "goal-words": "x", "goal-systolic": "9" * 40}, "number"),
        ({"add": "intervention", "intervention-words": "x" * 400}, "at most 300"),
        ({"add": "moonwalk", "flag": "x"}, "Open a problem"),
    ],
)
def test_what_cannot_be_planned_is_answered_in_words(alice, cast, story, posted, said):
    answer = alice.post(f"/portal/patients/{cast.a.patient.public_id}/plan/", posted)
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_a_move_that_cannot_be_says_why(alice, cast):
    address = f"/portal/goals/{cast.a.goal.public_id}/move/"
    for posted, said in [
        ({}, "Choose what became of it"),
        ({"to": "open"}, "cannot become that"),
        ({"to": "missed"}, "Say why"),
    ]:
        assert said in alice.post(address, posted, follow=True).content.decode()


def test_a_strangers_problem_is_no_choice(alice, cast):
    posted = {
        "add": "goal", "goal-kind": "food", "goal-words": "x", "goal-due_on": "2099-01-01",
        "goal-problem": str(cast.b.problem.public_id),
    }  # fmt: skip
    assert (
        "not one of the available choices"
        in alice.post(f"/portal/patients/{cast.a.patient.public_id}/plan/", posted).content.decode()
    )
