"""Statins to prevent and treat cardiovascular disease: four populations, the first that fits."""

from datetime import date

from ..criteria import (
    FINAL,
    age,
    assessment,
    completed,
    during,
    either,
    every,
    exists,
    final,
    finished,
    found,
    laboratory,
    loinc,
    number_of,
    on_problem_list,
    overlapping,
    starting_by_end_of,
    verified,
    without,
    year,
)
from ..measure import ClinicalMeasure, Group
from ..moments import during as lies_in
from ..moments import overlaps
from ..records import Coding
from ..shared import HOSPICE, PALLIATIVE
from ..terminology import ICD10
from .visits import PREVENTIVE_18

STATINS = ("Low Intensity Statin Therapy", "Moderate Intensity Statin Therapy", "High Intensity Statin Therapy")
ASCVD = (
    "Myocardial Infarction",
    Coding(ICD10, "I22.2"),
    "Cerebrovascular Disease Stroke or TIA",
    "Atherosclerosis and Peripheral Arterial Disease",
    "Ischemic Heart Disease or Other Related Diagnoses",
    "Stable and Unstable Angina",
)
INTENTS = frozenset({"order", "original-order", "reflex-order", "instance-order"})
VISITS = (
    "Annual Wellness Visit",
    "Office Visit",
    "Outpatient Consultation",
    "Outpatient Encounters for Preventive Care",
    *PREVENTIVE_18,
    "Preventive Care Services Individual Counseling",
    "Preventive Care Services Other",
    "Telemedicine Services",
)
LDL_MG_DL, RISK_PERCENT = 190, 20


def _visits(case):
    return case.of("Encounter", VISITS, finished, during(year))


def _reported(_case, observation):
    return observation.status in FINAL | {"appended"}


def _high_ldl(_case, observation):
    value = number_of(observation, "mg/dL")
    return value is not None and value >= LDL_MG_DL


def _high_risk(_case, observation):
    value = number_of(observation, "%")
    return value is not None and value >= RISK_PERCENT


def _stands(_case, order):
    return not order.is_negated and order.status in {"active", "completed"}


def _meant(_case, order):
    return order.intent in INTENTS


def _in_use(case):
    return [one for one in case.of("MedicationRequest", STATINS, _stands) if overlaps(one.supply, case.year)]


def _not_ordered(case):
    """A medical reason not to order a statin, on a day of a visit."""
    orders = [
        one for one in case.of("MedicationRequest", STATINS) if one.is_negated and one.status in {"active", "completed"}
    ]
    orders = [one for one in orders if case.is_in(one.reasons, ["Medical Reason"])]
    return [one for one in orders if any(lies_in(one.when, visit.when) for visit in _visits(case))]


def _active(_case, allergy):
    return allergy.status == "active"


def _problem(label, sets, *tests):
    return exists(label, "Condition", sets, on_problem_list, verified, *tests)


VISIT = found("visit", _visits)
HAS_ASCVD = either(
    "cardiovascular disease by the end of the period",
    _problem("diagnosis", ASCVD, starting_by_end_of(year)),
    exists(
        "procedure",
        "Procedure",
        ["PCI", "CABG Surgeries", "Carotid Intervention", "CABG or PCI Procedure"],
        completed,
        starting_by_end_of(year),
    ),
)
HIGH_LDL = exists(
    "LDL of 190 or more", "Observation", ["LDL Cholesterol"], laboratory, _reported, _high_ldl, starting_by_end_of(year)
)
FAMILIAL = _problem("familial hypercholesterolemia", ["Familial Hypercholesterolemia"], starting_by_end_of(year))
DIABETES = _problem("diabetes", ["Diabetes"], overlapping(year))
RISK = exists(
    "ten-year risk of 20% or more",
    "Observation",
    [loinc("99055-6"), loinc("79423-0")],
    assessment,
    final,
    _high_risk,
    during(year),
)
NEITHER = (without(HAS_ASCVD), without(HIGH_LDL), without(FAMILIAL))
NUMERATOR = either(
    "statin",
    exists("ordered in the period", "MedicationRequest", STATINS, _stands, _meant, during(year)),
    found("in use in the period", _in_use),
)
EXCLUSION = exists(
    "breastfeeding or rhabdomyolysis", "Condition", ["Breastfeeding", "Rhabdomyolysis"], verified, overlapping(year)
)
EXCEPTION = either(
    "excepted",
    exists("allergy to statins", "AllergyIntolerance", ["Statin Allergen"], _active, overlapping(year)),
    HOSPICE,
    PALLIATIVE,
    _problem("hepatitis or liver disease", ["Hepatitis A", "Hepatitis B", "Liver Disease"], overlapping(year)),
    _problem("muscle symptoms from statins", ["Statin Associated Muscle Symptoms"], overlapping(year)),
    _problem("kidney failure", ["End Stage Renal Disease"], overlapping(year)),
    exists("adverse reaction to statins", "AdverseEvent", ["Statin Allergen"], during(year)),
    found("medical reason not to order", _not_ordered),
)


def _group(title, *initial):
    return Group(title, every(title, *initial, VISIT), NUMERATOR, exclusion=EXCLUSION, exception=EXCEPTION)


MEASURE = ClinicalMeasure(
    code="cms347",
    report="CMS347FHIRStatinPreventionTxCVD",
    title="Statin therapy for the prevention and treatment of cardiovascular disease",
    groups=(
        _group("cardiovascular disease", HAS_ASCVD),
        _group(
            "20 to 75, LDL of 190 or more or familial hypercholesterolemia",
            age(20, 75, at_end=False),
            either("high LDL or familial hypercholesterolemia", HIGH_LDL, FAMILIAL),
            without(HAS_ASCVD),
        ),
        _group("40 to 75 with diabetes", age(40, 75, at_end=False), DIABETES, *NEITHER),
        _group("40 to 75 at high risk", age(40, 75, at_end=False), RISK, *NEITHER, without(DIABETES)),
    ),
    claims="spc",
    source="eCQM CMS347 for the 2026 performance period, eCQI Resource Center; rules in our words.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
