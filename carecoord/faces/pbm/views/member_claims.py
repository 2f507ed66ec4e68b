"""A member's medical claims as they stand, and what the payer decided of each line."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.claims import queries
from patients.models import Patient

from ..site import render_page, tabs

MOST = 200
COLUMNS = (
    Column("Claim"), Column("Day"), Column("Service", css="low"), Column("State"), Column("Decided on", css="low"),
    Column("Allowed", css="num"), Column("Paid", css="num"), Column("Patient owes", css="num"), Column("Why", css="low"),
)  # fmt: skip


@require_safe
@requires(P.ROSTER_VIEW)
def medical(request, public_id):
    patient = get_object_or_404(Patient.objects.visible_to(request.user), public_id=public_id)
    if holder := patient.held_by():
        return redirect("pbm:member_claims", public_id=holder.public_id)
    lines, is_more = queries.medical_claims_of(patient, visible_to=request.user, most=MOST)
    record(event="medical_claims.read", by=request.user, target=patient, count=len(lines))
    shown = {
        "patient": patient,
        "rows": lines,
        "is_more": is_more,
        "most": MOST,
        "columns": headings(COLUMNS, query=request.GET),
        "section": "roster",
        "tabs": tabs("roster", ""),
    }
    return render_page(request, "pbm/member_claims.html", shown)
