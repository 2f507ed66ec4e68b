"""Individual MeasureReports: what somebody else computed for a patient."""

from dataclasses import dataclass
from datetime import date

from patients.claims.fields import DATE, ID, Text
from patients.claims.formats.fhir_eob.people import id_part

COUNT = Text(10)
POPULATIONS = {
    "initial-population": "initial",
    "denominator": "denominator",
    "denominator-exclusion": "exclusion",
    "denominator-exception": "exception",
    "numerator": "numerator",
    "numerator-exclusion": "numerator_exclusion",
}


@dataclass(frozen=True, slots=True)
class Report:
    """`groups`: for each group in order, population -> count. `measure` is the last part of the measure's address."""

    patient_id: str
    measure: str
    title: str
    first_day: date | None
    last_day: date | None
    groups: tuple[dict[str, int], ...]


def read_report(element):
    """A Report. Faults: no patient, no measure, no period, a population or a count that is not one."""
    measure = element.string("measure").partition("|")[0].rstrip("/").rpartition("/")[2]
    patient_id = _patient_of(element)
    period = element.part("period")
    first, last = _day(period, "start"), _day(period, "end")
    for name, value in (("measure", measure), ("subject", patient_id), ("period.start", first), ("period.end", last)):
        if not value:
            element.fault(name, "missing", "is empty, and is needed.")
    groups = tuple(_group(one) for one in element.many("group"))
    element.finish()
    return Report(patient_id, measure, _title(element), first, last, groups)


def _day(period, name):
    """A day, or the day of a time."""
    text = period.string(name)
    return period.checked(name, text[:10], DATE) if text else None


def _patient_of(element):
    """The subject; a test case names it in contained Parameters, else among the resources that were evaluated."""
    if told := element.part("subject").string("reference"):
        return id_part(told)
    for contained in element.many("contained"):
        for one in contained.many("parameter"):
            if one.string("name") == "subject" and (told := one.read("valueString", ID)):
                return id_part(told)
    seen = (one.string("reference") for one in element.many("evaluatedResource"))
    return next((id_part(one) for one in seen if one.startswith("Patient/")), "")


def _title(element):
    said = (one.string("valueMarkdown") for one in element.many("extension"))
    return " ".join(next(filter(None, said), "").split())


def _group(element):
    found = {}
    for one in element.many("population"):
        codes = [POPULATIONS.get(code) for _, code in one.codings("code")]
        name = next(filter(None, codes), None)
        if name is None:
            one.fault("code", "unknown_code", f"is not one of {', '.join(POPULATIONS)}.")
            continue
        told = one.number("count", COUNT)
        if not (told and told.isdigit()):
            one.fault("count", "not_a_number", "is not a whole number.")
            continue
        found[name] = int(told)
    return found
