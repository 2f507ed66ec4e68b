"""Kidney health evaluation in diabetes: eGFR and urine albumin-creatinine ratio in the period."""

from datetime import date, timedelta

from ..criteria import (
    age,
    during,
    either,
    every,
    exists,
    final,
    finished,
    found,
    laboratory,
    overlapping,
    overlapping_start_of,
    year,
)
from ..measure import ClinicalMeasure, Group
from ..records import Quantity
from ..shared import HOSPICE, PALLIATIVE
from .visits import OUTPATIENT

APART = timedelta(days=4)


def _not_refuted(_case, condition):
    return condition.verification not in {"refuted", "entered-in-error"}


def _has_result(_case, observation):
    return observation.value is not None


def _measured(case, observation):
    """A number, or a code for what cannot be detected."""
    value = observation.value
    return isinstance(value, Quantity) or (
        type(value) is tuple and case.is_in(value, ["Undetectable Lab Result Value"])
    )


def _pairs(case):
    """Urine albumin within four days of urine creatinine."""
    tests = (final, laboratory, _has_result, during(year))
    albumin = case.of("Observation", ["Urine Albumin"], *tests)
    creatinine = case.of("Observation", ["Urine Creatinine"], *tests)
    return [one for one in albumin if any(_near(one.when, other.when) for other in creatinine)]


def _near(one, other):
    return other.starts.low - APART <= one.starts.low and one.ends.high <= other.ends.high + APART


MEASURE = ClinicalMeasure(
    code="cms951",
    report="CMS951FHIRKidneyHealthEval",
    title="Kidney health evaluation",
    groups=(
        Group(
            title="",
            initial=every(
                "18 to 85 with diabetes from before the period and a visit",
                age(18, 85, at_end=False),
                exists(
                    "diabetes from before the period",
                    "Condition",
                    ["Diabetes"],
                    _not_refuted,
                    overlapping_start_of(year),
                ),
                exists("visit", "Encounter", (*OUTPATIENT, "Outpatient Consultation"), finished, during(year)),
            ),
            exclusion=either(
                "excluded",
                exists(
                    "kidney disease of stage 5 or ESRD",
                    "Condition",
                    ["Chronic Kidney Disease, Stage 5", "End Stage Renal Disease"],
                    _not_refuted,
                    overlapping(year),
                ),
                HOSPICE,
                PALLIATIVE,
            ),
            numerator=every(
                "eGFR and urine albumin by creatinine",
                exists(
                    "eGFR",
                    "Observation",
                    ["Estimated Glomerular Filtration Rate"],
                    final,
                    laboratory,
                    _has_result,
                    during(year),
                ),
                either(
                    "urine albumin by creatinine",
                    exists(
                        "ratio",
                        "Observation",
                        ["Urine Albumin Creatinine Ratio"],
                        final,
                        laboratory,
                        _measured,
                        during(year),
                    ),
                    found("albumin within four days of creatinine", _pairs),
                ),
            ),
        ),
    ),
    claims="ked",
    source="eCQM CMS951 for the 2026 performance period, eCQI Resource Center; rules in our words.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
