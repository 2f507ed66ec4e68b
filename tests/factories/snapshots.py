"""Snapshots for service claims: a covered member, a completed visit, one adherence call; say only what differs."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from django.utils import timezone

from pharmacies.billing.snapshot import (
    ClaimSnapshot,
    CoverageFacts,
    CredentialFacts,
    Documentation,
    PatientFacts,
    PharmacyFacts,
    Rendering,
    VaccineFacts,
)
from pharmacies.models import Pharmacy

COVERED = CoverageFacts(
    plan="H1234-001", contract="H1234", pbp="001", line_of_business="medicare", starts_on=date(2020, 1, 1)
)
PAPERS = tuple(
    CredentialFacts(kind=kind, number="1", state="WV", since=date(2020, 1, 1))
    for kind in ("license", "immunization", "exclusion_check")
)
VACCINE = VaccineFacts(cvx="150", product="Flu", lot="L1", expires_on=date(2099, 1, 1), site="left arm")


def snapshot_of(side=None, **changes):
    """`side` is `cast.a` or `cast.b`; without one, nobody in the database is meant."""
    pharmacy = side.pharmacy if side else Pharmacy(pk=1, npi="1000000004", name="Ash Street Pharmacy")
    made = ClaimSnapshot(
        encounter_ref=uuid4(),
        payer_id=side.payer.pk if side else 1,
        patient=PatientFacts(
            ref=side.patient.public_id if side else uuid4(),
            name=f"{side.canary}, Pat" if side else "Doe, Pat",
            born_on=date(1950, 5, 5),
            sex="female",
            member_id="M1",
        ),
        coverage=COVERED,
        pharmacy=PharmacyFacts(id=pharmacy.pk, npi=pharmacy.npi, name=pharmacy.name),
        rendering=Rendering(name="Alice", role="pharmacist"),
        protocol="adherence_call",
        service_on=timezone.localdate() - timedelta(days=1),
        documentation=Documentation(completed=True, minutes=15),
        credentials=PAPERS,
        lines=(("99606", 1),),
    )
    return replace(made, **changes)
