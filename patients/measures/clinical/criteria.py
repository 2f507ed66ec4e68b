"""Criteria: what a population asks of a case. A criterion is a function of a Case that gives a Step.

`exists` finds records; tests of a record are functions of (case, record), named for what they ask. Windows are functions of a
case that give a Span. Lists of statuses follow the Status library of the eCQMs (QI-Core 6).
"""

from datetime import timedelta

from . import moments
from .case import Step
from .moments import days, months_later
from .records import Coding
from .terminology import LOINC, SNOMED

FINAL = frozenset({"final", "amended", "corrected"})
VERIFIED = frozenset({"", "confirmed", "unconfirmed", "provisional", "differential"})
ORDERED = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
ORDER_STANDS = frozenset({"active", "completed"})
ASSESSMENTS = ("survey", "screening-assessment", "social-history", "functional-status", "sdoh")
PROFILE_FAMILIES = ("us-quality-core", "qicore", "us-core")
LONGEST_EVIDENCE = 6


def loinc(code):
    return Coding(LOINC, code)


def snomed(code):
    return Coding(SNOMED, code)


# Criteria


def every(label, *parts):
    """All of these."""

    def judge(case):
        steps = tuple(part(case) for part in parts)
        return Step(label, all(step.is_met for step in steps), parts=steps)

    return judge


def either(label, *parts):
    """At least one of these."""

    def judge(case):
        steps = tuple(part(case) for part in parts)
        return Step(label, any(step.is_met for step in steps), parts=steps)

    return judge


def without(part):
    """Not this."""

    def judge(case):
        step = part(case)
        return Step(f"not: {step.label}", not step.is_met, parts=(step,))

    return judge


def found(label, find, at_least=1):
    """`find(case)` gives so many records."""

    def judge(case):
        records = find(case)
        return Step(label, len(records) >= at_least, tuple(map(told, records[:LONGEST_EVIDENCE])))

    return judge


def exists(label, kind, sets, *tests, at_least=1):
    """So many records of a type with a code in one of the sets that pass every test."""
    return found(label, lambda case: case.of(kind, sets, *tests), at_least)


def holds(label, ask):
    """`ask(case)` gives (answer, words of the evidence)."""

    def judge(case):
        answer, evidence = ask(case)
        return Step(label, bool(answer), (evidence,) if evidence else ())

    return judge


def told(record):
    """A record in a trail: `Condition/1 2026-01-01`. Without codes' words: they may be a licensee's."""
    return f"{record.ref} {record.when}" if record.when else record.ref


def age(low, high, *, at_end=True):
    """Age in whole years, `low` to `high`, on the last or the first day of the period."""

    def ask(case):
        years = case.age_on(case.last_day if at_end else case.first_day)
        return years is not None and low <= years <= high, "no birth date" if years is None else f"{years} years"

    which = "last" if at_end else "first"
    label = f"{low} years or older" if high > 150 else f"{low} to {high} years"
    return holds(f"{label} on the {which} day of the period", ask)


# Windows


def year(case):
    return case.year


def year_and_one_before(case):
    return days(months_later(case.first_day, -12), case.last_day)


def year_before(case):
    """The period, one year earlier."""
    return days(months_later(case.first_day, -12), months_later(case.last_day, -12))


def first_six_months(case):
    return days(case.first_day, months_later(case.first_day, 6) - timedelta(days=1))


def year_and_six_months_before(case):
    return days(months_later(case.first_day, -6), case.last_day)


def episode(case):
    return case.episode.when


# Tests of a record


def _timed(question):
    def of_window(window):
        return lambda case, record: question(record.when, window(case))

    of_window.__doc__ = question.__doc__
    return of_window


during = _timed(moments.during)
overlapping = _timed(moments.overlaps)
starting_during = _timed(moments.starts_during)
ending_during = _timed(moments.ends_during)
starting_by_end_of = _timed(moments.starts_by)
overlapping_start_of = _timed(moments.overlaps_before)


def latest_during(window):
    """The end, or the start of what goes on, lies in the window."""
    return lambda case, record: record.when is not None and moments.during(moments.at(record.when.latest), window(case))


def finished(_case, encounter):
    return encounter.status == "finished"


def completed(_case, procedure):
    return procedure.status == "completed"


def final(_case, observation):
    return observation.status in FINAL


def verified(_case, condition):
    return condition.verification in VERIFIED


def ordered(_case, order):
    """An order that stands, for something to be done."""
    return not order.is_negated and order.status in ORDER_STANDS and order.intent in ORDERED


def active_order(_case, order):
    return not order.is_negated and order.status == "active" and order.intent in ORDERED


def has_category(code):
    return lambda _case, record: any(one.code == code for one in record.categories)


def declared(profile, *categories):
    """It declares that profile; one that declares none is known by its categories. Without categories to ask for, it counts."""
    names = {f"{family}-{profile}" for family in PROFILE_FAMILIES}

    def ask(case, record):
        if not case.asks_profiles:
            return True
        if record.profiles:
            return not names.isdisjoint(record.profiles)
        return not categories or any(one.code in categories for one in record.categories)

    return ask


laboratory = declared("observation-lab", "laboratory")
examination = declared("observation-clinical-result", "exam")
assessment = declared("observation-screening-assessment", *ASSESSMENTS)
symptom = declared("simple-observation")
blood_pressure = declared("blood-pressure")
smoking_status = declared("smokingstatus")
encounter_diagnosis = declared("condition-encounter-diagnosis", "encounter-diagnosis")
on_problem_list = declared("condition-problems-health-concerns", "problem-list-item", "health-concern")


def valued_in(*sets):
    """Its value is a code in one of the sets."""
    return lambda case, observation: isinstance(_coded(observation), tuple) and case.is_in(observation.value, sets)


def _coded(observation):
    value = observation.value
    return value if type(value) is tuple else None


def number_of(observation, unit):
    """The number of a value in that unit; None otherwise."""
    value = observation.value
    return getattr(value, "value", None) if getattr(value, "unit", None) == unit else None
