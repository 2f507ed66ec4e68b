"""One claim of an 837 -> a row for each service line.

Who the member is, the level above the claim says: the subscriber, or the patient where a patient's level is open. A patient
is never the subscriber: without an id of his own he is known as family.py says, and so is a newborn.

Which claim it is, CLM01 says together with the billing provider: the guides ask a submitter to number his own claims uniquely
and no more, so two providers of one payer use one number. The provider is known by NPI, and without one by tax id. What a
replacement or a void names (REF*F8) is the payer's number by the guides, and the provider's own in many files: payments.py.
"""

from dataclasses import dataclass

from ...checks import in_order, not_before_birth, not_in_the_future
from ...fields import CENTS, CODE, ID, LINE_NUMBER, MEDICAL_CODE, NAME, QUANTITY, SHORT, X12_DATE, Cached, code
from ..reading.care import distinct, setting_of
from ..reading.family import dependant_id
from ..reading.x12 import Taken, first_of, place

TRANSACTIONS = {"7": "B3", "8": "B2"}
ADJUSTMENTS = frozenset("6FGHIJKMPQY")
"""Frequencies of adjustments that payers and Medicare's contractors make themselves, and that stand in encounters: they replace the
claim that they name (NUBC's frequency codes; X12's interpretation 1538 says that a provider does not send them)."""
FREQUENCY = Cached(code(1, "[0-9A-Za-z]"))
STAYS = frozenset(["inpatient", "snf", "hospice"])
DIAGNOSES = {
    "ABK": "icd-10-cm",
    "ABF": "icd-10-cm",
    "ABN": "icd-10-cm",
    "BK": "icd-9-cm",
    "BF": "icd-9-cm",
    "BN": "icd-9-cm",
}
PROCEDURES = {"BBR": "icd-10-pcs", "BBQ": "icd-10-pcs", "BR": "icd-9-pcs", "BQ": "icd-9-pcs"}
"""Codes of HI. What the patient came with (admitting diagnosis, reason for the visit) is no diagnosis of the claim."""
PRINCIPAL = frozenset(["ABK", "BK", "BBR", "BR"])
STILL_THERE = "30"
OWN_IDS = frozenset(["MI", "II", "ZZ"])
"""Qualifiers of an id that the payer gave (NM108). 34 is a social security number, which is never read."""
SOCIAL_SECURITY = "34"
COUNTED = frozenset(["UN", "DA", "F2", ""])


@dataclass(frozen=True, slots=True)
class Claim:
    """The segments of a claim (CLM first) and of the levels above it. `stray`: one that claims do not have."""

    segments: list
    billing: list
    subscriber: list
    patient: list | None
    is_institutional: bool
    version: int
    is_sound: bool
    stray: object


def build(claim, seen):
    take = Taken()
    head, lines = parted(claim.segments)
    if not claim.is_sound:
        take.fault("HL02", "hierarchy", "does not name the level that the claim stands under.")
    if claim.stray is not None:
        take.fault("claim", "unknown_segment", f"holds segment {claim.stray.number}, which no claim has.")
    member_id, born_on = member_of(take, claim)
    of_claim = _of_claim(take, claim, head, seen)
    rows = [_line(take, claim, line, of_claim) for line in lines]
    _check(take, claim, of_claim, rows, born_on, seen)
    take.judge()
    seen.notes["not_adjudicated"] += 1
    return [("medical_claim", _row(claim, member_id, of_claim, row)) for row in rows]


def parted(segments):
    """(the claim's own segments, [a list for each service line]). What other payers say of it (from SBR on) is left out."""
    head, lines, here = [], [], None
    here = head
    for s in segments:
        if s.id == "SBR":
            here = None
        elif s.id == "LX":
            here = []
            lines.append(here)
        elif s.id == "SVD":
            here = None
        if here is not None:
            here.append(s)
    return head, lines


def member_of(take, claim):
    """(member id, birth date) of the patient."""
    subscriber = first_of(claim.subscriber, "NM1", "IL")
    own = take.read(subscriber, 9, ID, of="IL") if subscriber is not None and subscriber.get(8) in OWN_IDS else ""
    if not own:
        take.fault("NM109 (IL)", "missing", "holds no member id, and one is needed.")
    if claim.patient is None:
        return own, _birth(take, claim.subscriber)
    patient, born_on = first_of(claim.patient, "NM1", "QC"), _birth(take, claim.patient)
    if patient is not None and patient.get(8) in OWN_IDS and patient.get(9):
        return take.read(patient, 9, ID, of="QC"), born_on
    name = take.read(patient, 4, NAME, of="QC") if patient is not None else ""
    derived = dependant_id(own, born_on, name)
    if own and not derived:
        take.fault(
            "NM1 (QC)", "member_unclear", "has no id of its own, or no birth date or first name to know the person by."
        )
    return derived, born_on


