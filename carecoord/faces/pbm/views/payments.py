"""Money that went to pharmacies, and money that comes back from them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import saw
from pharmacies.billing import adjudicate, queries
from pharmacies.billing.adjudicate import CannotAdjudicate
from pharmacies.billing.models import Recoupment, Remittance, ServiceClaim

from ..claim_forms import Queue, Recoup
from ..site import render_page, tabs
from .claims import PAGE, RECOUP_ID, REFUSED, page_of, show_claim

LINE_COLUMNS = (
    Column("Claim"), Column("Patient"), Column("Day of service"), Column("Service"), Column("Units", css="num"),
    Column("Charge", css="num"), Column("Adjustment", css="num"), Column("Paid", css="num"),
)  # fmt: skip
PLB_COLUMNS = (Column("Reason"), Column("Reference"), Column("Why"), Column("Less", css="num"))
REMITTANCE_COLUMNS = (
    Column("Remittance"), Column("Pharmacy"), Column("Payer"), Column("Paid on"), Column("Trace"), Column("Claims", css="num"),
    Column("Total", css="num"),
)  # fmt: skip
NOTICE_COLUMNS = (
    Column("Claim"), Column("Pharmacy"), Column("Kind"), Column("Reason"), Column("Notified"), Column("Due"), Column("Status"),
    Column("Amount", css="num"), Column("Withdraw", is_hidden=True),
)  # fmt: skip


@require_safe
@requires(P.CLAIM_VIEW)
def remittances(request):
    rows = queries.remittances_of(request.user, before=Queue(request.GET).asked()["before"], limit=PAGE + 1)
    found = {
        "section": "claims",
        "tabs": tabs("claims", "pbm:remittances"),
        "columns": headings(REMITTANCE_COLUMNS, query=request.GET),
        "rows": rows[:PAGE],
        "page": page_of(rows, request, "remittance"),
    }
    return render_page(request, "pbm/remittances.html", found)


@require_safe
@requires(P.CLAIM_VIEW)
def remittance(request, public_id):
    try:
        sheet = queries.remittance_of(request.user, public_id)
    except Remittance.DoesNotExist:
        raise Http404
    saw(refs=sheet.patient_refs)
    found = {
        "section": "claims",
        "sheet": sheet,
        "columns": headings(LINE_COLUMNS, query=request.GET),
        "plb_columns": headings(PLB_COLUMNS, query=request.GET),
        "lines_cents": sum(line.paid_cents for line in sheet.lines),
    }
    return render_page(request, "pbm/remittance.html", found)


@require_safe
@requires(P.CLAIM_VIEW)
def recoupments(request):
    """What is to be taken back and what was, newest first."""
    rows = queries.notices_of(request.user, before=Queue(request.GET).asked()["before"], limit=PAGE + 1)
    found = {
        "section": "claims",
        "tabs": tabs("claims", "pbm:recoupments"),
        "columns": headings(NOTICE_COLUMNS, query=request.GET),
        "rows": rows[:PAGE],
        "page": page_of(rows, request, "recoupment"),
        "may_pay": request.user.may(P.CLAIM_PAY),
    }
    return render_page(request, "pbm/recoupments.html", found)


@require_POST
@requires(P.CLAIM_PAY)
def recoup(request, public_id):
    """A notice of overpayment for one claim."""
    claim = get_object_or_404(ServiceClaim.objects.visible_to(request.user), public_id=public_id)
    form = Recoup(request.POST, auto_id=RECOUP_ID)
    if not form.is_valid():
        messages.error(request, "Write the amount, such as 12.50, and the reason.")
        return show_claim(request, public_id, recoup_form=form, status=REFUSED)
    given = form.cleaned_data
    try:
        made = adjudicate.recoup(claim=claim, amount_cents=given["amount"], reason=given["reason"], by=request.user)
    except CannotAdjudicate as refusal:
        messages.error(request, str(refusal))
        return show_claim(request, public_id, recoup_form=form, status=REFUSED)
    messages.success(request, f"The pharmacy is told. The next payment from {made.due_on:%-d %b %Y} on takes it.")
    return redirect("pbm:claim", public_id)


@require_POST
@requires(P.CLAIM_PAY)
def withdraw(request, public_id):
    found = get_object_or_404(Recoupment.objects.visible_to(request.user).select_related("claim"), public_id=public_id)
    try:
        adjudicate.withdraw_recoupment(recoupment=found, by=request.user)
    except CannotAdjudicate as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The notice is withdrawn; nothing will be taken.")
    return redirect("pbm:recoupments")
