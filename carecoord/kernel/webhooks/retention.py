"""How long messages and the record of their tries stay."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.parameters.parameter import Parameter

from .actions.endpoints import wake
from .models import Attempt, Endpoint, Message, Secret

WAITING = Message.State.WAITING

DAYS = Parameter(
    "webhooks.days",
    default=30,
    unit="days",
    low=7,
    high=365,
    why="A receiver that was down is found within the month, and its messages can be sent again until then. House rule.",
)


@audited
def tidy(*, payer, today: date, by=None) -> int:
    """Deletes old tries, old messages that came to an end, and secrets that are no longer used; returns how many rows went."""
    before = today - timedelta(days=DAYS.on(today))
    ended = Message.objects.filter(payer=payer, created_at__date__lt=before).exclude(state=WAITING)
    old = Attempt.objects.filter(payer=payer, at__date__lt=before)
    spent = Secret.objects.filter(payer=payer, until__date__lt=before)
    for endpoint in Endpoint.objects.filter(
        Exists(Message.objects.filter(endpoint=OuterRef("pk"), state=WAITING)), payer=payer
    ):
        wake(endpoint)  # should their work have been lost
    gone = old.delete()[0] + ended.delete()[0] + spent.delete()[0]
    record(event="webhooks.tidied", by=by, target=payer, count=gone, detail={"before": before})
    return gone
