"""Webhooks: whom the payers' systems are told at, how that goes, and each message with its tries. Their changes: webhook_changes."""

import json

from django import forms
from django.db.models import Count, OuterRef, Q, Subquery
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from carecoord.kernel.webhooks import dispatch, retention
from carecoord.kernel.webhooks.models import AllowedHost, Attempt, Endpoint, Message

from ..paging import page_of
from ..roster import today
from ..site import render_page, tabs

COLUMNS = (
    Column("Endpoint"), Column("Payer", css="low"), Column("State"), Column("Last success (UTC)", css="low"),
    Column("Failing since (UTC)", css="low"), Column("Waiting", css="num"), Column("Failed", css="num"),
)  # fmt: skip
MESSAGE_COLUMNS = (
    Column("When (UTC)", "when"), Column("What"), Column("State"), Column("Tries", css="num low"), Column("Last try"),
)  # fmt: skip
TRY_COLUMNS = (Column("When (UTC)"), Column("Answer"), Column("Took", css="num"), Column("What it said"))
HOST_COLUMNS = (
    Column("Host"), Column("Payer"), Column("Why", css="low"), Column("Added", css="low"), Column("Change", is_hidden=True),
)  # fmt: skip
WORDS = {
    "on": ("ok", "On"),
    "late": ("high", "Trying again"),
    "failing": ("urgent", "Failing"),
    "off": ("info", "Off"),
    "removed": ("info", "Removed"),
}
"""State of an endpoint -> chip."""
ENDS = {"waiting": "routine", "sent": "ok", "failed": "urgent"}


@require_safe
@requires(P.DELIVERY_VIEW)
def endpoints(request):
    user = request.user
    found = Endpoint.objects.visible_to(user).filter(removed_at=None).select_related("health", "client", "payer")
    found = found.annotate(
        waiting=Count("messages", filter=Q(messages__state="waiting")),
        failed=Count("messages", filter=Q(messages__state="failed")),
    )
    rows = list(found.order_by("payer__name", "pk"))
    record(event="webhooks.read", by=user, count=len(rows))
    shown = {
        "rows": [(row, *WORDS[row.state]) for row in rows],
        "columns": headings(COLUMNS, query=request.GET),
        "may_change": user.may(P.WEBHOOK_MANAGE),
        "has_hosts": AllowedHost.objects.visible_to(user).exists(),
    }
    return render_page(request, "pbm/webhooks.html", shown | _place())


class MessageFilter(forms.Form):
    state = forms.ChoiceField(choices=[("", "Any"), *Message.State.choices], required=False)


@require_safe
@requires(P.DELIVERY_VIEW)
def endpoint(request, public_id):
    user = request.user
    found = get_object_or_404(
        Endpoint.objects.visible_to(user).select_related("health", "client", "payer", "created_by"),
        public_id=public_id,
    )
    form, rows, page = MessageFilter(request.GET), [], None
    if form.is_valid():
        asked = _messages(user, found, **form.cleaned_data)
        rows, page = page_of(asked, request.GET, sorts={"when": "created_at"}, default="-when", noun="message")
    record(event="webhook.read", by=user, target=found)
    shown = {
        "endpoint": found,
        "chip": WORDS[found.state],
        "facts": _facts(found),
        "form": form,
        "is_filtered": bool(form.data.get("state")),
        "rows": [(row, ENDS[row.state]) for row in rows],
        "page": page,
        "columns": headings(MESSAGE_COLUMNS, query=request.GET, default="-when"),
        "may_change": user.may(P.WEBHOOK_MANAGE) and not found.removed_at,
        "days": retention.DAYS.on(today()),
    }
    return render_page(request, "pbm/webhook.html", shown | _place(), status=200 if form.is_valid() else 400)


def _messages(user, endpoint, *, state=""):
    last = Attempt.objects.filter(message=OuterRef("pk")).order_by("-pk")
    rows = Message.objects.visible_to(user).filter(endpoint=endpoint)
    rows = rows.filter(state=state) if state else rows
    told = {name: Subquery(last.values(name)[:1]) for name in ("status", "fault")}
    return rows.annotate(last_status=told["status"], last_fault=told["fault"])


def _facts(found):
    health = found.health
    moments = {
        "Last success (UTC)": health.last_success_at,
        "Failing since (UTC)": health.failing_since,
        "Gave up first (UTC)": health.gave_up_at,
    }
    return [
        ("Payer", found.payer.name),
        ("Client", f"{found.client.name}, {found.client.client_id}"),
        ("Told of", ", ".join(found.types) or "everything"),
        *([("Note", found.note)] if found.note else []),
        ("Registered", f"{_moment(found.created_at)} by {found.created_by or 'a command'}"),
        *((label, _moment(at)) for label, at in moments.items() if at),
        *([("Switched off because", found.off_because)] if found.off_because else []),
    ]


def _moment(at):
    return f"{at:%-d %b %Y, %-I:%M %p}"


@require_safe
@requires(P.DELIVERY_VIEW)
def message(request, public_id):
    user = request.user
    found = get_object_or_404(Message.objects.visible_to(user).select_related("endpoint__client"), public_id=public_id)
    record(event="webhook_message.read", by=user, target=found)
    shown = {
        "message": found,
        "severity": ENDS[found.state],
        "body": json.dumps(json.loads(found.body), indent=2, ensure_ascii=False),
        "tries": list(Attempt.objects.visible_to(user).filter(message=found).order_by("-pk")),
        "columns": headings(TRY_COLUMNS, query=request.GET),
        "most_tries": len(dispatch.PAUSES) + 1,
        "may_send": user.may(P.WEBHOOK_MANAGE) and found.endpoint.is_on and not found.endpoint.removed_at,
    }
    return render_page(request, "pbm/webhook_message.html", shown | _place())


@require_safe
@requires(P.DELIVERY_VIEW)
def hosts(request):
    user = request.user
    rows = list(AllowedHost.objects.visible_to(user).select_related("payer", "added_by").order_by("host", "port", "pk"))
    record(event="webhook_hosts.read", by=user, count=len(rows))
    shown = {
        "rows": rows,
        "columns": headings(HOST_COLUMNS, query=request.GET),
        "may_change": user.may(P.WEBHOOK_MANAGE),
    }
    return render_page(request, "pbm/webhook_hosts.html", shown | _place())


def _place():
    return {"section": "feeds", "tabs": tabs("feeds", "pbm:webhooks")}
