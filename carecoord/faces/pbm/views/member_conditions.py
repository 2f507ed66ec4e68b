"""A member's conditions as claims show them, each with its rule and every claim behind it."""

from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.measures.conditions.shown import shown
from patients.models import Patient

from ..site import render_page, tabs

COLUMNS = (Column("Day"), Column("Code"), Column("What"), Column("Counts as", css="low"), Column("Proof"))


@require_safe
@requires(P.ROSTER_VIEW)
def conditions(request, public_id):
    patient = get_object_or_404(Patient.objects.visible_to(request.user), public_id=public_id)
    if holder := patient.held_by():
        return redirect("pbm:member_conditions", public_id=holder.public_id)
    found = shown(who=request.user, patient=patient, today=timezone.localdate())
    record(event="conditions.read", by=request.user, target=patient, count=len(found))
    context = {
        "patient": patient,
        "conditions": found,
        "columns": headings(COLUMNS, query=request.GET),
        "section": "roster",
        "tabs": tabs("roster", ""),
    }
    return render_page(request, "pbm/member_conditions.html", context)
