"""Exclusions that several measures share: hospice, palliative care, frailty with advanced illness, long stays in nursing homes.

Source: the public eCQM libraries Hospice, PalliativeCare and AdvancedIllnessandFrailty of the 2025 and 2026 performance periods
(eCQI Resource Center), in our own words.
"""

from .criteria import (
    active_order,
    age,
    assessment,
    completed,
    during,
    either,
    ending_during,
    every,
    exists,
    final,
    finished,
    found,
    loinc,
    ordered,
    overlapping,
    snomed,
    starting_during,
    symptom,
    valued_in,
    verified,
    year,
    year_and_one_before,
)
from .moments import overlaps

HOSPICE_DISCHARGES = (snomed("428361000124107"), snomed("428371000124100"))
YES = snomed("373066001")
NURSING_HOME = snomed("160734000")
OLDEST = 200


def _to_hospice(case, encounter):
    return case.is_in(encounter.disposition, HOSPICE_DISCHARGES)


HOSPICE = either(
    "hospice care in the period",
    exists(
        "inpatient stay that ends with discharge to hospice",
        "Encounter",
        ["Encounter Inpatient"],
        finished,
        _to_hospice,
        ending_during(year),
    ),
    exists("hospice encounter", "Encounter", ["Hospice Encounter"], finished, overlapping(year)),
    exists(
        "assessment: in hospice care",
        "Observation",
        [loinc("45755-6")],
        assessment,
        final,
        valued_in(YES),
        overlapping(year),
    ),
    exists("hospice care ordered", "ServiceRequest", ["Hospice Care Ambulatory"], ordered, during(year)),
    exists("hospice care given", "Procedure", ["Hospice Care Ambulatory"], completed, overlapping(year)),
    exists("hospice diagnosis", "Condition", ["Hospice Diagnosis"], verified, overlapping(year)),
)

PALLIATIVE = either(
    "palliative care in the period",
    exists("palliative care assessment", "Observation", [loinc("71007-9")], assessment, final, overlapping(year)),
    exists("palliative care diagnosis", "Condition", ["Palliative Care Diagnosis"], verified, overlapping(year)),
    exists("palliative care encounter", "Encounter", ["Palliative Care Encounter"], finished, overlapping(year)),
    exists("palliative care given", "Procedure", ["Palliative Care Intervention"], completed, overlapping(year)),
)


def _reported(_case, observation):
    return observation.status in {"preliminary", "final", "amended", "corrected"}


FRAIL = either(
    "frailty in the period",
    exists("frailty device ordered", "DeviceRequest", ["Frailty Device"], ordered, during(year)),
    exists(
        "frailty device in use",
        "Observation",
        [loinc("98181-1")],
        assessment,
        final,
        valued_in("Frailty Device"),
        ending_during(year),
    ),
    exists("frailty diagnosis", "Condition", ["Frailty Diagnosis"], verified, overlapping(year)),
    exists("frailty encounter", "Encounter", ["Frailty Encounter"], finished, overlapping(year)),
    exists("frailty symptom", "Observation", ["Frailty Symptom"], symptom, _reported, overlapping(year)),
)


def _dementia_drugs(case):
    """Orders whose days of supply reach into the period or the year before."""
    window = year_and_one_before(case)
    found = case.of("MedicationRequest", ["Dementia Medications"], active_order)
    return [one for one in found if overlaps(one.supply, window)]


ADVANCED_ILLNESS = either(
    "advanced illness in the period or the year before",
    exists(
        "diagnosis of advanced illness",
        "Condition",
        ["Advanced Illness"],
        verified,
        starting_during(year_and_one_before),
    ),
    found("dementia medication", _dementia_drugs),
)

FRAIL_AND_ILL = every("66 or older, frail, with advanced illness", age(66, OLDEST), FRAIL, ADVANCED_ILLNESS)
FRAIL_AND_ILL_OR_OLD = either(
    "66 to 80, frail, with advanced illness; or 81 or older and frail",
    every("66 to 80, frail, with advanced illness", age(66, 80), FRAIL, ADVANCED_ILLNESS),
    every("81 or older and frail", age(81, OLDEST), FRAIL),
)


def _last_housing(case):
    """The last housing status until the end of the period, if it is a nursing home. Of two that end together the later told."""
    seen = [one for one in case.of("Observation", [loinc("71802-3")], assessment, final) if _ends_by(one, case)]
    last = max(reversed(seen), key=lambda one: one.when.ends, default=None)
    return [last] if last and type(last.value) is tuple and case.is_in(last.value, [NURSING_HOME]) else []


def _ends_by(record, case):
    return record.when is not None and record.when.ends.high.date() <= case.last_day


NURSING_HOME_STAY = every(
    "66 or older and living in a nursing home",
    age(66, OLDEST),
    found("last housing status is a nursing home", _last_housing),
)
