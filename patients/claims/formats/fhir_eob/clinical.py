"""Observation and Immunization. What is not final yet is counted and left out.

A panel such as a blood pressure is one row for each component that has a value, under the resource's id and the
component's code. The day is that of the observation, of a period its last one, else the day it was issued.

A resource that was cancelled, entered in error or not done takes back what was told under its id, whichever comes first; so
does an amendment with the components that it leaves without a value. Which version stands: the one of the later minute of
`meta.lastUpdated`, else of `issued`, and within a minute taken back > amended > final. `meta.versionId` is not read: FHIR
gives it no order. Without both times the status alone decides, and what is taken back stays so.
"""

from collections import Counter

from ...checks import day_number, not_in_the_future, present
from ...fields import CODE, ID, LONG, MOMENT, SHORT, Cached, Text
from ...fields import code as code_reader
from ..reading.care import product_code
from .enrolment import UPDATED
from .people import id_part, member_of
from .row import row

CODE_TYPE = Cached(code_reader(30, upper=False))
LOT = Cached(code_reader(40))
NUMBER = Text(60)
FINAL = frozenset({"final", "amended", "corrected"})
NOT_FINAL = frozenset({"registered", "preliminary", "unknown"})
TAKEN_BACK = frozenset({"cancelled", "entered-in-error", "not-done"})
RANKS = {"amended": 1, "corrected": 1} | dict.fromkeys(TAKEN_BACK, 2)
RANKS_OF_A_MINUTE = 4
# Parts of the panels that a resource may name when it is taken back without them: blood pressure, LOINC.
PARTS_OF = dict.fromkeys(("85354-9", "55284-4"), ("8480-6", "8462-4"))
CODE_TYPES = {"loinc.org": "loinc", "2.16.840.1.113883.6.1": "loinc", "sct": "snomed-ct", "cvx": "cvx", "ndc": "ndc"}
CODE_TYPES |= {"2.16.840.1.113883.12.292": "cvx", "icd-10-cm": "icd-10-cm", "cpt": "cpt"}
LAB = "laboratory"
MINUTES_A_DAY = 1440
LAST = 2**31 - 1


def rows_of_observation(observation, seen):
    """Rows of kind lab_result for the category laboratory, else of kind observation."""
    if not _counts(observation, FINAL, seen):
        return []
    categories = [code for category in observation.many("category", or_one=True) for _, code in category.codings()]
    kind = "lab_result" if LAB in categories else "observation"
    day = _day(observation)
    record_id, member_id, person_id = _identity(observation, "subject", "effectiveDateTime", day, seen)
    common = {"member_id": member_id, "person_id": person_id, "version": _version(observation, seen)}
    if kind == "lab_result":
        common |= {"collected_on": day, "status": observation.read("status", CODE_TYPE)}
    else:
        type_ = observation.checked("category", categories[0] if categories else "", CODE_TYPE)
        common |= {"observed_on": day, "observation_type": type_}
    rows = []
    for element, suffix, is_taken_back in _parts(observation):
        code_type, value = _coded(element.part("code"), "loinc", seen)
        result, units = _result(element)
        seen.notes["no_result"] += not result and not is_taken_back
        own = {f"{kind}_id": f"{record_id}{suffix}", "code_type": code_type, "code": value}
        if kind == "lab_result":
            own["abnormal_flag"] = _flag(element)
        rows.append(row(kind, **common, **own, result=result, units=units, is_reversal=is_taken_back))
    return rows


def rows_of_immunization(immunization, seen):
    """One row for a dose, given or taken back."""
    if not _counts(immunization, frozenset({"completed"}), seen):
        return []
    status = immunization.string("status")
    day = immunization.read("occurrenceDateTime", MOMENT)
    record_id, member_id, person_id = _identity(immunization, "patient", "occurrenceDateTime", day, seen)
    code_type, value = _coded(immunization.part("vaccineCode"), "cvx", seen)
    value = product_code(code_type, value)
    values = {"immunization_id": record_id, "member_id": member_id, "person_id": person_id, "given_on": day}
    values |= {"code_type": code_type, "code": value, "lot": immunization.read("lotNumber", LOT)}
    values |= {"version": _version(immunization, seen), "is_reversal": status in TAKEN_BACK}
    return [row("immunization", **values, status=status)]


def _counts(resource, final, seen):
    """Whether the status says that it happened, or that it did not; the reason why not is counted, and an unknown one a fault."""
    status = resource.string("status")
    if status in NOT_FINAL:
        seen.notes["not_final"] += 1
        return False
    if status in TAKEN_BACK:
        seen.notes["not_done" if status == "not-done" else "entered_in_error"] += 1
    elif status not in final:
        resource.fault("status", "unknown_code", f"is not one of {', '.join(sorted(final | NOT_FINAL | TAKEN_BACK))}.")
    return True


