"""A clinical measure: what a definition in `definitions/` says, and how its populations are counted.

Counts follow the FHIR Quality Measure rules for proportions: denominator within initial population, exclusion within
denominator, numerator outside of exclusions, exception outside of exclusions and numerator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from .case import Case, Step

POPULATIONS = ("initial", "denominator", "exclusion", "numerator", "exception")


@dataclass(frozen=True, slots=True)
class Group:
    """The criteria of one rate. `denominator` narrows the initial population. `episodes(case)`: the encounters that are counted;
    without, the patient is."""

    title: str
    initial: Callable
    numerator: Callable
    exclusion: Callable | None = None
    exception: Callable | None = None
    denominator: Callable | None = None
    episodes: Callable | None = None


@dataclass(frozen=True, slots=True)
class ClinicalMeasure:
    """`report` is the name by which MeasureReports call it. `claims` is the code of our claims measure of the same care."""

    code: str
    report: str
    title: str
    groups: tuple[Group, ...]
    claims: str
    source: str
    reviewed_on: date
    review_due: date


@dataclass(frozen=True, slots=True)
class Counted:
    """A group's counts, and the steps of each subject."""

    counts: dict[str, int]
    steps: tuple[Step, ...]


def evaluate(measure, case: Case):
    """A Counted for each group of the measure."""
    return tuple(_count(group, case) for group in measure.groups)


def _count(group, case):
    subjects = [None] if group.episodes is None else group.episodes(case)
    counts, steps = dict.fromkeys(POPULATIONS, 0), []
    for subject in subjects:
        judged = _judge(group, case.about(subject))
        steps.append(Step(subject.ref if subject else "patient", True, parts=tuple(judged.values())))
        for name in _standing({name: step.is_met for name, step in judged.items()}):
            counts[name] += 1
    return Counted(counts, tuple(steps))


def _judge(group, case):
    """population -> Step; those that the group does not have are absent."""
    found = {}
    for name in POPULATIONS:
        criterion = getattr(group, name)
        if criterion is not None:
            step = criterion(case)
            found[name] = Step(f"{name}: {step.label}", step.is_met, step.evidence, step.parts)
    return found


def _standing(met):
    """The populations that a subject counts in."""
    if not met["initial"]:
        return ()
    if not met.get("denominator", True):
        return ("initial",)
    if met.get("exclusion"):
        return ("initial", "denominator", "exclusion")
    if met["numerator"]:
        return ("initial", "denominator", "numerator")
    return ("initial", "denominator", *(["exception"] if met.get("exception") else []))
