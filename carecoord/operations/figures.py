"""Counts for /metrics and the Health page: no names, no ids, nothing small enough to point at a person but the counts' own."""

from collections import Counter
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context
from carecoord.schedule import QUEUES, queue_of
from patients.claims.models import Delivery
from patients.flags.models import Flag
from pharmacies.billing.models import ServiceClaim

LAST_LOADS = 20
MOST_WAITING = 20_000


def of_all_payers():
    """Deliveries by state, open flags, service claims by status, lines a second of the last loads. Counted once a minute
    by a worker: a web process may see one organisation's rows at a time, and a scrape should cost nothing."""
    with context.logged_in("worker"):
        payers = Organisation.objects.filter(kind=Organisation.Kind.PAYER, is_sandbox=False).values_list(
            "pk", flat=True
        )
        scope = context.Scope(role="pbm", payer_ids=tuple(payers))
        loads = list(
            Outbox.objects.filter(topic="delivery.received").exclude(done_at=None).order_by("-pk")[:LAST_LOADS]
        )
    with context.acting_as(scope):
        lines = dict(Delivery.objects.filter(pk__in=[row.subject_id for row in loads]).values_list("pk", "lines"))
        return {
            "deliveries": _by(Delivery.objects, "state"),
            "flags_open": Flag.objects.filter(status=Flag.Status.OPEN).count(),
            "claims": _by(ServiceClaim.objects, "status"),
            "lines_per_second": [
                round(lines.get(row.subject_id, 0) / max((row.done_at - row.started_at).total_seconds(), 0.001))
                for row in loads
            ],
        }


def _by(rows, field):
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))


def waiting():
    """queue -> (rows that wait, seconds that the oldest of them has been due)."""
    now, counted, oldest = timezone.now(), Counter(dict.fromkeys(QUEUES, 0)), dict.fromkeys(QUEUES, timedelta(0))
    undone = Outbox.objects.filter(done_at=None, failed_at=None).order_by("next_try_at", "id")
    for topic, detail, due_at in undone.values_list("topic", "detail", "next_try_at")[:MOST_WAITING]:
        name = queue_of(topic, detail)
        counted[name] += 1
        oldest[name] = max(oldest[name], now - due_at)
    return {name: (counted[name], round(oldest[name].total_seconds())) for name in QUEUES}


def given_up():
    """(topic, how many, when the first) of the outbox rows that nobody tries any more."""
    rows = Outbox.objects.exclude(failed_at=None).order_by("topic", "failed_at").values_list("topic", "failed_at")
    found = {}
    for topic, failed_at in rows[:MOST_WAITING]:
        count, first = found.get(topic, (0, failed_at))
        found[topic] = (count + 1, first)
    return [(topic, count, first) for topic, (count, first) in found.items()]
