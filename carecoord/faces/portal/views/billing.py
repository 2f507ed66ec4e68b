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
from pharmacies.billing import actions as billing_actions
from pharmacies.billing import queries as billing
from pharmacies.billing.actions import CannotBill
from pharmacies.billing.models import Remittance, ServiceClaim

from ..claim_forms import CorrectionForm, VoidForm
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
CHIPS = {
    "held": "high",
    "submitted": "routine",
    "pended": "high",
    "approved": "info",
    "denied": "urgent",
    "paid": "ok",
    "voided": "info",
    "replaced": "info",
}
NOTICES = {
    "open": "The payer takes money back",
    "settled": "Taken back by the payer",
    "withdrawn": "A notice that the payer withdrew",
}
PLB = (Column("Reason"), Column("Reference"), Column("Why"), Column("Less", css="num"))
CAN_CORRECT = ("denied", "approved", "paid")
MAY_BE_PAID = ("held", "submitted", "pended", "approved")
CAN_VOID = ("held", "submitted", "pended", "approved", "paid")


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
        sums=[
            _added(totals, "Together"),
            _added([t for t in totals if t.status not in OVER], "Of it, what still stands"),
        ],
        remittances=[_remitted(each) for each in billing.remittances_of(request.user, limit=20)],
        notices=[_notice(each) for each in billing.notices_of(request.user, status="open", limit=20)],
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
    return _claim_page(request, found)


@portal_page(Permission.BILLING_MEND)
def correct(request, public_id):
    """A correction in place of a decided claim: what is known now, and the units as they are put here."""
    row = get_object_or_404(ServiceClaim.objects.visible_to(request.user), public_id=public_id)
    found = billing.claim_of(request.user, public_id)
    form = CorrectionForm(request.POST or None, lines=found.lines)
    if form.is_valid():
        try:
            made = bill.correct(claim=row, units=form.units(), note=form.cleaned_data["note"], by=request.user)
        except CannotBill as why:
            messages.error(request, str(why))
            return _claim_page(request, found, form=form)
        held = made.status == ServiceClaim.Status.HELD
        say = messages.warning if held else messages.success
        say(
            request,
            f"Correction {made.number} is held; what is wrong stands below."
            if held
            else f"Correction {made.number} was sent.",
        )
        return redirect("portal:claim", public_id=made.public_id)
    return _claim_page(request, found, form=form)


@require_POST
@portal_page(Permission.ENCOUNTER_COMPLETE)
def void(request, public_id):
    """Withdraws a claim, with a reason."""
    found = get_object_or_404(ServiceClaim.objects.visible_to(request.user), public_id=public_id)
    form = VoidForm(request.POST, auto_id="void_%s")
    made = None
    if form.is_valid():
        try:
            made = billing_actions.void(claim=found, reason=form.cleaned_data["reason"], by=request.user)
        except CannotBill as why:
            messages.error(request, str(why))
    if made is None:
        return _claim_page(request, billing.claim_of(request.user, public_id), void_form=form)
    asked = made.pk != found.pk
    messages.success(request, "The payer was asked to void the claim." if asked else "The claim is withdrawn.")
    return redirect("portal:claim", public_id=made.public_id)


def _claim_page(request, found, *, form=None, void_form=None):
    (row,) = claim_rows(request, [found])
    free = found.frequency != ServiceClaim.Frequency.VOID and found.follower is None
    may = request.user.may
    notices = [_notice(each) for each in billing.notices_of(request.user, claim=found.id, limit=20)]
    asks = found.status == "pended" or any(each["it"].status == "open" for each in notices)
    return show(
        request,
        "portal/billing/claim.html",
        "billing",
        row=row,
        claim=found,
        can_correct=free and found.status in CAN_CORRECT and may(Permission.BILLING_MEND),
        can_void=free and found.status in CAN_VOID and may(Permission.ENCOUNTER_COMPLETE),
        correction=form or CorrectionForm(lines=found.lines),
        void_form=void_form or VoidForm(auto_id="void_%s"),
        is_correcting=form is not None,
        notices=notices,
        who_answers=billing.who_answers(request.user, found.payer_id) if asks else "",
    )


@require_POST
@portal_page(Permission.BILLING_MEND)
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
            "cuts": _cuts(line),
        }
        for line in found.lines
    ]
    others = [{"it": each, "amount": dollars(each.amount_cents)} for each in found.provider_level]
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
        others=others,
        other_headings=headings(PLB, query=request.GET),
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
            "approved": dollars(each.approved_cents) if each.is_decided else "",
            "paid": dollars(each.paid_cents) if each.status == "paid" or each.paid_cents else "",
            "paid_words": _paid(each, each.paid_cents),
            "recouped": dollars(each.recouped_cents) if each.recouped_cents else "",
            "remittance_href": reverse("portal:remittance", args=[each.remittance_ref]) if each.remittance_ref else "",
            "lines": [
                (
                    x,
                    dollars(x.charge_cents),
                    dollars(x.approved_cents) if each.is_decided else "",
                    _paid(each, x.paid_cents),
                    _cuts(x),
                )
                for x in each.lines
            ],
        }
        for each in found
    ]


def _paid(claim, cents):
    """What was paid of a claim or a line, or whether anything still may be."""
    if claim.status == "paid" or cents:
        return dollars(cents)
    may_come = claim.status in MAY_BE_PAID and claim.frequency != ServiceClaim.Frequency.VOID
    return "not yet" if may_come else "none"


def _cuts(line):
    return [f"{dollars(cut.amount_cents)} {cut.group} {cut.words}" for cut in line.adjustments]


def _notice(each):
    href = reverse("portal:remittance", args=[each.remittance_ref]) if each.remittance_ref else ""
    claim = reverse("portal:claim", args=[each.claim_ref])
    told = {"it": each, "title": NOTICES[each.status], "amount": dollars(each.amount_cents)}
    return told | {"claim_href": claim, "remittance_href": href}


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


SUMS = ("charge_cents", "approved_cents", "paid_cents", "recouped_cents")
OVER = ("voided", "replaced")
"""What another claim has taken the place of: of the sums, it is no longer owed or earned."""


def _total(each):
    money = {name: dollars(getattr(each, name)) for name in SUMS}
    return {"label": each.label, "chip": CHIPS[each.status], "claims": each.claims} | money


def _added(totals, label):
    """The row under the totals: counts and sums of some of them."""
    return {"label": label, "claims": sum(t.claims for t in totals)} | {
        name: dollars(sum(getattr(t, name) for t in totals)) for name in SUMS
    }


def _remitted(each):
    return {"it": each, "href": reverse("portal:remittance", args=[each.public_id]), "total": dollars(each.total_cents)}
