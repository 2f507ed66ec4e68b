"""What feeds and pharmacies both record: deliveries, the events in them, the facts that follow, and what pharmacies gave and measured."""

from .deliveries import Crosswalk, Delivery, Reject, Repeat, TouchedPatient
from .events import Action, ClinicalEvent, EligibilityEvent, MedicalEvent, PaymentEvent, PharmacyEvent, Standing
from .facts import CashFill, Diagnosis, Fill, Immunization, Observation, Service, Stay
from .given import DoseGiven, Reading, ServiceGiven
from .rulings import ConflictRuling, PersonRuling
from .uploads import Upload

__all__ = [
    "Action",
    "CashFill",
    "ClinicalEvent",
    "ConflictRuling",
    "Crosswalk",
    "Delivery",
    "Diagnosis",
    "DoseGiven",
    "EligibilityEvent",
    "Fill",
    "Immunization",
    "MedicalEvent",
    "Observation",
    "PaymentEvent",
    "PersonRuling",
    "PharmacyEvent",
    "Reading",
    "Reject",
    "Repeat",
    "Service",
    "ServiceGiven",
    "Standing",
    "Stay",
    "TouchedPatient",
    "Upload",
]
