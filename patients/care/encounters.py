"""Reading encounters."""

from dataclasses import dataclass

from patients.models import Patient

from . import protocols
from .models import Encounter


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A visit that somebody began and nobody completed."""

    public_id: object
    title: str
    patient: Patient
    started_by: str
    saved_at: object


def open_drafts(who, *, limit=10):
    """Drafts of the pharmacy about patients that it may see today, the one saved last first."""
    patients = Patient.objects.visible_to(who)
    rows = Encounter.objects.visible_to(who).filter(status=Encounter.Status.DRAFT, patient__in=patients)
    rows = rows.select_related("patient", "started_by").order_by("-saved_at", "-id")[:limit]
    return tuple(
        Draft(
            public_id=row.public_id,
            title=protocols.title(row.protocol),
            patient=row.patient.person,
            started_by=row.started_by.name,
            saved_at=row.saved_at,
        )
        for row in rows
    )
