"""Safe use of opioids: hospital stays with two opioids, or an opioid and a benzodiazepine, at discharge. Stays are counted."""

from datetime import date, timedelta

from ..criteria import (
    ORDER_STANDS,
    during,
    either,
    episode,
    every,
    exists,
    finished,
    found,
    holds,
    on_problem_list,
    ordered,
    overlapping,
    verified,
    year,
)
from ..measure import ClinicalMeasure, Group
from ..moments import FIRST, Span, at, ends_during, within_instants, years_between
from ..moments import during as lies_in

OPIOIDS = "Schedule II, III and IV Opioid Medications"
BENZODIAZEPINES = "Schedule IV Benzodiazepines"
TREATMENT = "Medications for Opioid Use Disorder (MOUD)"
PROGRAMME = "Opioid Medication Assisted Treatment (MAT)"
CANCER_PAIN = "Cancer Related Pain"
AT_HOME = frozenset({"community", "discharge"})
ADULT = 18
HOUR = timedelta(hours=1)
DISPOSITIONS = (
    "Discharge To Acute Care Facility",
    "Hospice Care Referral or Admission",
    "Patient Expired",
    "Left Against Medical Advice",
)


def _stays(case):
    """Stays that began on a known day and ended in the period."""
    found = case.of("Encounter", ["Encounter Inpatient"], finished)
    return [one for one in found if ends_during(one.when, case.year) and one.when.starts.low != FIRST]


def _adult(case):
    born_on = case.chart.patient.born_on
    years = None if born_on is None else years_between(born_on, case.episode.when.starts.day)
    return years is not None and years >= ADULT, "no birth date" if years is None else f"{years} years"


def at_discharge(_case, order):
    return any(one.code in AT_HOME for one in order.categories)


def _given(label, sets):
    return exists(label, "MedicationRequest", sets, ordered, at_discharge, during(episode))


def _two_opioids(case):
    """Orders of different opioids."""
    orders = case.of("MedicationRequest", [OPIOIDS], ordered, at_discharge, during(episode))
    return list({tuple(sorted(coding[:2] for coding in one.codes)): one for one in orders}.values())


def _cancer_pain(case):
    stay = case.episode
    conditions = [case.chart.find(ref) for ref in stay.because]
    codes = [coding for one in conditions if one is not None for coding in one.codes]
    return case.is_in(stay.reasons, [CANCER_PAIN]) or case.is_in(codes, [CANCER_PAIN]), ""


def _treated(case):
    """Medications for opioid use disorder ordered in the stay, under a treatment programme or a diagnosis."""
    orders = case.of("MedicationRequest", [TREATMENT], ordered, at_discharge, during(episode))
    programmes = case.of("Procedure", [PROGRAMME], _going_on)
    problems = case.of("Condition", ["Opioid Use Disorder"], on_problem_list, verified, overlapping(year))
    return [one for one in orders if _in_a_programme(case, one, programmes) or _within(one, problems)]


def _in_a_programme(case, order, programmes):
    return lies_in(order.when, case.year) and _within(order, programmes)


def _within(order, records):
    return any(lies_in(order.when, one.when) for one in records)


def _going_on(_case, procedure):
    return procedure.status in {"completed", "in-progress"}


def _whole_stay(case):
    """From the emergency department or observation that led to the stay, until its end."""
    start = case.episode.when.starts
    for sets in (["Observation Services"], ["Emergency Department Visit"]):
        before = [one.when for one in case.of("Encounter", sets, finished) if _leads_to(one.when, start)]
        if before:
            start = max(before, key=lambda span: span.ends).starts
    return Span(start, case.episode.when.ends)


def _leads_to(span, start):
    return span is not None and start.low - HOUR <= span.ends.low and span.ends.high <= start.high


def _palliative(case):
    """Palliative or hospice care ordered or begun in the stay."""
    orders = case.of("ServiceRequest", ["Palliative or Hospice Care"], _asked_for)
    given = case.of("Procedure", ["Palliative or Hospice Care"], _going_on)
    whole = _whole_stay(case)
    return [one for one in (*orders, *given) if one.when and within_instants(at(one.when.starts), whole)]


def _asked_for(_case, order):
    return not order.is_negated and order.status in ORDER_STANDS | {"on-hold"}


def _disposition(case):
    return case.is_in(case.episode.disposition, DISPOSITIONS), ""


MEASURE = ClinicalMeasure(
    code="cms506",
    report="CMS506FHIRSafeUseofOpioids",
    title="Safe use of opioids: concurrent prescribing",
    groups=(
        Group(
            title="",
            episodes=_stays,
            initial=every(
                "adult at admission, opioid or benzodiazepine at discharge",
                holds("18 or older at admission", _adult),
                _given("opioid or benzodiazepine at discharge", [OPIOIDS, BENZODIAZEPINES]),
            ),
            exclusion=either(
                "excluded",
                exists("cancer pain", "Condition", [CANCER_PAIN], on_problem_list, verified, overlapping(episode)),
                holds("cancer pain is a reason of the stay", _cancer_pain),
                exists(
                    "sickle cell disease",
                    "Condition",
                    ["Sickle Cell Disease with and without Crisis"],
                    on_problem_list,
                    verified,
                    overlapping(episode),
                ),
                found("treatment of opioid use disorder", _treated),
                found("palliative or hospice care", _palliative),
                holds("went to acute care or hospice, left against advice, or died", _disposition),
            ),
            numerator=either(
                "two opioids, or an opioid and a benzodiazepine",
                found("two different opioids", _two_opioids, at_least=2),
                every(
                    "opioid and benzodiazepine",
                    _given("opioid", [OPIOIDS]),
                    _given("benzodiazepine", [BENZODIAZEPINES]),
                ),
            ),
        ),
    ),
    claims="cob",
    source="eCQM CMS506 for the 2026 performance period, eCQI Resource Center; rules in our words.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
