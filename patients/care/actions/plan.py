"""The care plan: opening problems, goals and interventions, and moving them along."""

from datetime import timedelta

from carecoord.kernel.audit.actions import audited, record

from ..models import Goal, Intervention, PlanChange, Problem
from ..place import payer_of, today_at

LONGEST_GOAL = timedelta(days=731)
NEEDS_WHY = {Goal.Status.MISSED, Intervention.Status.DECLINED, Problem.Status.DROPPED}
"""Statuses that mean nothing to a colleague without a reason ('dropped' is the same word in all three)."""


class CannotPlan(Exception):
    """The sentence says why."""


@audited
def open_problem(*, patient, pharmacy, kind, words, medicine="", flag=None, encounter=None, by):
    """A medication therapy problem. Raises CannotPlan, CannotDocument."""
    _check_about(patient, pharmacy, words, flag, encounter)
    facts = {"kind": kind, "medicine": medicine.strip(), "flag": flag, "encounter": encounter}
    return _open(Problem, patient, pharmacy, words, by, **facts)


@audited
def set_goal(
    *, patient, pharmacy, kind, words, due_on, systolic=None, diastolic=None, problem=None, encounter=None, by
):
    """A goal with its day. A new one for blood pressure takes over from the one before. Raises CannotPlan, CannotDocument."""
    _check_about(patient, pharmacy, words, encounter, problem)
    today = today_at(pharmacy)
    if not today <= due_on <= today + LONGEST_GOAL:
        raise CannotPlan("A goal has a day between today and two years from now.")
    if kind == Goal.Kind.BLOOD_PRESSURE:
        _check_pressure(systolic, diastolic)
        for old in _live(Goal, by, patient, pharmacy).filter(kind=kind, status=Goal.Status.ACTIVE):
            _move(_locked(old, by), Goal.Status.DROPPED, "A new goal took over.", by)
    elif systolic is not None or diastolic is not None:
        raise CannotPlan("Only a blood pressure goal has an upper and a lower number.")
    facts = {"due_on": due_on, "systolic": systolic, "diastolic": diastolic}
    return _open(Goal, patient, pharmacy, words, by, kind=kind, problem=problem, encounter=encounter, **facts)


@audited
def plan_intervention(*, patient, pharmacy, kind, words, problem=None, encounter=None, by):
    """Something to be done. Raises CannotPlan, CannotDocument."""
    _check_about(patient, pharmacy, words, encounter, problem)
    return _open(Intervention, patient, pharmacy, words, by, kind=kind, problem=problem, encounter=encounter)


@audited
def open_from_visit(*, encounter, planned, by):
    """What a completed visit puts into the plan (a protocol's Planned). A problem of that kind that is open is not opened
    again, and what the visit does goes to it."""
    patient, pharmacy = encounter.patient.person, encounter.pharmacy
    about = {"patient": patient, "pharmacy": pharmacy, "words": planned.words[:300], "encounter": encounter, "by": by}
    if planned.what == "goal":
        return set_goal(kind=planned.kind, due_on=max(planned.due_on, today_at(pharmacy)), **about)
    open_ones = _live(Problem, by, patient, pharmacy).filter(status=Problem.Status.OPEN)
    if planned.what == "intervention":
        return plan_intervention(kind=planned.kind, problem=open_ones.order_by("-opened_at", "-id").first(), **about)
    same = open_ones.filter(kind=planned.kind).first()
    if same is not None:
        record(event="plan.asked_again", by=by, target=same)
        return same
    return open_problem(kind=planned.kind, medicine=planned.medicine, flag=encounter.flag, **about)


@audited
def move(*, thing, to, why="", by):
    """A problem, goal or intervention to another status; for an intervention `why` is what came of it. Raises CannotPlan."""
    thing = _locked(thing, by)
    if to not in type(thing).TRANSITIONS[thing.status]:
        there = thing.get_status_display().lower()
        raise CannotPlan(f"\u201c{thing}\u201d is {there}; it cannot become that. Load the page again.")
    if to in NEEDS_WHY and not why.strip():
        raise CannotPlan("Say why, for whoever reads the plan next.")
    _move(thing, to, why.strip(), by)
    record(event=f"{thing._meta.model_name}.moved", by=by, target=thing, detail={"to": to})
    return thing


def _check_about(patient, pharmacy, words, *others):
    if not words.strip():
        raise CannotPlan("Say it in a few words.")
    for each in others:
        if each is not None and not (each.patient_id in patient.records and each.pharmacy_id == pharmacy.pk):
            raise CannotPlan("That belongs to another patient.")


def _check_pressure(systolic, diastolic):
    if systolic is None or diastolic is None:
        raise CannotPlan("A blood pressure goal needs both numbers, such as 130 and 80.")
    if not (90 <= systolic <= 200 and 50 <= diastolic <= 120 and diastolic < systolic):
        raise CannotPlan("A blood pressure goal lies between 90/50 and 200/120, the upper number first.")


def _live(model, by, patient, pharmacy):
    return model.objects.visible_to(by).filter(patient__in=patient.records, pharmacy=pharmacy)


def _open(model, patient, pharmacy, words, by, **facts):
    """What belongs to a problem stands under the same record as that, if it is a former one."""
    problem = facts.get("problem")
    thing = model.objects.create(
        payer_id=payer_of(patient, pharmacy, by),
        patient=problem.patient if problem else patient.person,
        pharmacy=pharmacy,
        words=words.strip(),
        opened_by=by,
        **facts,
    )
    _note(thing, "", "", by)
    record(event=f"{model._meta.model_name}.opened", by=by, target=thing, detail={"kind": thing.kind})
    return thing


def _locked(thing, by):
    return type(thing).objects.visible_to(by).select_for_update(of=("self",)).get(pk=thing.pk)


def _move(thing, to, why, by):
    before, thing.status = thing.status, to
    changed = ["status"]
    if isinstance(thing, Intervention) and why:
        thing.outcome = why
        changed.append("outcome")
    thing.save(update_fields=changed)
    _note(thing, before, why, by)


def _note(thing, before, why, by):
    PlanChange.objects.create(
        payer_id=thing.payer_id,
        pharmacy_id=thing.pharmacy_id,
        patient_id=thing.patient_id,
        from_status=before,
        to_status=thing.status,
        why=why,
        by=by,
        **{thing._meta.model_name: thing},
    )
