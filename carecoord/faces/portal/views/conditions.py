"""Each condition found in claims, with its rule and every claim behind it."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.kernel.accounts.permissions import Permission
from patients.measures.conditions.shown import shown

from ..page import portal_page, show, visible_patient

COLUMNS = (Column("Day"), Column("Code"), Column("What"), Column("Counts as", css="low"), Column("Proof"))


@require_safe
@portal_page(Permission.PATIENT_VIEW)
def conditions(request, public_id):
    patient = visible_patient(request, public_id)
    return show(
        request,
        "portal/patient/conditions.html",
        "patients",
        patient=patient,
        conditions=shown(who=request.user, patient=patient, today=timezone.localdate()),
        columns=headings(COLUMNS, query=request.GET),
    )
