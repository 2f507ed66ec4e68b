"""ExplanationOfBenefit of any other type: professional, institutional, dental, vision. One row an item.

A claim without items has one row: its diagnoses count. Diagnoses are the claim's, the principal one first; those that are
only the reason of a visit or of an admission are no diagnosis yet and are left out, as the other formats do.
"""

from ...checks import in_order, not_in_the_future, present
from ...fields import CODE, LINE_NUMBER, MEDICAL_CODE, MOMENT, QUANTITY
from ..reading.care import diagnosis_type_on, distinct, setting_of
from .claim import head_of
from .element import code_of
from .money import amounts_of
from .people import provider_of
from .pharmacy import cents_of, product_of, serviced
from .row import row

CLAIM_TYPES = {"professional": "professional", "institutional": "institutional"}
CLAIM_TYPES |= {"oral": "dental", "dental": "dental", "vision": "vision"}
# nch_clm_type_cd (CCW codebook), and Blue Button's own words for it: Blue Button files home health and hospital outpatient
# claims as professional, equipment as institutional.
SETTINGS = {"10": "hha", "20": "snf", "30": "snf", "40": "outpatient", "50": "hospice"}
SETTINGS |= dict.fromkeys(("60", "61", "62", "63", "64"), "inpatient")
SETTINGS |= dict.fromkeys(("71", "72"), "carrier") | dict.fromkeys(("81", "82"), "dme")
LINE_SETTINGS = frozenset({"carrier", "dme"})
SUBTYPES = frozenset({"inpatient", "outpatient"})
SERVICE_SYSTEMS = frozenset({"hcpcs", "hcpcs_cd", "cpt", "hcpcsreleasecodesets", "cdt", "hipps"})
SERVICE_SYSTEMS |= {"2.16.840.1.113883.6.12", "2.16.840.1.113883.6.285", "hcpcs-level-ii"}
ICD_10 = frozenset({"icd-10-cm", "icd-10", "icd10", "2.16.840.1.113883.6.90"})
ICD_9 = frozenset({"icd-9-cm", "icd-9", "icd9", "2.16.840.1.113883.6.103"})
NO_DIAGNOSIS_YET = frozenset({"admitting", "patientreasonforvisit"})
PERFORMERS = ("performing", "rendering", "primary")


def rows_of_medical(eob, seen):
    """The rows of a medical claim, faults on the resource."""
    claim = head_of(eob)
    items = eob.many("item")
    days = [serviced(item) for item in items]
    starts_on = claim.starts_on or min((first for first, _ in days if first), default=None)
    present(eob.faults, eob.path("billablePeriod.start"), starts_on)
    not_in_the_future(eob.faults, eob.path("billablePeriod.start"), starts_on, seen.today)
    in_order(eob.faults, eob.path("billablePeriod.end"), starts_on, claim.ends_on, earlier="the claim's first day")
    told = _told(claim, starts_on, seen)
    team = _team(eob)
    rows, lines = [], set()
    for index, (item, (first, last)) in enumerate(
        zip(items or [eob.absent("item")], days or [(None, None)], strict=True)
    ):
        line = item.number("sequence", LINE_NUMBER) if items else 1
        present(eob.faults, item.path("sequence"), line)
        if line in lines:
            item.fault("sequence", "duplicate_line", "is that of another item, too.")
        lines.add(line)
        in_order(eob.faults, item.path("servicedPeriod.end"), first, last, earlier="the line's first day")
        rows.append(_row(claim, item, told, team, line=line, first=first, last=last, is_first=index == 0))
        _count(claim, seen.notes, starts_on, first)
    return rows


