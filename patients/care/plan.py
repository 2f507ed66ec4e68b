"""Reading the care plan of a patient at the pharmacy."""

from dataclasses import dataclass

from .models import Goal, Intervention, PlanChange, Problem

KINDS = {"problem": Problem, "goal": Goal, "intervention": Intervention}
OPEN_FIRST = ("open", "active", "planned", "accepted")


@dataclass(frozen=True, kw_only=True)
class Item:
    """A problem, goal or intervention. `moves`: (status, word) that it can go to."""

    it: object
    what: str
    is_open: bool
    moves: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A problem with what belongs to it; `problem` None for what belongs to none."""

    problem: Item | None
    goals: tuple[Item, ...]
    interventions: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of the plan's history: about what, from and to which status in words, why, who, when."""

    about: str
    before: str
    after: str
    why: str
    by: str
    at: object


def plan_of(who, *, patient):
    """A tuple of Parts: open problems first, the newest first; at the end what belongs to no problem."""
    rows = {what: _items(who, patient, what, model) for what, model in KINDS.items()}
    parts = [_part(each, rows) for each in rows["problem"]]
    loose = _part(None, rows)
    return (*parts, *([loose] if loose.goals or loose.interventions else []))


def history_of(who, *, patient, limit=200):
    """Changes, newest first."""
    rows = PlanChange.objects.visible_to(who).filter(patient__in=patient.records).order_by("-at", "-id")
    rows = rows.select_related("problem", "goal", "intervention", "by")[:limit]
    return tuple(_change(row) for row in rows)


def _items(who, patient, what, model):
    rows = model.objects.visible_to(who).filter(patient__in=patient.records).select_related("opened_by")
    ordered = sorted(rows.order_by("-opened_at", "-id"), key=lambda row: row.status not in OPEN_FIRST)
    return [
        Item(
            it=row,
            what=what,
            is_open=row.status in OPEN_FIRST,
            moves=tuple(
                (to.value, to.label) for to in model.Status if to in model.TRANSITIONS[model.Status(row.status)]
            ),
        )
        for row in ordered
    ]


def _part(problem, rows):
    pk = problem.it.pk if problem else None
    own = {what: tuple(each for each in rows[what] if each.it.problem_id == pk) for what in ("goal", "intervention")}
    return Part(problem=problem, goals=own["goal"], interventions=own["intervention"])


def _change(row):
    thing = row.problem or row.goal or row.intervention
    words = dict(type(thing).Status.choices)
    return Change(
        about=str(thing),
        before=words.get(row.from_status, ""),
        after=words.get(row.to_status, row.to_status),
        why=row.why,
        by=row.by.name,
        at=row.at,
    )
