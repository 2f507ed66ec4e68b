"""Diabetes: eye exam. Without retinopathy an exam of the year before counts."""

from datetime import date

from ..criteria import (
    age,
    during,
    either,
    encounter_diagnosis,
    every,
    examination,
    exists,
    final,
    finished,
    has_category,
    loinc,
    overlapping,
    snomed,
    starting_by_end_of,
    valued_in,
    verified,
    without,
    year,
    year_and_one_before,
    year_before,
)
from ..measure import ClinicalMeasure, Group
from ..shared import FRAIL_AND_ILL, HOSPICE, NURSING_HOME_STAY, PALLIATIVE
from .visits import OUTPATIENT

EXAM = "Retinal or Dilated Eye Exam"
LEFT, RIGHT = loinc("71490-7"), loinc("71491-5")
NO_RETINOPATHY = loinc("LA18643-9")
SEVERITY = "Diabetic Retinopathy Severity Level"
NO_EYES = snomed("15665641000119103")
exam = has_category("exam")


def _graded(side, code):
    return exists(
        f"{side} eye graded in the period",
        "Observation",
        [code],
        final,
        examination,
        exam,
        valued_in(SEVERITY),
        during(year),
    )


def _clear(side, code):
    found = (final, examination, exam, valued_in(NO_RETINOPATHY), during(year_before))
    return exists(f"{side} eye without retinopathy in the year before", "Observation", [code], *found)


RETINOPATHY = exists("diabetic retinopathy", "Condition", ["Diabetic Retinopathy"], verified, overlapping(year))
GRADED_LEFT, GRADED_RIGHT = _graded("left", LEFT), _graded("right", RIGHT)
CLEAR_LEFT, CLEAR_RIGHT = _clear("left", LEFT), _clear("right", RIGHT)

MEASURE = ClinicalMeasure(
    code="cms131",
    report="CMS131FHIRDiabetesEyeExam",
    title="Diabetes: eye exam",
    groups=(
        Group(
            title="",
            initial=every(
                "18 to 75 with diabetes and a visit",
                age(18, 75),
                exists("visit", "Encounter", (*OUTPATIENT, "Ophthalmological Services"), finished, during(year)),
                exists(
                    "diabetes, diagnosed at an encounter",
                    "Condition",
                    ["Diabetes"],
                    encounter_diagnosis,
                    verified,
                    overlapping(year),
                ),
            ),
            exclusion=either(
                "excluded",
                HOSPICE,
                FRAIL_AND_ILL,
                NURSING_HOME_STAY,
                PALLIATIVE,
                exists("no eyes", "Condition", [NO_EYES], verified, starting_by_end_of(year)),
            ),
            numerator=either(
                "eyes examined",
                every(
                    "retinopathy, exam in the period",
                    RETINOPATHY,
                    exists("exam", "Observation", [EXAM], final, examination, exam, during(year)),
                ),
                every(
                    "no retinopathy, exam in the period or the year before",
                    without(RETINOPATHY),
                    exists("exam", "Observation", [EXAM], final, examination, exam, during(year_and_one_before)),
                ),
                exists(
                    "exam by autonomous software",
                    "Observation",
                    [loinc("105914-6")],
                    final,
                    examination,
                    exam,
                    valued_in("Autonomous Eye Exam Result or Finding"),
                    during(year),
                ),
                every("both eyes graded", GRADED_LEFT, GRADED_RIGHT),
                every("left eye graded, right eye clear before", GRADED_LEFT, CLEAR_RIGHT),
                every("right eye graded, left eye clear before", GRADED_RIGHT, CLEAR_LEFT),
                every("both eyes clear in the year before", CLEAR_LEFT, CLEAR_RIGHT),
            ),
        ),
    ),
    claims="eed",
    source="eCQM CMS131 for the 2026 performance period, eCQI Resource Center; rules in our words.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
