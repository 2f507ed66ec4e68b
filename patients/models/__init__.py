"""The member, who may see them, and what a pharmacy knows of them besides."""

from pharmacies.models import days_in_order

from .everyday import DeathChange, DeathReport, EverydayFact
from .people import (
    ALL,
    EDIT,
    FROM_PAYER,
    LABELLED,
    OF_MY_MEMBERS,
    READ,
    Client,
    Consent,
    Coverage,
    LineOfBusiness,
    Member,
    Patient,
    PatientAccess,
    made_here,
    of_its_member,
    through_access,
)
from .records import all_records, record_now, records_now, refs_of

__all__ = [
    "ALL",
    "EDIT",
    "FROM_PAYER",
    "LABELLED",
    "OF_MY_MEMBERS",
    "READ",
    "Client",
    "Consent",
    "Coverage",
    "DeathChange",
    "DeathReport",
    "EverydayFact",
    "LineOfBusiness",
    "Member",
    "Patient",
    "PatientAccess",
    "all_records",
    "days_in_order",
    "made_here",
    "of_its_member",
    "record_now",
    "records_now",
    "refs_of",
    "through_access",
]
