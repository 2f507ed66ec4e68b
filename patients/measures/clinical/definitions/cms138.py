"""Tobacco use: screening, and help to stop. Three rates: screened; users who were helped; screened and helped if users."""

from datetime import date

from ..criteria import (
    active_order,
    age,
    completed,
    during,
    either,
    every,
    exists,
    finished,
    found,
    ordered,
    smoking_status,
    starting_during,
    verified,
    year,
    year_and_six_months_before,
)
from ..measure import ClinicalMeasure, Group
from ..moments import during as lies_in
from ..records import Coding
from ..shared import HOSPICE
from ..terminology import CPT, ICD10
from .visits import PREVENTIVE_18

SCREENING = "Tobacco Use Screening"
DRUGS = "Tobacco Use Cessation Pharmacotherapy"
COUNSELLING = Coding(ICD10, "Z71.6")
PREVENTIVE = (
    "Annual Wellness Visit",
    *PREVENTIVE_18,
    "Preventive Care, Established Office Visit, 0 to 17",
    "Preventive Care Services, Initial Office Visit, 0 to 17",
    "Preventive Care Services Group Counseling",
    "Preventive Care Services Individual Counseling",
    "Nutrition Services",
    Coding(CPT, "99429"),
    Coding(CPT, "99024"),
)
VISITS = (
    "Home Healthcare Services",
    "Occupational Therapy Evaluation",
    "Office Visit",
    "Ophthalmological Services",
    "Physical Therapy Evaluation",
    "Psych Visit Diagnostic Evaluation",
    "Psych Visit Psychotherapy",
    "Psychoanalysis",
    "Speech and Hearing Evaluation",
    "Telephone Visits",
    "Virtual Encounter",
    Coding(CPT, "96156"),
    Coding(CPT, "96158"),
)


def _is_screening(case, observation):
    """Of the smoking status profile; without any profile, by its code."""
    return smoking_status(case, observation) and (
        bool(observation.profiles) or case.is_in(observation.codes, [SCREENING])
    )


def _last(case):
    """The last screening of the period, by its start."""
    seen = case.of("Observation", [], _is_screening, _only_final, during(year))
    return [max(enumerate(seen), key=lambda pair: (pair[1].when.starts, pair[0]))[1]] if seen else []


def _only_final(_case, observation):
    return observation.status == "final"


def _says(title):
    def find(case):
        return [one for one in _last(case) if type(one.value) is tuple and case.is_in(one.value, [title])]

    return find


def _not_declined(case, order):
    """No task to fill the order was rejected."""
    tasks = [one for one in case.chart.of("Task") if one.status == "rejected" and one.focus == order.ref]
    return not any(coding.code == "fulfill" for one in tasks for coding in one.codes)


def _taking(case):
    """Active orders whose days of supply lie in the period or the six months before."""
    window = year_and_six_months_before(case)
    return [one for one in case.of("MedicationRequest", [DRUGS], active_order) if lies_in(one.supply, window)]


USER = found("last screening: tobacco user", _says("Tobacco User"))
NON_USER = found("last screening: no tobacco user", _says("Tobacco Non User"))
HELPED = either(
    "help to stop, in the period or the six months before",
    exists(
        "counselling", "Procedure", ["Tobacco Use Cessation Counseling"], completed, during(year_and_six_months_before)
    ),
    exists(
        "counselling as a diagnosis", "Condition", [COUNSELLING], verified, starting_during(year_and_six_months_before)
    ),
    exists(
        "medication ordered", "MedicationRequest", [DRUGS], ordered, during(year_and_six_months_before), _not_declined
    ),
    found("medication in use", _taking),
)
INITIAL = every(
    "12 or older with two visits or a preventive one",
    age(12, 200, at_end=False),
    either(
        "two visits or a preventive one",
        exists("two visits", "Encounter", VISITS, finished, during(year), at_least=2),
        exists("preventive visit", "Encounter", PREVENTIVE, finished, during(year)),
    ),
)

MEASURE = ClinicalMeasure(
    code="cms138",
    report="CMS138FHIRTobaccoScrnCessation",
    title="Tobacco use: screening and cessation intervention",
    groups=(
        Group("screened", INITIAL, either("screened", USER, NON_USER), exclusion=HOSPICE),
        Group("users who were helped", INITIAL, HELPED, exclusion=HOSPICE, denominator=USER),
        Group(
            "screened, and helped if users",
            INITIAL,
            either("screened, and helped if user", NON_USER, every("user who was helped", USER, HELPED)),
            exclusion=HOSPICE,
        ),
    ),
    claims="",
    source="eCQM CMS138 for the 2026 performance period, eCQI Resource Center; rules in our words.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
