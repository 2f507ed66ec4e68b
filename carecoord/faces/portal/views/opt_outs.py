"""A member says at the counter that they want no part in a programme; a slip is taken back on the same day.

The pharmacy loses sight of the member within seconds, so its list of who said no stands on the rows alone.
"""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.audit import actions as audit
from patients.programs import opt_outs
from patients.programs.models import OptOut

from ..forms import LeaveForm
from ..page import portal_page, show, visible_patient
from .patients import new_consent, show_chart

MOST_SHOWN = 200
COLUMNS = (
    Column("Patient"), Column("Programme"), Column("On"), Column("Recorded by"), Column("In their words"),
    Column("Change", is_hidden=True),
)  # fmt: skip


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def leave(request, public_id):
    found = visible_patient(request, public_id)
    form = LeaveForm(request.POST, user=request.user, patient=found, store=request.store)
    if form.is_valid():
        try:
            opt_outs.opt_out_at_pharmacy(patient=found, pharmacy=request.store, by=request.user, **form.cleaned_data)
        except opt_outs.CannotChange as why:
            form.add_error("program", str(why))
        else:
            messages.success(
                request, "Recorded. The member leaves your list within seconds. A slip can be taken back here today."
            )
            return redirect("portal:opt_outs")
    return show_chart(request, found, new_consent(), leave_form=form)


@require_safe
@portal_page(Permission.PATIENT_VIEW)
def said_no(request):
    """Who said no at this pharmacy, the newest first."""
    rows = OptOut.objects.visible_to(request.user).select_related("program", "recorded_by").order_by("-pk")[:MOST_SHOWN]
    audit.saw(*(row.patient_id for row in rows))
    shown = [(row, opt_outs.can_be_taken_back(row)) for row in rows]
    columns = headings(COLUMNS, query=request.GET)
    return show(request, "portal/patients/opt_outs.html", "patients", rows=shown, headings=columns)


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def take_back(request, public_id):
    row = get_object_or_404(OptOut.objects.visible_to(request.user), public_id=public_id)
    try:
        opt_outs.take_back(opt_out=row, by=request.user)
    except opt_outs.CannotChange as why:
        messages.error(request, str(why))
    else:
        messages.success(request, "Taken back. The programme decides anew within minutes; the member comes back then.")
    return redirect("portal:opt_outs")