def _told(claim, starts_on, seen):
    """What the claim says once for all of its items."""
    eob = claim.eob
    bill_type = _bill_type(claim)
    claim_type, setting = _kind(eob, bill_type)
    admitted_on, discharged_on = _stay(claim)
    diagnosis_type, diagnoses = _diagnoses(eob, claim.ends_on or starts_on, seen)
    procedure_type, procedures = _procedures(eob)
    facility = eob.part("facility")
    return {
        **claim.identity,
        **claim.standing,
        "claim_type": claim_type,
        "setting": setting,
        "starts_on": starts_on,
        "ends_on": claim.ends_on,
        "admitted_on": admitted_on,
        "discharged_on": discharged_on,
        "discharge_code": claim.code("discharge-status", "ptnt_dschrg_stus_cd"),
        "bill_type": bill_type,
        "drg": claim.code("drg", "clm_drg_cd"),
        "billing_ref": _billing(eob),
        "facility_ref": provider_of(eob, facility) or provider_of(eob, eob.part("provider"), kind="prn"),
        "diagnosis_type": diagnosis_type,
        "diagnoses": diagnoses,
        "procedure_type": procedure_type,
        "procedures": procedures,
    }


def _row(claim, item, told, team, *, line, first, last, is_first):
    amounts = amounts_of(*item.many("adjudication"))
    place = item.part("locationCodeableConcept")
    place_of_service = place.checked("coding", code_of(place, "", "line_place_of_srvc_cd") or code_of(place), CODE)
    setting = told["setting"] or setting_of(told["claim_type"], "", place_of_service)
    revenue = item.part("revenue")
    cents = cents_of(claim, amounts, is_first=is_first)
    return row(
        "medical_claim",
        **(told | {"setting": setting}),
        claim_line=line,
        line_starts_on=first,
        line_ends_on=last,
        place_of_service=place_of_service,
        revenue_code=revenue.checked("coding", code_of(revenue, "", "rev_cntr") or code_of(revenue), CODE),
        hcpcs=_service(item),
        modifiers=_modifiers(item),
        units=item.part("quantity").number("value", QUANTITY),
        rendering_ref=_performer(claim.eob, item, team),
        paid_cents=cents["paid_cents"],
        allowed_cents=cents["allowed_cents"],
        charge_cents=cents["charge_cents"],
    )


def _kind(eob, bill_type):
    """(claim type, setting). The research files' claim type decides; else type, subtype and type of bill."""
    codings = eob.codings("type")
    for system, code in codings:
        if system == "nch_clm_type_cd" and code in SETTINGS:
            setting = SETTINGS[code]
            return ("professional" if setting in LINE_SETTINGS else "institutional"), setting
    claim_type = next((CLAIM_TYPES[code.casefold()] for _, code in codings if code.casefold() in CLAIM_TYPES), "")
    if not claim_type:
        eob.fault("type", "unknown_code", "has no type of claim that is read: pharmacy, professional, institutional.")
    setting = setting_of(claim_type, bill_type, "")
    if not setting and claim_type == "institutional":
        setting = next((code for _, code in eob.codings("subType") if code in SUBTYPES), "")
    return claim_type, setting


def _bill_type(claim):
    """The type of bill: whole as CARIN has it, or put together of the parts that Blue Button has."""
    told = claim.code("typeofbill", "clm_freq_cd")
    if len(told) > 1:
        return told
    facility = claim.eob.part("facility").extensions().get("clm_fac_type_cd")
    kind = "" if facility is None else facility.part("valueCoding").read("code", CODE)
    classification = claim.code("clm_srvc_clsfctn_type_cd") or code_of(claim.eob, "type", "clm_srvc_clsfctn_type_cd")
    return claim.eob.checked("type", f"{kind}{classification}{told}", CODE) if kind and classification else ""


def _stay(claim):
    """Admission and discharge; `hospitalization` in the older release."""
    info = claim.info.get("admissionperiod")
    period = claim.eob.part("hospitalization") if info is None else info.part("timingPeriod")
    admitted_on, discharged_on = period.read("start", MOMENT), period.read("end", MOMENT)
    in_order(claim.eob.faults, period.path("end"), admitted_on, discharged_on, earlier="the admission")
    return admitted_on, discharged_on


