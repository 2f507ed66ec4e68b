"""What a claim must have before it is written on paper or as X12: every fault at once, as a sentence that names the remedy."""

import re

from carecoord.kernel.codes.states import STATES
from carecoord.kernel.npi import is_npi

DIGITS = {"ndc": r"[0-9]{11}", "tax_id": r"[0-9]{9}", "zip": r"[0-9]{5}([0-9]{4})?"}
DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")
SERVICE = re.compile(r"[0-9A-Z]{5}")
POSTAL = frozenset(STATES) | {"AA", "AE", "AP", "AS", "FM", "GU", "MH", "MP", "PW", "VI"}
"""States, districts, territories and military posts, as the post writes them."""
UNITS = ("UN", "ML", "GR", "ME", "F2")
MOST_DIAGNOSES, MOST_LINES, MOST_POINTERS = 12, 50, 4


def faults(claim):
    """Sentences, each with the claim's number; none for a claim that can be written."""
    found = [*_of_billing(claim.billing), *_of_patient(claim), *_of_claim(claim), *_of_people(claim)]
    found += [f"Line {at}: {each}" for at, line in enumerate(claim.lines, 1) for each in _of_line(line, claim)]
    return tuple(f"Claim {claim.control_number}: {sentence}" for sentence in found)


def faults_of_traders(submitter, receiver):
    """Sentences about the two ends of the interchange."""
    for each, who in ((submitter, "sender"), (receiver, "receiver")):
        if not 2 <= len(each.id) <= 15 or not each.name:
            yield f"The {who} of the file needs a name, and an id of 2 to 15 places."
    contact = submitter.contact
    if contact is None or not contact.name or not re.fullmatch(r"[0-9]{10}", contact.phone):
        yield "The sender of the file needs a contact with a telephone number of ten digits."


def _fits(kind, text):
    return re.fullmatch(DIGITS[kind], text, re.ASCII) is not None


def _of_billing(billing):
    if not billing.name:
        yield "the billing pharmacy's name is missing."
    if not is_npi(billing.npi):
        yield f"'{billing.npi}' is no NPI of the billing pharmacy."
    if not _fits("tax_id", billing.tax_id):
        yield "the billing pharmacy's tax number (EIN, nine digits) is missing; the pharmacy enters it under Billing."
    if not billing.taxonomy:
        yield "the billing pharmacy's taxonomy code is missing."
    yield from faults_of_address(billing.address, "the billing pharmacy", is_long=True)


def _of_patient(claim):
    who = claim.subscriber
    if not who.last_name:
        yield "the patient's last name is missing."
    if not who.member_id:
        yield "the member id is missing."
    if who.born_on is None:
        yield "the patient's date of birth is missing."
    if who.sex not in ("F", "M", "U"):
        yield f"'{who.sex}' is no sex that a claim can carry (F, M or U)."
    yield from faults_of_address(who.address, "the patient")
    if not claim.payer.id or not claim.payer.name or not claim.payer.filing:
        yield "the payer's id for electronic claims, or its kind of plan, is missing; the PBM enters it."


def _of_claim(claim):
    if not 1 <= len(claim.control_number) <= 20:
        yield "its number has 1 to 20 places in an 837P."
    if not re.fullmatch(r"[0-9]{2}", claim.place):
        yield f"'{claim.place}' is no place of service."
    if claim.frequency not in ("1", "7", "8"):
        yield f"'{claim.frequency}' is no claim frequency: 1, 7 or 8."
    if claim.frequency != "1" and not claim.original_icn:
        yield "a correction or void names the payer's control number of the first claim, which is not known yet."
    if not 1 <= len(claim.diagnoses) <= MOST_DIAGNOSES:
        yield f"it has {len(claim.diagnoses)} diagnoses; a claim has 1 to {MOST_DIAGNOSES}."
    for each in claim.diagnoses:
        if not DIAGNOSIS.fullmatch(each):
            yield f"'{each}' is no ICD-10-CM code."
    if not 1 <= len(claim.lines) <= MOST_LINES:
        yield f"it has {len(claim.lines)} lines; a claim has 1 to {MOST_LINES}."
    if len(claim.note) > 80:
        yield "its note is longer than 80 letters."


def _of_people(claim):
    for name in ("rendering", "referring", "supervising"):
        person = getattr(claim, name)
        if person and not (person.last_name and is_npi(person.npi)):
            yield f"the {name} provider needs a last name and an NPI."
    if claim.facility and not claim.facility.name:
        yield "the place of service needs a name."
    if claim.facility and claim.facility.npi and not is_npi(claim.facility.npi):
        yield f"'{claim.facility.npi}' is no NPI of the place of service."
    if claim.facility and claim.facility.address != claim.billing.address:
        yield from faults_of_address(claim.facility.address, "the place of service", is_long=True)
    if claim.pay_to:
        yield from faults_of_address(claim.pay_to, "the pay-to address")


def _of_line(line, claim):
    if not SERVICE.fullmatch(line.code):
        yield f"'{line.code}' is no CPT or HCPCS code; a programme's own code cannot go out on an 837P or a CMS-1500."
    if line.charge_cents < 0 or not 1 <= line.units <= 999:
        yield "the charge is below zero, or the units are not between 1 and 999."
    if len(line.modifiers) > 4 or any(not re.fullmatch(r"[0-9A-Z]{2}", each) for each in line.modifiers):
        yield "a line has at most four modifiers of two places."
    if not 1 <= len(line.pointers) <= MOST_POINTERS or any(not 1 <= at <= len(claim.diagnoses) for at in line.pointers):
        yield "it points to one to four of the claim's diagnoses."
    if line.drug and (not _fits("ndc", line.drug.ndc) or line.drug.quantity <= 0 or line.drug.unit not in UNITS):
        yield "the product needs an NDC of eleven digits, a quantity above zero and a unit (UN, ML, GR, ME, F2)."


def faults_of_address(address, whose, *, is_long=False):
    """Sentences about an address that is missing or cut short."""
    if address is None or not (address.street and len(address.city) > 1 and address.state):
        yield f"street, city or state of {whose} is missing."
    elif address.state.upper() not in POSTAL:
        yield f"'{address.state}' is no state that {whose} can be in."
    if address is not None and not _fits("zip", address.zip):
        yield f"the ZIP code of {whose} is missing, or not five or nine digits."
    elif address is not None and is_long and len(address.zip) != 9:
        yield f"{whose} needs its ZIP code with all nine digits."
