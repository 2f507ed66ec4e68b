"""Invoices: what is not invoiced yet, what was, and one of them as page, print and file."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import saw
from patients.models import Client
from patients.programs.models import Program
from pharmacies.billing import invoicing
from pharmacies.billing.invoicing import CannotInvoice
from pharmacies.billing.models import Invoice

from ..claim_forms import Queue
from ..exports import lines as csv_lines
from ..roster import today
from ..site import csv_response, render_page, tabs
from .claims import PAGE, page_of

OPEN_COLUMNS = (
    Column("Payer"), Column("Client"), Column("Programme"), Column("Lines", css="num"), Column("Amount", css="num"),
    Column("Issue", is_hidden=True),
)  # fmt: skip
COLUMNS = (
    Column("Invoice"), Column("Payer"), Column("Client"), Column("Programme"), Column("Month"), Column("Lines", css="num"),
    Column("Total", css="num"),
)  # fmt: skip
LINE_COLUMNS = (
    Column("Claim"), Column("Member"), Column("Pharmacy", css="low"), Column("Day of service"), Column("Service"),
    Column("Remittance", css="lower"), Column("Amount", css="num"),
)  # fmt: skip
CSV_COLUMNS = (
    "invoice", "claim", "member_id", "pharmacy", "service_on", "code", "label", "units", "remittance", "paid_on", "amount",
)  # fmt: skip


class Month(forms.Form):
    month = forms.DateField(
        label="Up to the end of",
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )


class Issue(Month):
    payer = forms.IntegerField()
    client = forms.CharField(max_length=60, required=False)
    program = forms.CharField(max_length=60, required=False)


@require_safe
@requires(P.CLAIM_VIEW)
def invoices(request):
    form = Month(request.GET if "month" in request.GET else None, initial={"month": today()})
    month = min(form.cleaned_data["month"], today()) if form.is_valid() else today()
    rows = invoicing.invoices_of(request.user, before=Queue(request.GET).asked()["before"], limit=PAGE + 1)
    found = {
        "section": "claims",
        "tabs": tabs("claims", "pbm:invoices"),
        "form": form,
        "month": month,
        "waiting": invoicing.to_invoice(request.user, month),
        "open_columns": headings(OPEN_COLUMNS, query=request.GET),
        "columns": headings(COLUMNS, query=request.GET),
        "rows": rows[:PAGE],
        "page": page_of(rows, request, "invoice"),
        "may_pay": request.user.may(P.CLAIM_PAY),
    } | _names(request.user)
    return render_page(request, "pbm/invoices.html", found)


@require_POST
@requires(P.CLAIM_PAY)
def issue(request):
    form = Issue(request.POST)
    payers = Organisation.objects.filter(pk__in=request.user.scope.payer_ids)
    if not form.is_valid() or not payers.filter(pk=form.cleaned_data["payer"]).exists():
        messages.error(request, "Choose what to invoice from the list.")
        return redirect("pbm:invoices")
    given = form.cleaned_data
    try:
        made = invoicing.issue(
            payer_id=given["payer"],
            client=given["client"],
            program=given["program"],
            month=given["month"],
            by=request.user,
        )
    except CannotInvoice as refusal:
        messages.error(request, str(refusal))
        return redirect("pbm:invoices")
    messages.success(request, f"Invoice {made.number} is issued.")
    return redirect("pbm:invoice", made.public_id)


@require_safe
@requires(P.CLAIM_VIEW)
def invoice(request, public_id):
    sheet = _sheet(request, public_id)
    found = {"section": "claims", "sheet": sheet, "columns": headings(LINE_COLUMNS, query=request.GET)}
    return render_page(request, "pbm/invoice.html", found | _names(request.user))


def _names(user):
    """What the codes in an invoice mean today; two payers' clients with one code keep the code."""
    clients = {}
    for code, name in Client.objects.visible_to(user).values_list("code", "name"):
        clients[code] = code if code in clients else name
    return {"clients": clients, "programs": dict(Program.objects.visible_to(user).values_list("code", "title"))}


@require_safe
@requires(P.CLAIM_VIEW)
def export(request, public_id):
    sheet = _sheet(request, public_id)
    audit.record(event="invoice.exported", by=request.user, count=len(sheet.lines))
    rows = [
        (
            sheet.row.number, x.claim_number, x.member_id, x.pharmacy_name, x.service_on, x.code, x.label,
            "" if x.units is None else x.units, x.remittance_number, x.paid_on, plain(x.amount_cents),
        )
        for x in sheet.lines
    ]  # fmt: skip
    return csv_response(f"invoice-{sheet.row.number}.csv", csv_lines(CSV_COLUMNS, rows))


def plain(cents):
    """-1250 -> '-12.50', for files."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _sheet(request, public_id):
    try:
        sheet = invoicing.invoice_of(request.user, public_id)
    except Invoice.DoesNotExist:
        raise Http404
    saw(refs=sheet.patient_refs)
    return sheet
