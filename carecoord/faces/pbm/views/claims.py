"""Service claims: the queue, the claim, the decision."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, Page, counted, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import saw
from carecoord.kernel.money import dollars
from patients.care import protocols
from pharmacies.billing import adjudicate, queries
from pharmacies.billing.adjudicate import CannotAdjudicate
from pharmacies.billing.models import ServiceClaim

from ..claim_forms import Decision, Lines, Queue, Recoup
from ..exports import lines as csv_lines
from ..roster import today
from ..site import csv_response, render_page, tabs

PAGE, ALL = 50, 100_000
REFUSED = 422
LINES_ID, RECOUP_ID = "lines_%s", "recoup_%s"
COLUMNS = (
    Column("Select", is_hidden=True), Column("Claim"), Column("Patient"), Column("Pharmacy", css="lower"), Column("Day of service"),
    Column("Services", css="low"), Column("Charge", css="num"), Column("Approved", css="num"), Column("Status"),
)  # fmt: skip
CSV_COLUMNS = (
    "claim", "control_number", "frequency", "status", "pharmacy", "payer", "member_id", "service_on", "code", "units", "charged",
    "approved", "paid", "reasons",
)  # fmt: skip
NEEDED = {
    "approve": P.CLAIM_ADJUDICATE,
    "deny": P.CLAIM_ADJUDICATE,
    "pend": P.CLAIM_ADJUDICATE,
    "release": P.CLAIM_ADJUDICATE,
    "send_back": P.CLAIM_ADJUDICATE,
    "pay": P.CLAIM_PAY,
}
DONE = {
    "approve": "Approved",
    "deny": "Denied",
    "pend": "Pended",
    "release": "Back in the queue:",
    "send_back": "Sent back",
}


@require_safe
@requires(P.CLAIM_VIEW)
def queue(request):
    return show_queue(request, Queue(request.GET))


def show_queue(request, form, *, refused=None, selected=(), status=200):
    """The page; `refused` is a Decision shown again, with the public ids that it was about still ticked."""
    asked, here = form.asked(), reverse("pbm:claims") if refused else ""
    rows = queries.claims_of(request.user, **asked, limit=PAGE + 1)
    page, rows = page_of(rows, request, "claim", here=here), rows[:PAGE]
    saw(refs=[row.patient_ref for row in rows])
    found = {
        "section": "claims",
        "tabs": tabs("claims", "pbm:claims"),
        "segments": _segments(request, asked["status"] or "all", here),
        "columns": headings(COLUMNS, query=request.GET),
        "rows": rows,
        "page": page,
        "filter": form,
        "is_filtered": any(asked[name] for name in ("pharmacy", "sent_before", "least_cents")),
        "forms": _forms(refused) | ({"deny": refused, "pay": refused} if refused else {}),  # here they are one form
        "selected": selected,
        "csv_href": f"{reverse('pbm:claims_export')}?{_without(request.GET, 'before')}",
    }
    return render_page(request, "pbm/claims.html", found | _rights(request.user), status=status)


@require_safe
@requires(P.CLAIM_VIEW)
def export(request):
    """One row a service line, with the filters of the queue."""
    found = queries.claims_of(request.user, **Queue(request.GET).asked(), limit=ALL)
    saw(refs=[claim.patient_ref for claim in found])
    rows = [_csv_row(claim, line) for claim in found for line in claim.lines]
    audit.record(event="claims.exported", by=request.user, count=len(rows))
    return csv_response("service-claims.csv", csv_lines(CSV_COLUMNS, rows))


@require_safe
@requires(P.CLAIM_VIEW)
def detail(request, public_id):
    return show_claim(request, public_id)


def show_claim(request, public_id, *, refused=None, lines_form=None, recoup_form=None, status=200):
    """The page of a claim; a form that was refused is shown again with what was typed."""
    claim = get_object_or_404(queries.visible_claims(request.user), public_id=public_id)
    saw(refs=[claim.patient_ref])
    billed = queries.billed(claim)
    findings = queries.findings_of(request.user, claim)
    found = {
        "section": "claims",
        "claim": billed,
        "snapshot": claim.snapshot,
        "contract": claim.contract,
        "findings": findings,
        "objections": [each for each in findings if each.message],
        "results": [each for each in claim.edit_results.all() if each.side == "pharmacy"],
        "changes": claim.changes.select_related("by"),
        "notices": queries.notices_of(request.user, claim=claim),
        "protocol": protocols.title(billed.protocol) if billed.protocol else "",
        "can_become": {str(status) for status in ServiceClaim.TRANSITIONS[claim.status]},
        "left_cents": claim.paid_cents - claim.recouped_cents if claim.status == "paid" else 0,
        "forms": _forms(refused),
        "lines_form": lines_form or Lines(lines=billed.lines, auto_id=LINES_ID),
        "recoup_form": recoup_form or Recoup(auto_id=RECOUP_ID),
    }
    return render_page(request, "pbm/claim.html", found | _rights(request.user), status=status)


@require_POST
@requires(P.CLAIM_ADJUDICATE, P.CLAIM_PAY)
def decide(request):
    claims = _selected(request)
    asked = request.POST.get("action")
    form = Decision(request.POST, actions=NEEDED, auto_id=f"{asked if asked in NEEDED else 'no'}_%s")
    if not form.is_valid():
        return _refused(request, claims, form, _first_error(form, "Choose what to do with the selected claims."))
    action = form.cleaned_data["action"]
    if not request.user.may(NEEDED[action]):
        raise PermissionDenied
    try:
        with transaction.atomic():
            return _done(request, action, claims, form.cleaned_data)
    except CannotAdjudicate as refusal:
        return _refused(request, claims, form, str(refusal))


def _refused(request, claims, form, sentence):
    """The page that the decision came from, with the sentence above it and the form as it was filled in."""
    messages.error(request, sentence)
    if len(claims) == 1 and "list" not in request.POST:
        return show_claim(request, claims[0].public_id, refused=form, status=REFUSED)
    chosen = {claim.public_id for claim in claims}
    return show_queue(request, Queue({"status": "all"}), refused=form, selected=chosen, status=REFUSED)


@require_POST
@requires(P.CLAIM_ADJUDICATE)
def decide_lines(request, public_id):
    """A decision line by line: approved in part, with the reason for the rest."""
    claim = get_object_or_404(queries.visible_claims(request.user), public_id=public_id)
    form = Lines(request.POST, lines=queries.billed(claim).lines, auto_id=LINES_ID)
    if not form.is_valid():
        messages.error(request, _first_error(form, "Write amounts such as 12.50."))
        return show_claim(request, public_id, lines_form=form, status=REFUSED)
    approved, cuts = form.decided()
    try:
        done = adjudicate.approve_in_part(
            claim=claim, approved=approved, cuts=cuts, despite=form.cleaned_data["despite"], by=request.user
        )
    except CannotAdjudicate as refusal:
        messages.error(request, str(refusal))
        return show_claim(request, public_id, lines_form=form, status=REFUSED)
    is_cut = done.status == ServiceClaim.Status.APPROVED and done.approved_cents < done.charge_cents
    of_all = f"Approved {dollars(done.approved_cents)} of {dollars(done.charge_cents)}."
    messages.success(request, of_all if is_cut else _said("approve", [done]))
    return redirect("pbm:claim", public_id)


def _done(request, action, claims, given):
    by = request.user
    if not claims:
        raise CannotAdjudicate("Select at least one claim.")
    if action == "pay":
        paid = adjudicate.pay(
            claims=claims,
            paid_on=given["paid_on"] or today(),
            method=given["method"] or "ACH",
            trace=given["trace"],
            by=by,
        )
        messages.success(request, f"Paid {_count(claims)} with {len(paid)} remittance{'s' if len(paid) > 1 else ''}.")
        return redirect("pbm:remittance", paid[0].public_id) if len(paid) == 1 else redirect("pbm:remittances")
    if action == "approve":
        done = adjudicate.approve(claims=claims, despite=given["despite"], by=by)
    else:
        done = [_decide_one(action, claim, given, by) for claim in claims]
    messages.success(request, _said(action, done))
    return redirect(_back_to(claims))


def _decide_one(action, claim, given, by):
    if action == "deny":
        codes = {"group": given["group"] or "CO", "carc": given["carc"], "rarc": given["rarc"]}
        return adjudicate.deny(claim=claim, reason=given["reason"], **codes, by=by)
    if action == "pend":
        return adjudicate.pend(claim=claim, wait=given["wait"], until=given["until"], reason=given["reason"], by=by)
    if action == "release":
        return adjudicate.release(claim=claim, by=by)
    return adjudicate.send_back(claim=claim, reason=given["reason"], by=by)


def _said(action, done):
    """What happened, in a sentence; approvals that wait for a second person are said to wait, and voids are accepted."""
    if action != "approve":
        return f"{DONE[action]} {_count(done)}."
    voids = [claim for claim in done if claim.frequency == ServiceClaim.Frequency.VOID]
    waiting = [claim for claim in done if claim.wait == ServiceClaim.Wait.SECOND_APPROVAL]
    approved = len(done) - len(voids) - len(waiting)
    said = [f"Approved {approved} claim{'' if approved == 1 else 's'}."] if approved else []
    said += [f"Accepted {len(voids)} void{'' if len(voids) == 1 else 's'}."] if voids else []
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        said.append(f"{_count(waiting)} above the limit {verb} for a second person.")
    return " ".join(said)


def _forms(refused=None):
    """The same questions stand several times on a page, so each form has names of its own for its fields."""
    start = {"paid_on": today(), "method": "ACH", "group": "CO"}
    made = {name: Decision(initial=start, auto_id=f"{name}_%s", actions=NEEDED) for name in NEEDED}
    return made | ({refused["action"].value(): refused} if refused and refused["action"].value() in made else {})


def _csv_row(claim, line):
    money = (f"{x // 100}.{x % 100:02d}" for x in (line.charge_cents, line.approved_cents, line.paid_cents))
    why = " ".join(f"{cut.group}{cut.carc}{cut.rarc and '/' + cut.rarc}" for cut in line.adjustments)
    head = (
        claim.number,
        claim.icn,
        claim.frequency,
        claim.status,
        claim.pharmacy_name,
        claim.payer_name,
        claim.member_id,
    )
    return (*head, claim.service_on, line.code, line.units, *money, why)


def _first_error(form, otherwise):
    """The first sentence of a form, with its field's name; `otherwise` where no action was named."""
    for name, errors in form.errors.items():
        return otherwise if name in ("action", "__all__") else f"{form.fields[name].label}: {errors[0]}"
    return otherwise


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


def _segments(request, status, here):
    """Every status with its count; the other filters stay."""
    kept = request.GET.copy()
    kept.pop("before", None)
    totals = queries.totals_by_status(request.user)
    counted = [(total.status, total.label, total.claims) for total in totals]
    shown = [*counted, ("all", "All", sum(count for *_, count in counted))]
    made = []
    for code, label, count in shown:
        kept["status"] = code
        href = f"{here}?{kept.urlencode()}"
        made.append({"label": label, "href": href, "count": count, "current": code == status})
    return made


def page_of(rows, request, noun, *, here=""):
    """The sentence under a list, and the way to the next page: the key of the last row, and the filters as they were."""
    query = request.GET.copy()
    if len(rows) > PAGE:
        query["before"] = rows[PAGE - 1].id
    more = f"{here}?{query.urlencode()}" if len(rows) > PAGE else ""
    first = f"{here}?" + _without(request.GET, "before") if request.GET.get("before") else ""
    return Page(shown=f"{counted(min(len(rows), PAGE), noun)}, newest first", next_href=more, previous_href=first)


def _without(query, name):
    kept = query.copy()
    kept.pop(name, None)
    return kept.urlencode()
