"""Health, for administrators: each check with what to do, the queues, and the work that was given up."""

import redis
from django.conf import settings
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.operations import figures
from carecoord.operations import health as checks
from carecoord.schedule import QUEUES

from ..site import render_page

SEVERITY = {checks.OK: "ok", checks.WARNING: "high", checks.FAILING: "urgent"}
CHECKS = (Column("Check"), Column("State"), Column("Since (UTC)"), Column("What to do"))
WAITING = (
    Column("Queue"), Column("Work waiting", css="num"), Column("Oldest due for", css="num"), Column("Messages", css="num"),
    Column("Time limit", css="num"),
)  # fmt: skip
FAILED = (Column("Topic"), Column("Given up", css="num"), Column("First (UTC)"))


@require_safe
@requires(P.SYSTEM_VIEW)
def health(request):
    found = {
        "section": "health",
        "findings": [(each, SEVERITY[each.state]) for each in (*checks.everything(), checks.webhooks(request.user))],
        "check_columns": headings(CHECKS, query=request.GET),
        "queue_columns": headings(WAITING, query=request.GET),
        "queues": _queues(),
        "failed_columns": headings(FAILED, query=request.GET),
        "failed": figures.given_up(),
    }
    return render_page(request, "pbm/system.html", found)


def _queues():
    """(name, rows, minutes that the oldest is due, messages or None, minutes a piece may take)."""
    lengths = _messages()
    return [
        (name, rows, seconds // 60, lengths.get(name), QUEUES[name].soft_seconds // 60)
        for name, (rows, seconds) in figures.waiting().items()
    ]


def _messages():
    """Queue -> messages; nothing when there is no broker to ask, which a check above says."""
    try:
        return checks.queue_lengths() if settings.BROKER_URL else {}
    except redis.RedisError:
        return {}