def _birth(take, level):
    return take.read(next((s for s in level if s.id == "DMG"), None), 2, X12_DATE)


def _of_claim(take, claim, head, seen):
    """What the claim says once, by name."""
    clm, cl1 = claim.segments[0], next((s for s in head if s.id == "CL1"), None)
    said = {
        "claim_id": take.read(clm, 1, ID),
        "charge": take.read(clm, 2, CENTS),
        "facility_code": take.read(clm, 5, CODE, part=1),
        "frequency": take.read(clm, 5, FREQUENCY, part=3) if clm.get(5) else "",
        "original": take.read(first_of(head, "REF", "F8"), 2, ID, of="F8"),
        "discharge_code": take.read(cl1, 3, CODE),
        "drg": "",
    }
    for at, name in ((1, "claim_id"), (2, "charge")):
        if said[name] in ("", None) and not any(one.field == place(clm, at) for one in take.problems):
            take.fault(place(clm, at), "missing", "is empty, and is needed.")
    if not said["frequency"]:
        take.fault("CLM05", "missing", "does not say whether the claim is new, a replacement or a void.")
    said["starts_on"], said["ends_on"] = take.days(first_of(head, "DTP", "434"))
    said["admitted_on"], _ = take.days(first_of(head, "DTP", "435"))
    said |= _codes(take, head, seen)
    said |= _discharge(take, claim, head, said)
    said |= {"billing": _npi(take, claim.billing, "85"), "facility": _npi(take, head, "77")}
    said["billing_tax"] = take.read(first_of(claim.billing, "REF", "EI"), 2, SHORT, of="EI").replace("-", "")
    said["rendering"] = _npi(take, head, *(("82", "71") if claim.is_institutional else ("82",)))
    own = "facility" if claim.is_institutional else "rendering"
    said[own] = said[own] or said["billing"]
    return said


def _discharge(take, claim, head, said):
    """Setting, type of bill, place and discharge. A hospital's claim says the hour of discharge, and the day is its last."""
    if not claim.is_institutional:
        discharged_on, _ = take.days(first_of(head, "DTP", "096"))
        return {"setting": "carrier", "bill_type": "", "place": said["facility_code"], "discharged_on": discharged_on}
    bill_type = said["facility_code"] + said["frequency"]
    setting = setting_of("institutional", bill_type, "")
    is_over = said["discharge_code"] not in ("", STILL_THERE) or first_of(head, "DTP", "096") is not None
    left = said["ends_on"] if is_over and setting in STAYS else None
    return {"setting": setting, "bill_type": bill_type, "place": "", "discharged_on": left}


def _codes(take, head, seen):
    """Diagnoses and procedures, the principal one first, and the DRG."""
    found, said = {"diagnoses": [], "procedures": []}, {"drg": ""}
    composites = ((s, at) for s in head if s.id == "HI" for at in range(1, len(s.elements) + 1))
    for s, at in composites:
        qualifier, coded = (*s.parts(at), "", "")[:2]
        if qualifier == "DR":
            said["drg"] = take.value(place(s, at, qualifier), coded, CODE)
        for kind, known in (("diagnoses", DIAGNOSES), ("procedures", PROCEDURES)):
            if qualifier in known:
                value = take.value(place(s, at, qualifier), coded, MEDICAL_CODE)
                found[kind].append((qualifier not in PRINCIPAL, known[qualifier], value))
    for kind, codes in found.items():
        codes.sort(key=lambda one: one[0])
        type_ = codes[0][1] if codes else ""
        said[kind] = distinct(coded for _, of_type, coded in codes if of_type == type_)
        said[f"{kind}_type"] = type_ if said[kind] else ""
        if any(of_type != type_ for _, of_type, _ in codes):
            seen.notes["mixed_diagnosis_types"] += 1
    return said


