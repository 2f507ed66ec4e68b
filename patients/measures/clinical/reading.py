"""One FHIR R4 resource to one record. QI-Core and US Core profiles; what no measure here asks for is left out.

Types that are not in READERS (Coverage, Immunization, Practitioner, ...) give None. Faults name the element; the caller adds
file and resource. A prevalence period is onset to abatement: a condition that is active goes on, one that is not and has no
abatement ends at an unknown time (QICoreCommon, prevalenceInterval).
"""

from datetime import datetime, time, timedelta
from decimal import Decimal

from patients.claims.fields import ID, SHORT, Text
from patients.claims.formats.fhir_eob.people import target_of
from patients.claims.records import words

from .moments import FIRST, LAST, Moment, NotATime, Span, at, between, moment, months_later
from .records import (
    AdverseEvent,
    Allergy,
    Coding,
    Condition,
    Encounter,
    Observation,
    Order,
    Patient,
    Procedure,
    Quantity,
    Task,
)
from .terminology import WHOLE_SET, system_of

NUMBER, ADDRESS = Text(60), Text(500)
MONTHS_OF = {"a": 12, "mo": 1}
DAYS_OF = {"wk": 7, "d": 1}
ONGOING = frozenset({"active", "recurrence", "relapse"})
ENCOUNTER = frozenset(words("planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"))
EVENT = frozenset(words("preparation in-progress not-done on-hold stopped completed entered-in-error unknown"))
OBSERVATION = frozenset(
    words("registered preliminary final amended corrected cancelled entered-in-error unknown appended")
)
REQUEST = frozenset(words("draft active on-hold revoked completed entered-in-error unknown"))


def reference(element, name):
    """`Condition/1` of the reference of that name; '' when absent."""
    return short_reference(element.part(name).string("reference"))


def short_reference(text):
    kind, told = target_of(text) if text else ("", "")
    return f"{kind}/{told}" if told else ""


def concept(element, name):
    """The codings of the concept of that name."""
    return tuple(_codings(element.part(name)))


def concepts(element, name):
    """The codings of all concepts of that name, an array."""
    return tuple(coding for one in element.many(name, or_one=True) for coding in _codings(one))


def _codings(found):
    for extension in found.many("extension"):
        if extension.string("url").endswith("notDoneValueSet"):
            oid = extension.string("valueCanonical").partition("|")[0].rpartition("/")[2]
            if oid:
                yield Coding(WHOLE_SET, oid)
    for coding in found.many("coding"):
        if code := coding.string("code"):
            yield Coding(system_of(coding.string("system")), code, coding.string("display"))


def status(element, allowed):
    told = element.string("status")
    if told not in allowed:
        element.fault("status", "unknown_code" if told else "missing", f"is not one of {', '.join(sorted(allowed))}.")
    return told


def time_of(element, name):
    """The Moment of that name; None when absent or at fault."""
    text = element.string(name)
    if not text:
        return None
    try:
        return moment(text)
    except NotATime:
        element.fault(name, "not_a_date", "is not a FHIR date or time.")
        return None


def period(element, name):
    found = element.part(name)
    return between(time_of(found, "start"), time_of(found, "end"))


def span_of(element, name, born_on):
    """The span of a choice element: `onset` reads onsetDateTime, onsetPeriod, onsetAge and onsetRange; else None."""
    if when := time_of(element, f"{name}DateTime") or time_of(element, f"{name}Instant"):
        return at(when)
    if element.data.get(f"{name}Period") is not None:
        return period(element, f"{name}Period")
    if element.data.get(f"{name}Age") is not None:
        age = quantity(element, f"{name}Age")
        return _years_of(born_on, age, age)
    if element.data.get(f"{name}Range") is not None:
        found = element.part(f"{name}Range")
        return _years_of(born_on, quantity(found, "low"), quantity(found, "high"))
    return None


def _years_of(born_on, low, high):
    """From the day of the lower age until the last day of the year of the higher one."""
    first, last = _at_age(born_on, low), _at_age(born_on, high)
    if first is None or last is None:
        return None
    end = months_later(last, 12) - timedelta(days=1)
    return Span(_start(first), Moment(datetime.combine(end, time.max), datetime.combine(end, time.max)))


def _start(day):
    return Moment(datetime.combine(day, time.min), datetime.combine(day, time.min))


def _at_age(born_on, age):
    if born_on is None or age is None or not 0 <= age.value <= 200:
        return None
    if age.unit in MONTHS_OF:
        return months_later(born_on, int(age.value * MONTHS_OF[age.unit]))
    return born_on + timedelta(days=int(age.value * DAYS_OF[age.unit])) if age.unit in DAYS_OF else None


def quantity(element, name):
    """The Quantity of that name, its unit by code, else by text; None without a value."""
    found = element.part(name)
    told = found.number("value", NUMBER)
    return Quantity(Decimal(told), found.string("code") or found.string("unit")) if told else None


