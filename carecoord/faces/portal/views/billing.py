"""Service claims and remittances, as the pharmacy sees them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, Page, headings
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.audit import actions as audit
from carecoord.kernel.money import dollars
from patients.care import bill, protocols
from patients.models import Patient
from pharmacies.billing import queries as billing
from pharmacies.billing.actions import CannotBill
from pharmacies.billing.models import Remittance, ServiceClaim

from ..page import portal_page, show
from ..sheet import sheet

PAGE, ALL = 50, 100_000
COLUMNS = (
    Column("Claim"),
    Column("Patient"),
    Column("Service"),
    Column("Day"),
    Column("Status"),
    Column("Charged", css="num"),
    Column("Paid", css="num"),
)
LINES = (
    Column("Claim"),
    Column("Patient"),
    Column("Service"),
    Column("Day"),
    Column("Charged", css="num"),
    Column("Adjusted", css="num"),
    Column("Paid", css="num"),
)
CHIPS = {"held": "high", "submitted": "routine", "approved": "info", "denied": "urgent", "paid": "ok"}


@require_safe
@portal_page(Permission.BILLING_VIEW)
def claims(request):
    """Claims by status, newest first, and remittances. The totals count every claim of the pharmacy."""
    status, before = _status(request), _number(request.GET.get("before"))
    totals = billing.totals_by_status(request.user)
    found = billing.claims_of(request.user, status=status, before=before, limit=PAGE + 1)
    kept = f"status={status}&" if status else ""
    has_more, found = len(found) > PAGE, found[:PAGE]
    return show(
        request,
        "portal/billing/page.html",
        "billing",
        rows=claim_rows(request, found),
        headings=headings(COLUMNS, query=request.GET),
        page=Page(f"{len(found)} shown", next_href=f"?{kept}before={found[-1].id}" if has_more else ""),
        filters=_filters(totals, status),
        totals=[_total(each) for each in totals],
        together=_together(totals),
        remittances=[_remitted(each) for each in billing.remittances_of(request.user, limit=20)],
        csv_href=f"{reverse('portal:billing_csv')}{'?status=' + status if status else ''}",
        is_filtered=bool(status),
    )


@require_safe
@portal_page(Permission.BILLING_VIEW)
def export(request):
    """One row a service line, as CSV."""
    found = billing.claims_of(request.user, status=_status(request), limit=ALL)
    _note_read(request, {claim.patient_ref for claim in found})
    rows = [_csv_row(claim, line) for claim in found for line in claim.lines]
    audit.record(
        event="billing.exported", by=request.user, count=len(rows), detail={"status": _status(request) or "all"}
    )
    return sheet("service-claims", CSV_COLUMNS, rows)


CSV_COLUMNS = (
    "claim",
    "status",
    "patient",
    "member_id",
    "payer",
    "service_on",
    "code",
    "units",
    "charged",
    "approved",
    "paid",
    "remittance",
)


def _csv_row(claim, line):
    money = (f"{cents // 100}.{cents % 100:02d}" for cents in (line.charge_cents, line.approved_cents, line.paid_cents))
    return (
        claim.number,
        claim.status,
        claim.patient_name,
        claim.member_id,
        claim.payer_name,
        claim.service_on,
        line.code,
        line.units,
        *money,
        claim.remittance_number,
    )


@require_safe
@portal_page(Permission.BILLING_VIEW)
def claim(request, public_id):
    try:
        found = billing.claim_of(request.user, public_id)
    except ServiceClaim.DoesNotExist as none:
        raise Http404 from none
    (row,) = claim_rows(request, [found])
    return show(request, "portal/billing/claim.html", "billing", row=row, claim=found)


@require_POST
@portal_page(Permission.ENCOUNTER_COMPLETE)
def resubmit(request, public_id):
    """A held claim once more, with the patient's cover as it is known now."""
    found = get_object_or_404(ServiceClaim.objects.visible_to(request.user), public_id=public_id)
    try:
        found = bill.send_again(claim=found, by=request.user)
    except CannotBill as why:
        messages.error(request, str(why))
    else:
        if found.status == ServiceClaim.Status.HELD:
            messages.warning(request, "The claim is still held; what is wrong stands below.")
        else:
            messages.success(request, f"Claim {found.number} was sent.")
    return redirect("portal:claim", public_id=public_id)


@require_safe
@portal_page(Permission.BILLING_VIEW)
def remittance(request, public_id):
    try:
        found = billing.remittance_of(request.user, public_id)
    except Remittance.DoesNotExist as none:
        raise Http404 from none
    _note_read(request, found.patient_refs)
    lines = [
        {
            "it": line,
            "href": reverse("portal:claim", args=[line.claim_ref]),
            "charged": dollars(line.charge_cents),
            "adjusted": dollars(line.adjustment_cents),
            "paid": dollars(line.paid_cents),
        }
        for line in found.lines
    ]
    sums = {
        name: dollars(sum(getattr(line, name) for line in found.lines))
        for name in ("charge_cents", "adjustment_cents", "paid_cents")
    }
    return show(
        request,
        "portal/billing/remittance.html",
        "billing",
        remittance=found.row,
        total=dollars(found.row.total_cents),
        lines=lines,
        sums=sums,
        headings=headings(LINES, query=request.GET),
    )


def claim_rows(request, found):
    """Claims for the table: links, words and dollars. Patients that may not be seen any more keep their name, without a link."""
    here = _note_read(request, {each.patient_ref for each in found})
    return [
        {
            "it": each,
            "href": reverse("portal:claim", args=[each.public_id]),
            "patient_href": reverse("portal:patient", args=[each.patient_ref]) if each.patient_ref in here else "",
            "visit_href": reverse("portal:encounter", args=[each.encounter_ref]),
            "service": protocols.title(each.protocol) if each.protocol else ", ".join(x.code for x in each.lines),
            "chip": CHIPS[each.status],
            "charged": dollars(each.charge_cents),
            "approved": dollars(each.approved_cents),
            "paid": dollars(each.paid_cents) if each.status == "paid" else "",
            "remittance_href": reverse("portal:remittance", args=[each.remittance_ref]) if each.remittance_ref else "",
            "lines": [
                (x, dollars(x.charge_cents), dollars(x.approved_cents), dollars(x.paid_cents)) for x in each.lines
            ],
        }
        for each in found
    ]


def _note_read(request, refs):
    """The request's read event names whose claims are shown. Returns the refs of those who may still be seen."""
    audit.saw(refs=refs)
    here = Patient.objects.visible_to(request.user).filter(public_id__in=refs)
    return set(here.values_list("public_id", flat=True))


def _status(request):
    asked = request.GET.get("status", "")
    return asked if asked in ServiceClaim.Status.values else None


def _number(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


def _filters(totals, status):
    every = {"label": "All", "href": "?", "count": sum(each.claims for each in totals), "current": not status}
    return [every] + [
        {"label": each.label, "href": f"?status={each.status}", "count": each.claims, "current": each.status == status}
        for each in totals
    ]


def _total(each):
    money = {name: dollars(getattr(each, name)) for name in ("charge_cents", "approved_cents", "paid_cents")}
    return {"label": each.label, "chip": CHIPS[each.status], "claims": each.claims} | money


def _together(totals):
    names = ("charge_cents", "approved_cents", "paid_cents")
    return {"claims": sum(t.claims for t in totals)} | {n: dollars(sum(getattr(t, n) for t in totals)) for n in names}


def _remitted(each):
    return {"it": each, "href": reverse("portal:remittance", args=[each.public_id]), "total": dollars(each.total_cents)}
