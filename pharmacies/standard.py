"""The services that a network of enhanced-service pharmacies asks of its members: data, in our own words.

A network starts with the minimum and may ask for more. A pharmacy attests each one with evidence, and again before
the attestation runs out.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class StandardService:
    """`asks` is the sentence that a pharmacy agrees to; `proof` is what a reviewer wants to see."""

    code: str
    title: str
    asks: str
    proof: str
    is_minimum: bool = False


SERVICES = (
    StandardService(
        code="medication_review",
        title="Comprehensive medication review",
        asks="A pharmacist goes through all medicines with a patient and leaves a written list and plan.",
        proof="A de-identified list and plan of the last six months.",
        is_minimum=True,
    ),
    StandardService(
        code="synchronisation",
        title="Synchronised fills",
        asks="Patients may have all their regular medicines due on one day, with a clinical look before each pick-up.",
        proof="The written procedure, and how many patients take part.",
        is_minimum=True,
    ),
    StandardService(
        code="immunization",
        title="Immunizations",
        asks="Vaccines recommended for adults are screened for, given and reported to the state registry.",
        proof="The vaccines kept, and the registry's confirmation.",
        is_minimum=True,
    ),
    StandardService(
        code="reconciliation",
        title="Reconciliation after a stay",
        asks="After a hospital stay the medicines before and after are compared, and differences are settled.",
        proof="A de-identified example of the last six months.",
        is_minimum=True,
    ),
    StandardService(
        code="personal_record",
        title="Personal medication record",
        asks="Each patient can take home a complete, current list of medicines and allergies.",
        proof="A blank record as it is handed out.",
        is_minimum=True,
    ),
    StandardService(
        code="in_person",
        title="A pharmacist to talk to",
        asks="A pharmacist can be met in person, in private, during all opening hours.",
        proof="The opening hours, and a picture of the place for talking.",
        is_minimum=True,
    ),
    StandardService(
        code="delivery",
        title="Delivery",
        asks="Medicines are brought to the home on the same or the next day.",
        proof="The area and the days of delivery.",
    ),
    StandardService(
        code="blood_pressure",
        title="Blood-pressure checks",
        asks="Blood pressure is measured with a validated device and recorded.",
        proof="Make and model of the device, and who is trained.",
    ),
    StandardService(
        code="social_needs",
        title="Social-needs screening",
        asks="Patients are asked about food, housing, transport and safety, and led to help.",
        proof="The questions used, and the list of local help.",
    ),
    StandardService(
        code="naloxone",
        title="Naloxone",
        asks="Naloxone is in stock and offered with opioids.",
        proof="The standing order or protocol.",
    ),
)
BY_CODE = {service.code: service for service in SERVICES}
SOURCE = "Public description of the CPESN minimum service set, cpesn.com/pharmacy-support (2021); the words are ours."
REVIEWED_ON, REVIEW_DUE = date(2026, 11, 26), date(2027, 11, 26)


def minimum_services():
    """The codes that a new network asks for."""
    return [service.code for service in SERVICES if service.is_minimum]
