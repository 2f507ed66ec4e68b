"""Service claims: the queue, the decision, the payment, the remittance."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, Page, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import saw
from pharmacies.billing import adjudicate, queries
from pharmacies.billing.adjudicate import CannotAdjudicate
from pharmacies.billing.models import Remittance, ServiceClaim

from ..roster import today
from ..site import render_page, tabs

PAGE = 50
COLUMNS = (
    Column("Select", is_hidden=True), Column("Claim"), Column("Patient"), Column("Pharmacy", css="lower"), Column("Day of service"),
    Column("Services", css="low"), Column("Charge", css="num"), Column("Approved", css="num"), Column("Status"),
)  # fmt: skip
LINE_COLUMNS = (
    Column("Claim"), Column("Patient"), Column("Day of service"), Column("Service"), Column("Units", css="num"),
    Column("Charge", css="num"), Column("Adjustment", css="num"), Column("Paid", css="num"),
)  # fmt: skip
REMITTANCE_COLUMNS = (
    Column("Remittance"), Column("Pharmacy"), Column("Payer"), Column("Paid on"), Column("Claims", css="num"), Column("Total", css="num"),
)  # fmt: skip
NEEDED = {
    "approve": P.CLAIM_ADJUDICATE,
    "deny": P.CLAIM_ADJUDICATE,
    "send_back": P.CLAIM_ADJUDICATE,
    "pay": P.CLAIM_PAY,
}


class Filter(forms.Form):
    status = forms.ChoiceField(choices=[("all", "All"), *ServiceClaim.Status.choices], required=False)
    before = forms.IntegerField(min_value=1, required=False)


class Decision(forms.Form):
    """`selected` are public ids; `paid_on` is asked for a payment, `reason` for a refusal."""

    action = forms.ChoiceField(choices=[(name, name) for name in NEEDED])
    reason = forms.CharField(max_length=1000, required=False)
    paid_on = forms.DateField(required=False)


@require_safe
@requires(P.CLAIM_VIEW)
def queue(request):
    form = Filter(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    status = given.get("status") or "submitted"
    chosen, before = (None if status == "all" else status), given.get("before")
    totals = queries.totals_by_status(request.user)
    rows = queries.claims_of(request.user, status=chosen, before=before, limit=PAGE + 1)
    page, rows = _page(rows, request, "claims"), rows[:PAGE]
    saw(refs=[row.patient_ref for row in rows])
    found = {
        "section": "claims",
        "tabs": tabs("claims", "pbm:claims"),
        "segments": _segments(totals, status),
        "columns": headings(COLUMNS, query=request.GET),
        "rows": rows,
        "page": page,
        "status": status,
        "today": today(),
    }
    return render_page(request, "pbm/claims.html", found | _rights(request.user))


@require_safe
@requires(P.CLAIM_VIEW)
def detail(request, public_id):
    claim = get_object_or_404(queries.visible_claims(request.user), public_id=public_id)
    saw(refs=[claim.patient_ref])
    found = {
        "section": "claims",
        "claim": queries.billed(claim),
        "snapshot": claim.snapshot,
        "contract": claim.contract,
        "results": claim.edit_results.all(),
        "changes": claim.changes.select_related("by"),
        "today": today(),
        "can_become": {str(status) for status in ServiceClaim.TRANSITIONS[claim.status]},
    }
    return render_page(request, "pbm/claim.html", found | _rights(request.user))


@require_POST
@requires(P.CLAIM_ADJUDICATE, P.CLAIM_PAY)
def decide(request):
    claims = _selected(request)
    form = Decision(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose what to do with the selected claims.")
        return redirect("pbm:claims")
    action = form.cleaned_data["action"]
    if not request.user.may(NEEDED[action]):
        raise PermissionDenied
    try:
        with transaction.atomic():
            return _done(request, action, claims, form.cleaned_data)
    except CannotAdjudicate as refusal:
        messages.error(request, str(refusal))
        return redirect(_back_to(claims))


@require_safe
@requires(P.CLAIM_VIEW)
def remittances(request):
    form = Filter(request.GET)
    before = form.cleaned_data.get("before") if form.is_valid() else None
    rows = queries.remittances_of(request.user, before=before, limit=PAGE + 1)
    found = {
        "section": "claims",
        "tabs": tabs("claims", "pbm:remittances"),
        "columns": headings(REMITTANCE_COLUMNS, query=request.GET),
        "rows": rows[:PAGE],
        "page": _page(rows, request, "remittances"),
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
    found = {"section": "claims", "sheet": sheet, "columns": headings(LINE_COLUMNS, query=request.GET)}
    return render_page(request, "pbm/remittance.html", found)


def _done(request, action, claims, given):
    by = request.user
    if action == "pay":
        paid = adjudicate.pay(claims=claims, paid_on=given["paid_on"] or today(), by=by)
        messages.success(request, f"Paid {_count(claims)} with {len(paid)} remittance{'s' if len(paid) > 1 else ''}.")
        return redirect("pbm:remittance", paid[0].public_id) if len(paid) == 1 else redirect("pbm:remittances")
    if action == "approve":
        adjudicate.approve(claims=claims, by=by)
        messages.success(request, f"Approved {_count(claims)}.")
    elif not claims:
        raise CannotAdjudicate("Select at least one claim.")
    else:
        refuse = {"deny": adjudicate.deny, "send_back": adjudicate.send_back}[action]
        for claim in claims:
            refuse(claim=claim, reason=given["reason"], by=by)
        messages.success(request, f"{'Denied' if action == 'deny' else 'Sent back'} {_count(claims)}.")
    return redirect(_back_to(claims))


def _selected(request):
    """The claims that were ticked, in key order. One that is not there, or not theirs, is a 404 for all."""
    wanted = set(request.POST.getlist("selected"))
    field = forms.UUIDField()
    try:
        keys = {field.clean(text) for text in wanted}
    except forms.ValidationError:
        raise Http404
    found = list(ServiceClaim.objects.visible_to(request.user).filter(public_id__in=keys).order_by("pk"))
    if len(found) != len(keys):
        raise Http404
    return found


def _back_to(claims):
    return reverse("pbm:claim", args=[claims[0].public_id]) if len(claims) == 1 else reverse("pbm:claims")


def _count(claims):
    return f"{len(claims)} claim{'' if len(claims) == 1 else 's'}"


def _rights(user):
    return {"may_adjudicate": user.may(P.CLAIM_ADJUDICATE), "may_pay": user.may(P.CLAIM_PAY)}


def _segments(totals, status):
    counted = [(total.status, total.label, total.claims) for total in totals]
    shown = [*counted, ("all", "All", sum(count for *_, count in counted))]
    return [
        {"label": label, "href": f"?status={code}", "count": count, "current": code == status}
        for code, label, count in shown
    ]


def _page(rows, request, what):
    """The sentence under a list, and the way to the next page: the key of the last row, and the filters as they were."""
    query = request.GET.copy()
    if len(rows) > PAGE:
        query["before"] = rows[PAGE - 1].id
    more = f"?{query.urlencode()}" if len(rows) > PAGE else ""
    first = "?" + _without(request.GET, "before") if request.GET.get("before") else ""
    return Page(shown=f"{min(len(rows), PAGE)} {what}, newest first", next_href=more, previous_href=first)


def _without(query, name):
    kept = query.copy()
    kept.pop(name, None)
    return kept.urlencode()
