"""Deliveries: what came, what was rejected line by line, as a file too; taking one back, trying one again that failed, and
loading one once more."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carecoord.faces.components.tables import Column, counted, headings
from carecoord.faces.fields import Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.claims import actions, health
from patients.claims.models import Delivery, Reject

from .. import delivery_page, exports
from ..doing import do
from ..paging import page_of
from ..site import csv_response, render_page, tabs

COLUMNS = (
    Column("Received", "received"), Column("Payer"), Column("File"), Column("State"), Column("Lines", "lines", "num"),
    Column("Loaded", css="num low"), Column("Waiting", css="num low"), Column("Repeated", css="num low"),
    Column("Rejected", "rejected", "num"), Column("Conflicting", css="num lower"),
)  # fmt: skip
SORTS = {"received": "received_at", "lines": "lines", "rejected": "rejected"}


HEALTH_COLUMNS = (
    Column("Feed"), Column("How it is"), Column("Last file"), Column("Usual days between", css="num low"),
    Column("Rejected", css="num low"), Column("Conflicting", css="num lower"), Column("Waiting too long", css="num lower"),
)  # fmt: skip


class DeliveryFilter(forms.Form):
    payer = forms.ModelChoiceField(Organisation.objects.none(), required=False, empty_label="Any", to_field_name="code")
    state = forms.ChoiceField(choices=[("", "Any"), *Delivery.State.choices], required=False)
    trouble = forms.ChoiceField(
        choices=[("", "Any"), ("rejects", "With rejected lines"), ("failed", "Refused or failed")],
        required=False,
        label="Trouble",
    )

    def __init__(self, data, *, user):
        super().__init__(data)
        mine = Delivery.objects.visible_to(user).values("payer")
        self.fields["payer"].queryset = Organisation.objects.filter(pk__in=mine).order_by("name")


def deliveries(request):
    """The changelist of deliveries; `requires` stands around it in RoomAdmin."""
    form, rows, page = DeliveryFilter(request.GET, user=request.user), [], None
    if form.is_valid():
        found = _found(request.user, **form.cleaned_data).select_related("payer")
        rows, page = page_of(
            found, request.GET, sorts=SORTS, default="-received", noun="delivery", several="deliveries"
        )
    shown = {
        "form": form,
        "rows": rows,
        "page": page,
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "worrying": [feed for feed in health.feeds(visible_to=request.user, today=timezone.localdate()) if feed.worry],
        "columns": headings(COLUMNS, query=request.GET, default="-received"),
        "may_manage_sandboxes": request.user.may(P.SANDBOX_MANAGE),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:claims_delivery_changelist"),
    }
    return render_page(request, "pbm/deliveries.html", shown, status=200 if form.is_valid() else 400)


@require_safe
@requires(P.DELIVERY_VIEW)
def feed_health(request):
    """Each feed: when it came last, how often it does, and what is wrong with it."""
    today = timezone.localdate()
    found = health.feeds(visible_to=request.user, today=today)
    record(event="feed_health.read", by=request.user, count=len(found))
    shown = {
        "feeds": [
            vars(feed) | {"rejected": f"{feed.reject_rate:.1%}", "conflicting": f"{feed.conflict_rate:.1%}"}
            for feed in found
        ],
        "look_back": health.LOOK_BACK,
        "fewest_days": health.FEWEST_DAYS,
        "waiting_days": health.WAITING_DAYS.on(today),
        "columns": headings(HEALTH_COLUMNS, query=request.GET),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:feed_health"),
    }
    return render_page(request, "pbm/feed_health.html", shown)


def _found(user, *, payer=None, state="", trouble=""):
    rows = Delivery.objects.visible_to(user)
    rows = rows.filter(payer=payer) if payer else rows
    rows = rows.filter(state=state) if state else rows
    if trouble == "rejects":
        return rows.filter(rejected__gt=0)
    return rows.filter(state__in=("refused", "failed")) if trouble else rows


@require_safe
@requires(P.DELIVERY_VIEW)
def rejects(request, public_id):
    return rejects_of(request, public_id)


def rejects_of(request, public_id):
    """Every fault of a delivery: line, field, code, sentence. What the line said is not in it."""
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
    found = Reject.objects.visible_to(request.user).filter(delivery=delivery).order_by("line_number", "pk")
    rows = list(found.values_list("line_number", "field", "code", "message"))
    record(event="delivery.rejects_exported", by=request.user, target=delivery, count=len(rows))
    return csv_response(f"rejects-{delivery.public_id}.csv", exports.lines(("line", "field", "code", "message"), rows))


LINE_COLUMNS = (Column("Line", css="num"), Column("What is wrong"), Column("SHA-256", css="low"))


class GroupFilter(forms.Form):
    code = forms.CharField(max_length=40)
    field = forms.CharField(max_length=60)


@require_safe
@requires(P.DELIVERY_VIEW)
def reject_lines(request, public_id):
    """The lines of one group: one code in one field."""
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
    form, rows, page = GroupFilter(request.GET), [], None
    if form.is_valid():
        found = Reject.objects.visible_to(request.user).filter(delivery=delivery, **form.cleaned_data)
        rows, page = page_of(found, request.GET, sorts={"line": "line_number"}, default="line", noun="fault")
    record(event="delivery.rejects_read", by=request.user, target=delivery, count=len(rows))
    shown = {
        "delivery": delivery,
        "code": form.cleaned_data.get("code", ""),
        "field": form.cleaned_data.get("field", ""),
        "told_at": delivery_page.told_at(delivery, form.cleaned_data.get("field", "")),
        "rows": rows,
        "page": page,
        "columns": headings(LINE_COLUMNS, query=request.GET),
        "section": "feeds",
        "tabs": tabs("feeds", "pbm:claims_delivery_changelist"),
    }
    return render_page(request, "pbm/reject_lines.html", shown, status=200 if form.is_valid() else 400)


class Looks(forms.Form):
    looks = forms.IntegerField(min_value=0, max_value=delivery_page.MOST_LOOKS)


@require_safe
@requires(P.DELIVERY_VIEW)
def progress(request, public_id):
    """How far it is, for the page that asks again by itself; the whole page anew when it has come to its end."""
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
    asked = Looks(request.GET)
    looks = asked.cleaned_data["looks"] if asked.is_valid() else delivery_page.MOST_LOOKS
    told = delivery_page.progress(delivery, looks=looks)
    if not told["is_under_way"] and request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "pbm/_delivery_progress.html", told | {"original": delivery})


class Withdrawal(forms.Form):
    reason = Words(max_length=500, error_messages={"required": "Say why the delivery is withdrawn."})


@require_http_methods(["GET", "POST"])
@requires(P.DELIVERY_WITHDRAW)
def withdraw(request, public_id):
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
    return do(
        request,
        Withdrawal(request.POST or None),
        lambda **given: actions.withdraw(delivery=delivery, by=request.user, **given),
        heading=f"Withdraw {delivery.file_name or 'this delivery'}",
        intro=f"{counted(delivery.lines, 'line')} of this file {'is' if delivery.lines == 1 else 'are'} taken back, as if it "
        "had never come. Lines that another delivery repeats stay.",
        said="Withdrawn. What it had told is folded again in the background.",
        to=_page_of(delivery),
        section="feeds",
        button="Yes, withdraw it",
        kind="danger",
    )


@require_POST
@requires(P.DELIVERY_WITHDRAW)
def try_again(request, public_id):
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
    try:
        actions.try_again(delivery=delivery, by=request.user)
    except actions.CannotTryAgain as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Handed to the workers once more.")
    return redirect(_page_of(delivery))


class Replay(forms.Form):
    reason = Words(max_length=500, error_messages={"required": "Say why the file is loaded once more."})


@require_http_methods(["GET", "POST"])
@requires(P.DELIVERY_WITHDRAW)
def replay(request, public_id):
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), public_id=public_id)
    return do(
        request,
        Replay(request.POST or None),
        lambda **given: actions.replay(delivery=delivery, by=request.user, **given),
        heading=f"Replay {delivery.file_name or 'this delivery'}",
        intro="The same bytes are loaded once more, as a new delivery; this one stays as it is. Lines that stand already are "
        "repeats. Lines that were rejected, refused or taken back are judged anew.",
        said="Handed to the workers. The new delivery is named below, under Replays.",
        to=_page_of(delivery),
        section="feeds",
        button="Yes, load it once more",
    )


def _page_of(delivery):
    return reverse("pbm:claims_delivery_change", args=[delivery.public_id])
