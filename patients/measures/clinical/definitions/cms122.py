"""Diabetes: glycemic status above 9%. Lower is better: without a result the patient counts."""

from datetime import date

from ..criteria import (
    age,
    during,
    either,
    encounter_diagnosis,
    every,
    exists,
    final,
    finished,
    holds,
    laboratory,
    latest_during,
    loinc,
    number_of,
    overlapping,
    verified,
    year,
)
from ..measure import ClinicalMeasure, Group
from ..records import Coding
from ..shared import FRAIL_AND_ILL, HOSPICE, NURSING_HOME_STAY, PALLIATIVE
from ..terminology import CPT, HCPCS
from .visits import OUTPATIENT

NUTRITION = tuple(Coding(CPT, code) for code in ("97802", "97803", "97804")) + (
    Coding(HCPCS, "G0270"),
    Coding(HCPCS, "G0271"),
)
TESTS = ("HbA1c Laboratory Test", loinc("97506-0"))
ABOVE = 9


def _last_day(case):
    """Results of the last day that has any."""
    seen = case.of("Observation", TESTS, final, laboratory, latest_during(year))
    last = max((one.when.latest.day for one in seen), default=None)
    return [one for one in seen if one.when.latest.day == last]


def _lowest(case):
    """The lowest of that day, an absent result lowest of all; (answer, evidence)."""
    found = _last_day(case)
    if not found:
        return True, "no test in the period"
    if any(one.value is None for one in found):
        return True, f"{found[0].ref}: without a result"
    numbers = [number_of(one, "%") for one in found]
    if None in numbers:
        return False, f"{found[0].ref}: a result that is no percentage"
    return min(numbers) > ABOVE, f"{found[0].ref}: {min(numbers)}%"


MEASURE = ClinicalMeasure(
    code="cms122",
    report="CMS122FHIRDiabetesAssessGT9Pct",
    title="Diabetes: glycemic status assessment greater than 9%",
    groups=(
        Group(
            title="",
            initial=every(
                "18 to 75 with diabetes and a visit",
                age(18, 75),
                exists("visit", "Encounter", (*OUTPATIENT, "Nutrition Services", *NUTRITION), finished, during(year)),
                exists(
                    "diabetes, diagnosed at an encounter",
                    "Condition",
                    ["Diabetes"],
                    encounter_diagnosis,
                    verified,
                    overlapping(year),
                ),
            ),
            exclusion=either("excluded", HOSPICE, NURSING_HOME_STAY, FRAIL_AND_ILL, PALLIATIVE),
            numerator=holds("last glycemic status is above 9%, without result, or missing", _lowest),
        ),
    ),
    claims="gsd_poor_control",
    source="eCQM CMS122 for the 2026 performance period, eCQI Resource Center; rules in our words.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
