"""What dispensing systems tell of fills, each beside the payer's claim of it."""

from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, Page, counted, headings
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
    user, contradicted = request.user, request.GET.get("show") == "contradicted"
    found, following = dispensed.found(user, after=_key(request.GET.get("after")), contradicted=contradicted)
    people = Patient.objects.visible_to(user).in_bulk({one.patient_id for one in found if one.patient_id})
    ids = {one.delivery_id for one in found} | {one.claim_delivery_id for one in found if one.claim_delivery_id}
    deliveries = Delivery.objects.visible_to(user).in_bulk(ids)
    record(event="dispensed.read", by=user, count=len(found))
    rows = [
        (one, people.get(one.patient_id), deliveries.get(one.delivery_id), deliveries.get(one.claim_delivery_id))
        for one in found
    ]
    first = "?show=contradicted" if contradicted else "?"
    shown = {
        "rows": rows,
        "contradicted": contradicted,
        "shows": [
            {"label": "All", "href": "?", "current": not contradicted},
            {"label": "Contradictions", "href": "?show=contradicted", "current": contradicted},
        ],
        "page": Page(
            shown=f"{counted(len(rows), 'fill')}, the newest first",
            next_href=f"{first}&after={following}" if following else "",
            previous_href=first if "after" in request.GET else "",
        ),
        "columns": headings(COLUMNS, query=request.GET),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:dispensed"),
    }
    return render_page(request, "pbm/dispensed.html", shown)


def _key(text):
    """The key in an address; None for nonsense."""
    is_key = text and text.isascii() and text.isdigit() and len(text) <= 18
    return int(text) if is_key else None