def common(element, codes, when, told):
    profiles = element.part("meta").texts("profile", ADDRESS)
    return {
        "ref": f"{element.name}/{element.read('id', ID)}",
        "codes": codes,
        "status": told,
        "when": when,
        "categories": concepts(element, "category"),
        "profiles": tuple(one.partition("|")[0].rpartition("/")[2] for one in profiles),
    }


def read_patient(element):
    """The Patient of the element; a birth date that is not whole is a fault."""
    when = time_of(element, "birthDate")
    if when is not None and when.low.date() != when.high.date():
        element.fault("birthDate", "not_a_date", "is not a whole day.")
    born_on = when.day if when else None
    return Patient(element.read("id", ID), born_on, element.read("gender", SHORT))


def _encounter(element, _born_on):
    told = status(element, ENCOUNTER)
    stay = element.part("hospitalization")
    kinds = element.part("class")
    return Encounter(
        **common(element, concepts(element, "type"), period(element, "period"), told),
        class_code=kinds.string("code"),
        disposition=concept(stay, "dischargeDisposition"),
        reasons=concepts(element, "reasonCode"),
        because=tuple(short_reference(one.string("reference")) for one in element.many("reasonReference")),
    )


def _condition(element, born_on):
    clinical = next((one.code for one in concept(element, "clinicalStatus")), "")
    verified = next((one.code for one in concept(element, "verificationStatus")), "")
    when = prevalence(span_of(element, "onset", born_on), _abatement(element, born_on), clinical in ONGOING)
    return Condition(**common(element, concept(element, "code"), when, clinical), verification=verified)


def _abatement(element, born_on):
    """The end of a condition, None when it is not told. A period's own end is outside of it."""
    if element.data.get("abatementPeriod") is not None:
        end = time_of(element.part("abatementPeriod"), "end")
        step = timedelta(microseconds=1) if end and end.low == end.high else timedelta(days=1)
        return end and Moment(end.low - step, end.high - step)
    found = span_of(element, "abatement", born_on)
    return found and found.ends


def prevalence(onset, abatement, is_ongoing):
    """Span of a condition: see the module."""
    start = onset.starts if onset else Moment(FIRST, FIRST)
    if abatement is not None:
        return Span(start, abatement)
    return Span(start, Moment(LAST, LAST) if is_ongoing else Moment(start.low, LAST))


def _procedure(element, born_on):
    told = status(element, EVENT)
    return Procedure(**common(element, concept(element, "code"), span_of(element, "performed", born_on), told))


def _observation(element, born_on):
    told = status(element, OBSERVATION)
    parts = []
    for part in element.many("component"):
        value = quantity(part, "valueQuantity")
        parts += [(one.code, value) for one in concept(part, "code") if value is not None]
    return Observation(
        **common(element, concept(element, "code"), span_of(element, "effective", born_on), told),
        value=_value(element),
        parts=tuple(parts),
        encounter=reference(element, "encounter"),
    )


def _value(element):
    if element.data.get("valueQuantity") is not None:
        return quantity(element, "valueQuantity")
    if element.data.get("valueCodeableConcept") is not None:
        return concept(element, "valueCodeableConcept")
    told = [value for name, value in element.data.items() if name.startswith("value") and value is not None]
    return str(told[0]) if told else None


def _order(element, _born_on):
    told = status(element, REQUEST)
    authored = time_of(element, "authoredOn")
    name = "codeCodeableConcept" if element.name == "DeviceRequest" else "code"
    marks = (*element.many("extension"), *element.many("modifierExtension"))
    negated = any(one.data.get("valueBoolean") is True for one in marks if _forbids(one.string("url")))
    return Order(
        **common(element, concept(element, name), authored and at(authored), told),
        intent=element.string("intent"),
        is_negated=negated or is_not_requested(element),
    )


def is_not_requested(element):
    """Whether it says that something is not to be done, by its element or by the profile for it."""
    profiles = element.part("meta").texts("profile", ADDRESS)
    return element.data.get("doNotPerform") is True or any(one.endswith("notrequested") for one in profiles)


def _forbids(url):
    return url.rpartition("/")[2].rpartition(".")[2].casefold().endswith("donotperform")


def _allergy(element, born_on):
    clinical = next((one.code for one in concept(element, "clinicalStatus")), "")
    when = span_of(element, "onset", born_on)
    return Allergy(**{**common(element, concept(element, "code"), when, clinical), "categories": ()})


def _adverse_event(element, _born_on):
    when = time_of(element, "date") or time_of(element, "recordedDate")
    return AdverseEvent(**common(element, concept(element, "event"), when and at(when), ""))


def _task(element, _born_on):
    return Task(
        **common(element, concept(element, "code"), None, element.string("status")), focus=reference(element, "focus")
    )


READERS = {
    "Encounter": _encounter,
    "Condition": _condition,
    "Procedure": _procedure,
    "Observation": _observation,
    "ServiceRequest": _order,
    "DeviceRequest": _order,
    "AllergyIntolerance": _allergy,
    "AdverseEvent": _adverse_event,
    "Task": _task,
}