def _diagnoses(eob, on, seen):
    """The code system and the diagnoses in it: principal first, then by sequence. Codes of another system are left out."""
    found = []
    for diagnosis in eob.many("diagnosis"):
        words = {code for each in diagnosis.many("type") for _, code in each.codings()}
        if words and words <= NO_DIAGNOSIS_YET:
            seen.notes["reason_of_visit"] += 1
            continue
        concept = diagnosis.part("diagnosisCodeableConcept")
        system, code = _icd(concept)
        sequence = diagnosis.number("sequence", LINE_NUMBER) or 0
        found.append(("principal" not in words, sequence, system, concept.checked("coding", code, MEDICAL_CODE)))
    found = [one for one in sorted(found, key=lambda one: one[:2]) if one[3]]
    if not found:
        return "", ()
    stated = next((system for _, _, system, _ in found if system), "")
    seen.notes["mixed_diagnosis_types"] += any(system not in {"", stated} for _, _, system, _ in found)
    if not stated:
        seen.notes["diagnosis_type_from_date"] += 1
        stated = diagnosis_type_on(on) if on else "icd-10-cm"
    return stated, distinct(code for _, _, system, code in found if system in {"", stated})


def _icd(concept):
    """(code system, code) of a diagnosis: an ICD code before any other."""
    codings = concept.codings()
    for systems, name in ((ICD_10, "icd-10-cm"), (ICD_9, "icd-9-cm")):
        for system, code in codings:
            if system in systems:
                return name, code
    return "", next((code for system, code in codings if not system), "")


def _procedures(eob):
    """The code system and the codes of hospital procedures. Codes of services are on the lines, not here."""
    codes, kinds = [], []
    for procedure in sorted(eob.many("procedure"), key=_sequence):
        concept = procedure.part("procedureCodeableConcept")
        for system, code in concept.codings():
            if "icd" in system or "2.16.840.1.113883.6.4" in system:
                codes.append(concept.checked("coding", code, MEDICAL_CODE))
                kinds.append("icd-9-pcs" if "icd-9" in system or "icd9" in system else "icd-10-pcs")
                break
    return (kinds[0] if kinds else ""), distinct(codes)


def _sequence(element):
    return element.number("sequence", LINE_NUMBER) or 0


def _service(item):
    """The code of the service in a system that we know; never a name, and not the sign that there is none."""
    concept = product_of(item)
    codings = concept.codings()
    code = next((code for system, code in codings if system in SERVICE_SYSTEMS), "")
    return concept.checked("coding", code, CODE)


def _modifiers(item):
    read = (modifier.checked("coding", code_of(modifier), CODE) for modifier in item.many("modifier"))
    return distinct(read)


def _team(eob):
    """[(sequence, roles, member)] of the care team."""
    return [
        (member.number("sequence", LINE_NUMBER), {code.casefold() for _, code in member.codings("role")}, member)
        for member in eob.many("careTeam")
    ]


def _performer(eob, item, team):
    """Who performed the item: of the members that it names, else of all, the first in the order of PERFORMERS."""
    named = item.data.get("careTeamSequence", item.data.get("careTeamLinkId"))
    if named is not None and type(named) is not list:
        item.fault("careTeamSequence", "wrong_type", "is not an array.")
        named = None
    linked = [one for one in team if str(one[0]) in set(map(str, named))] if named else team
    for role in PERFORMERS:
        for _, roles, member in linked:
            if role in roles and (found := provider_of(eob, member.part("provider"))):
                return found
    return ""


def _billing(eob):
    """The NPI that the claim was billed under; `organization` in the older release, whose provider is a facility number."""
    organization = eob.part("organization")
    return provider_of(eob, organization) if organization else provider_of(eob, eob.part("provider"))


def _count(claim, notes, starts_on, first):
    notes["no_paid_date"] += claim.paid_on is None
    if starts_on is None:
        return
    notes["paid_before_service"] += claim.paid_on is not None and claim.paid_on < starts_on
    last = claim.ends_on or starts_on
    notes["service_outside_claim"] += first is not None and not starts_on <= first <= last
