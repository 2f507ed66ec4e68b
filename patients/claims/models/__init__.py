"""What feeds and pharmacies both record: deliveries, the events in them, the facts that follow, and services given."""

from .deliveries import Crosswalk, Delivery, Reject, Repeat, TouchedPatient
from .events import Action, ClinicalEvent, EligibilityEvent, MedicalEvent, PharmacyEvent, Standing
from .facts import Diagnosis, Fill, Immunization, Observation, Service, Stay
from .given import ServiceGiven

__all__ = [
    "Action",
    "ClinicalEvent",
    "Crosswalk",
    "Delivery",
    "Diagnosis",
    "EligibilityEvent",
    "Fill",
    "Immunization",
    "MedicalEvent",
    "Observation",
    "PharmacyEvent",
    "Reject",
    "Repeat",
    "Service",
    "ServiceGiven",
    "Standing",
    "Stay",
    "TouchedPatient",
]
