"""How long a delivery's list of touched patients stays: it is there for the evaluation that follows the load."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.parameters.parameter import Parameter

from .models import Delivery, TouchedPatient

TOUCHED_DAYS = Parameter(
    "claims.touched_days",
    default=14,
    unit="days",
    low=1,
    high=365,
    why="The evaluation follows a load within minutes; two weeks cover a worker that stood still over a holiday. House rule.",
)


@audited
def tidy(*, payer, today: date, by=None) -> int:
    """Forgets whom old deliveries touched; returns how many rows went. What work still waits for stays."""
    before = today - timedelta(days=TOUCHED_DAYS.on(today))
    at_work = Outbox.objects.filter(payer_id=payer.pk, done_at=None).values_list("subject_id", "detail")
    busy = {detail.get("delivery", subject_id) for subject_id, detail in at_work}
    settled = Delivery.objects.filter(Q(withdrawn_at=None) | Q(withdrawn_at__date__lt=before), payer=payer)
    settled = settled.filter(loaded_at__date__lt=before).exclude(pk__in=busy - {None})
    touched = TouchedPatient.objects.filter(Exists(settled.filter(pk=OuterRef("delivery_id"))), payer=payer)
    gone = touched.delete()[0]
    record(event="claims.tidied", by=by, target=payer, count=gone, detail={"before": before})
    return gone
