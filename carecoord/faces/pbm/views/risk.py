"""How risk is scored, the models that were fitted, and one member's score and risk adjustment factors with their claims."""

from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.models import Patient
from patients.risk import shown
from patients.risk.calibration.calibrate import PARAMETERS
from patients.risk.models import RiskModel

from ..site import render_page, tabs

COLUMNS = (
    Column("Parameter"), Column("Today", css="num"), Column("Default", css="low"), Column("Allowed", css="low"),
)  # fmt: skip


@require_safe
@requires(P.NETWORK_VIEW)
def scoring(request):
    today = timezone.localdate()
    rows = [{"it": one, "value": one.on(today)} for one in sorted(PARAMETERS, key=lambda one: one.code)]
    page = {
        "rows": rows,
        "columns": headings(COLUMNS, query=request.GET),
        "models": RiskModel.objects.visible_to(request.user).select_related("payer").order_by("-made_at", "-pk"),
        "section": "measures",
        "tabs": tabs("measures", "pbm:risk"),
    }
    return render_page(request, "pbm/risk.html", page)


@require_safe
@requires(P.ROSTER_VIEW)
def member(request, public_id):
    patient = get_object_or_404(Patient.objects.visible_to(request.user), public_id=public_id)
    if holder := patient.held_by():
        return redirect("pbm:member_risk", public_id=holder.public_id)
    years = shown.years(patient=patient, who=request.user)
    record(event="risk.read", by=request.user, target=patient, count=len(years))
    page = {
        "patient": patient,
        "risks": shown.scores(patient=patient, who=request.user),
        "years": years,
        "section": "roster",
        "tabs": tabs("roster", ""),
    }
    return render_page(request, "pbm/member_risk.html", page)