def _line(take, claim, line, of_claim):
    """What a service line says, by name."""
    service = next((s for s in line if s.id == ("SV2" if claim.is_institutional else "SV1")), None)
    said = {"line": take.read(line[0], 1, LINE_NUMBER)}
    if not line[0].get(1):
        take.fault("LX01", "missing", "is empty, and is needed.")
    if service is None:
        take.fault("LX", "no_service", f"{said['line'] or ''} has no service segment of its kind of claim.")
    coded, charge, unit, units = (2, 3, 4, 5) if claim.is_institutional else (1, 2, 3, 4)
    is_hcpcs = service is not None and service.parts(coded)[:1] == ("HC",)
    said["hcpcs"] = take.read(service, coded, CODE, part=2) if is_hcpcs else ""
    said["modifiers"] = (
        tuple(filter(None, (take.read(service, coded, CODE, part=part) for part in range(3, 7)))) if is_hcpcs else ()
    )
    said["revenue"] = take.read(service, 1, CODE) if claim.is_institutional else ""
    said["charge"] = take.read(service, charge, CENTS)
    if service is not None and not service.get(charge):
        take.fault(place(service, charge), "missing", "is empty, and is needed.")
    counts = service is not None and service.get(unit) in COUNTED
    said["units"] = take.read(service, units, QUANTITY) if counts else None
    said["place"] = (not claim.is_institutional and take.read(service, 5, CODE)) or of_claim["place"]
    said["starts_on"], said["ends_on"] = take.days(first_of(line, "DTP", "472"))
    said["rendering"] = _npi(take, line, "82")
    if said["starts_on"] is None and not claim.is_institutional:
        take.fault("DTP03 (472)", "missing", "is empty, and is needed.")
    return said


def _npi(take, segments, *roles):
    """The id of the first provider in one of these roles."""
    found = first_of(segments, "NM1", *roles)
    return take.read(found, 9, SHORT, of=found.get(1)) if found is not None and found.get(8) != SOCIAL_SECURITY else ""


def _check(take, claim, said, rows, born_on, seen):
    if not rows:
        take.fault("LX", "no_lines", "is missing: the claim has no service line.")
    if len({row["line"] for row in rows}) < len(rows):
        take.fault("LX01", "duplicate_line", "numbers two service lines alike.")
    if not claim.is_institutional:
        days = [day for row in rows for day in (row["starts_on"], row["ends_on"]) if day]
        said["starts_on"], said["ends_on"] = (min(days), max(days)) if days else (None, None)
    name = "DTP03 (434)" if claim.is_institutional else "DTP03 (472)"
    if said["starts_on"] is None:
        take.fault(name, "missing", "is empty, and is needed.")
    if None not in (charges := [row["charge"] for row in rows]) and said["charge"] not in (None, sum(charges)):
        take.fault("CLM02", "charges_disagree", "is not the sum of the charges of the service lines.")
    not_in_the_future(take.problems, name, said["starts_on"], seen.today)
    not_before_birth(take.problems, name, said["starts_on"], born_on)
    in_order(take.problems, name, said["starts_on"], said["ends_on"], earlier="its own first day")
    for row in rows:
        in_order(take.problems, "DTP03 (472)", row["starts_on"], row["ends_on"], earlier="its own first day")
    in_order(take.problems, "DTP03 (096)", said["admitted_on"], said["discharged_on"], earlier="DTP03 (435)")


def _row(claim, member_id, said, line):
    transaction = TRANSACTIONS.get(said["frequency"], "B1")
    if said["frequency"] in ADJUSTMENTS and said["original"]:
        transaction = "B3"
    return (
        (
            said["claim_id"],
            line["line"],
            member_id,
            "",
            "",
            "institutional" if claim.is_institutional else "professional",
        )
        + (said["setting"], said["starts_on"], said["ends_on"], line["starts_on"], line["ends_on"])
        + (said["admitted_on"], said["discharged_on"], said["discharge_code"], line["place"], said["bill_type"])
        + (said["drg"], line["revenue"], line["hcpcs"], line["modifiers"], line["units"])
        + (line["rendering"] or said["rendering"], said["billing"], said["facility"], None, None, None, line["charge"])
        + (said["diagnoses_type"], said["diagnoses"], said["procedures_type"], said["procedures"])
        + (
            transaction,
            (said["original"] or said["claim_id"]) if transaction != "B1" else "",
            claim.version,
            transaction == "B2",
            "",
            said["billing"] or said["billing_tax"],
            said["billing_tax"],
        )
    )
