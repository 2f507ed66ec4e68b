"""Claims whose day does not fit the life of their member: kept, and listed by code."""

from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.claims import odd_dates
from patients.claims.models import Delivery
from patients.models import Patient

from ..site import render_page, tabs

COLUMNS = (
    Column("Claim"), Column("Member"), Column("Day"), Column("Born or died"), Column("Code"), Column("Delivery", css="low"),
)  # fmt: skip


@require_safe
@requires(P.ROSTER_VIEW)
def dates(request):
    user, found = request.user, odd_dates.found(request.user)
    people = Patient.objects.visible_to(user).in_bulk({one.patient_id for one in found})
    deliveries = Delivery.objects.visible_to(user).in_bulk({one.delivery_id for one in found})
    record(event="odd_dates.read", by=user, count=len(found))
    shown = {
        "rows": [(one, people.get(one.patient_id), deliveries.get(one.delivery_id)) for one in found],
        "codes": [(code, odd_dates.says(code)) for code in odd_dates.CODES],
        "most": odd_dates.MOST,
        "columns": headings(COLUMNS, query=request.GET),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:odd_dates"),
    }
    return render_page(request, "pbm/odd_dates.html", shown)