def _version(resource, seen):
    """See above. A time that lies ahead would outdo all that comes: it is not read."""
    rank = RANKS.get(resource.string("status"), 0)
    limit = (day_number(seen.today) + 2) * MINUTES_A_DAY
    each = (resource.part("meta").loosely("lastUpdated", UPDATED), resource.loosely("issued", UPDATED))
    minute = next((told for told in each if told is not None and told < limit), None)
    if minute is not None:
        return minute * RANKS_OF_A_MINUTE + rank
    return LAST if rank == RANKS["entered-in-error"] else rank or None


def _identity(resource, patient, dated, day, seen):
    """Record id, member id, person id; faults for what is missing, and for a day in the future."""
    record_id = resource.read("id", ID) or resource.checked("id", id_part(resource.full_url), ID)
    if not record_id:
        record_id = next(filter(None, (one.read("value", ID) for one in resource.many("identifier"))), "")
    present(resource.faults, resource.path("id"), record_id)
    member_id, person_id = member_of(resource, patient)
    present(resource.faults, resource.path(dated), day)
    not_in_the_future(resource.faults, resource.path(dated), day, seen.today)
    return record_id, member_id, person_id


def _day(observation):
    period = observation.part("effectivePeriod")
    each = [observation.read("effectiveDateTime", MOMENT), observation.read("effectiveInstant", MOMENT)]
    each += [period.read("end", MOMENT), period.read("start", MOMENT), observation.read("issued", MOMENT)]
    return next((day for day in each if day is not None), None)


def _parts(observation):
    """(element, what its id ends in, whether it is taken back): the observation where it has a value, and its components.

    A component without a value counts when it may have had one before. A code that comes again is numbered: `|8480-6`,
    `|8480-6.2`.
    """
    rank = RANKS.get(observation.string("status"), 0)
    is_taken_back = rank == RANKS["entered-in-error"]
    parts, times = [], Counter()
    for component in observation.many("component"):
        is_told = _has_value(component)
        if not is_told and not rank:
            continue
        codings = component.codings("code")
        word = next((code for system, code in codings if CODE_TYPES.get(system) == "loinc"), "")
        word = word or next((code for _, code in codings), "component")
        word = component.checked("code", word, CODE)
        times[word] += 1
        suffix = f"|{word}" if times[word] == 1 else f"|{word}.{times[word]}"
        parts.append((component, suffix, is_taken_back or not is_told))
    if is_taken_back and not parts:
        codes = [code for _, code in observation.codings("code")]
        parts = [(observation, f"|{one}", True) for code in codes for one in PARTS_OF.get(code, ())]
    return [(observation, "", is_taken_back), *parts] if _has_value(observation) or not parts else parts


def _has_value(element):
    return any(name.startswith("value") for name in element.data)


def _coded(concept, preferred, seen):
    """(code type, code): of the preferred system when there is one, else the first."""
    codings = [(CODE_TYPES.get(system, system), code) for system, code in concept.codings()]
    if not codings:
        seen.notes["no_code"] += 1
        return "", ""
    system, code = next((one for one in codings if one[0] == preferred), codings[0])
    return concept.checked("coding", system[:30], CODE_TYPE), concept.checked("coding", code, CODE)


def _result(element):
    """(result, units) as text. A number keeps its comparator, a concept is its code."""
    if "valueQuantity" in element.data:
        quantity = element.part("valueQuantity")
        value = quantity.number("value", NUMBER)
        comparator = quantity.read("comparator", SHORT) if value else ""
        return f"{comparator}{value}", quantity.read("unit", SHORT) or quantity.read("code", SHORT)
    if "valueCodeableConcept" in element.data:
        concept = element.part("valueCodeableConcept")
        codings = concept.codings()
        return (concept.checked("coding", codings[0][1], LONG) if codings else concept.read("text", LONG)), ""
    if "valueInteger" in element.data:
        return element.number("valueInteger", NUMBER), ""
    for name in ("valueString", "valueDateTime", "valueTime"):
        if name in element.data:
            return element.read(name, LONG), ""
    if type(element.data.get("valueBoolean")) is bool:
        return str(element.data["valueBoolean"]).lower(), ""
    return "", ""


def _flag(element):
    for concept in element.many("interpretation", or_one=True):
        for _, code in concept.codings():
            return concept.checked("coding", code, CODE_TYPE)
    return ""
