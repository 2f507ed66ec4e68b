"""How risk is scored, and one member's score and risk adjustment factors with their claims."""

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.fields import DayField, Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from carecoord.kernel.parameters import actions as parameters
from carecoord.kernel.parameters.models import ParameterValue
from patients.models import Patient
from patients.risk import shown
from patients.risk.calibration.calibrate import PARAMETERS
from patients.risk.models import RiskModel

from ..doing import do
from ..site import render_page, tabs

COLUMNS = (
    Column("Parameter"), Column("Today", css="num"), Column("Default", css="low"), Column("Allowed", css="low"), Column("Set"),
    Column("Change", is_hidden=True),
)  # fmt: skip
MODEL_COLUMNS = (Column("Model"), Column("Claims to"), Column("In force"), Column("Report"))
BY_CODE = {one.code: one for one in PARAMETERS}


class ValueForm(forms.Form):
    value = forms.IntegerField(label="Value")
    since = DayField(label="From", help_text="Today or later.")
    reason = Words(max_length=500, label="Why")


@require_safe
@requires(P.PROGRAM_VIEW)
def parameters_page(request):
    today, told = timezone.localdate(), {}
    for row in ParameterValue.objects.filter(code__in=BY_CODE, scope="").order_by("-since"):
        told.setdefault(row.code, []).append(row)
    rows = []
    for one in sorted(PARAMETERS, key=lambda one: one.code):
        begun = [row.value for row in told.get(one.code, ()) if row.since <= today]
        rows.append({"it": one, "value": begun[0] if begun else one.default, "set": told.get(one.code, ())})
    page = {
        "rows": rows,
        "columns": headings(COLUMNS, query=request.GET),
        "models": RiskModel.objects.visible_to(request.user).select_related("payer").order_by("-made_at", "-pk"),
        "model_columns": headings(MODEL_COLUMNS, query=request.GET),
        "may_edit": request.user.may(P.PROGRAM_EDIT),
        "section": "programmes",
        "tabs": tabs("programmes", "pbm:risk"),
    }
    return render_page(request, "pbm/risk.html", page)


@require_http_methods(["GET", "POST"])
@requires(P.PROGRAM_EDIT)
def set_parameter(request, code):
    parameter = BY_CODE.get(code)
    if parameter is None:
        raise Http404
    today = timezone.localdate()
    return do(
        request,
        ValueForm(request.POST or None, initial={"value": parameter.on(today), "since": today}),
        lambda **given: parameters.set_value(parameter=parameter, by=request.user, **given),
        heading=parameter.code,
        intro=f"{parameter.why} From {parameter.low} to {parameter.high} {parameter.unit}; {parameter.default} unless it is set.",
        said="Set. Scores of that day on use it; those that are stored keep theirs.",
        to=reverse("pbm:risk"),
        section="programmes",
    )


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
