"""Controlling high blood pressure: below 140/90 on the last day with a reading."""

from datetime import date

from ..criteria import (
    age,
    blood_pressure,
    completed,
    during,
    either,
    every,
    exists,
    final,
    finished,
    first_six_months,
    holds,
    latest_during,
    loinc,
    overlapping,
    verified,
    year,
)
from ..measure import ClinicalMeasure, Group
from ..moments import at
from ..moments import during as lies_in
from ..shared import FRAIL_AND_ILL_OR_OLD, HOSPICE, NURSING_HOME_STAY, PALLIATIVE
from .visits import OUTPATIENT

PANEL = (loinc("85354-9"),)
LIMITS = (("8480-6", 140), ("8462-4", 90))
MMHG = "mm[Hg]"
ACUTE = frozenset({"EMER", "IMP", "ACUTE", "NONAC", "PRENC", "SS"})
STAYS = ("Encounter Inpatient", "Emergency Department Evaluation and Management Visit")


def _readings(case):
    """Readings of the period that were not taken at a stay or in an emergency department."""
    stays = case.of("Encounter", STAYS, finished)
    found = case.of("Observation", PANEL, blood_pressure, final, latest_during(year))
    return [one for one in found if not _at_a_stay(one, stays) or _taken_elsewhere(case, one)]


def _at_a_stay(reading, stays):
    return any(lies_in(at(reading.when.latest), one.when) for one in stays)


def _taken_elsewhere(case, reading):
    """Its own encounter is known and of another class."""
    encounter = case.chart.find(reading.encounter)
    return encounter is not None and encounter.class_code not in ACUTE


def _controlled(case):
    """Whether both lowest values of the last day are below their limits; (answer, evidence)."""
    found = _readings(case)
    if not found:
        return False, "no reading in the period"
    last = max(one.when.latest.day for one in found)
    lowest = [_lowest(code, [one for one in found if one.when.latest.day == last]) for code, _ in LIMITS]
    below = all(value is not None and value < limit for value, (_, limit) in zip(lowest, LIMITS, strict=True))
    return below, f"{last}: {'/'.join('?' if one is None else str(one) for one in lowest)}"


def _lowest(code, readings):
    """The lowest value of that code; None when one of the readings has none in mm[Hg], since an absent value is lowest of all."""
    values = [_value(code, one) for one in readings]
    return None if None in values else min(values)


def _value(code, reading):
    return next((value.value for name, value in reading.parts if name == code and value.unit == MMHG), None)


def _by_end(case, record):
    return record.when is not None and record.when.ends.high.date() <= case.last_day


def _starts_by_end(case, record):
    return record.when is not None and record.when.starts.high.date() <= case.last_day


KIDNEY_OR_PREGNANT = (
    "Pregnancy",
    "End Stage Renal Disease",
    "Kidney Transplant Recipient",
    "Chronic Kidney Disease, Stage 5",
)

MEASURE = ClinicalMeasure(
    code="cms165",
    report="CMS165FHIRControllingHighBP",
    title="Controlling high blood pressure",
    groups=(
        Group(
            title="",
            initial=every(
                "18 to 85 with essential hypertension in the first six months and a visit",
                age(18, 85),
                exists(
                    "essential hypertension",
                    "Condition",
                    ["Essential Hypertension"],
                    verified,
                    overlapping(first_six_months),
                ),
                exists("visit", "Encounter", (*OUTPATIENT, "Virtual Encounter"), finished, during(year)),
            ),
            exclusion=either(
                "excluded",
                HOSPICE,
                exists("pregnancy or kidney failure", "Condition", KIDNEY_OR_PREGNANT, verified, overlapping(year)),
                exists(
                    "dialysis or transplant",
                    "Procedure",
                    ["Kidney Transplant", "Dialysis Services"],
                    completed,
                    _by_end,
                ),
                exists(
                    "monthly ESRD service", "Encounter", ["ESRD Monthly Outpatient Services"], finished, _starts_by_end
                ),
                FRAIL_AND_ILL_OR_OLD,
                NURSING_HOME_STAY,
                PALLIATIVE,
            ),
            numerator=holds("last reading is below 140/90", _controlled),
        ),
    ),
    claims="cbp",
    source="eCQM CMS165 for the 2026 performance period, eCQI Resource Center; rules in our words.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
