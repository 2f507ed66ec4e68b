"""What dispensing systems tell of fills, each beside the payer's claim of it."""

from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.claims import dispensed
from patients.claims.models import Delivery
from patients.models import Patient

from ..site import render_page, tabs

COLUMNS = (
    Column("Prescription"), Column("Member"), Column("Filled"), Column("In the pharmacy"), Column("The payer's claim"),
)  # fmt: skip


@require_safe
@requires(P.ROSTER_VIEW)
def fills(request):
    user, found = request.user, dispensed.found(request.user)
    people = Patient.objects.visible_to(user).in_bulk({one.patient_id for one in found if one.patient_id})
    ids = {one.delivery_id for one in found} | {one.claim_delivery_id for one in found if one.claim_delivery_id}
    deliveries = Delivery.objects.visible_to(user).in_bulk(ids)
    record(event="dispensed.read", by=user, count=len(found))
    rows = [
        (one, people.get(one.patient_id), deliveries.get(one.delivery_id), deliveries.get(one.claim_delivery_id))
        for one in found
    ]
    shown = {
        "rows": rows,
        "most": dispensed.MOST,
        "columns": headings(COLUMNS, query=request.GET),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:dispensed"),
    }
    return render_page(request, "pbm/dispensed.html", shown)
