"""How long a delivery's list of touched patients stays: it is there for the evaluation that follows the load."""

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.parameters.parameter import Parameter

from . import storage
from .models import Delivery, TouchedPatient, Upload

TOUCHED_DAYS = Parameter(
    "claims.touched_days",
    default=14,
    unit="days",
    low=1,
    high=365,
    why="The evaluation follows a load within minutes; two weeks cover a worker that stood still over a holiday. House rule.",
)

UPLOAD_DAYS = Parameter(
    "claims.upload_days",
    default=7,
    unit="days",
    low=1,
    high=90,
    why="A file in parts that nobody went on with for a week will not be completed; its bytes are patient data. House rule.",
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
    uploads = _forget_uploads(payer, today)
    record(event="claims.tidied", by=by, target=payer, count=gone, detail={"before": before, "uploads": uploads})
    return gone


def _forget_uploads(payer, today):
    """Uploads in parts that were begun too long ago, completed or not; their parts go with them."""
    before = today - timedelta(days=UPLOAD_DAYS.on(today))
    storage.forget_old_parts(datetime.combine(before, time.min, UTC).timestamp())
    old = Upload.objects.filter(payer=payer, begun_at__date__lt=before)
    parts = list(old.values_list("part", flat=True))
    transaction.on_commit(lambda: [storage.forget_part(part) for part in parts])
    return old.filter(part__in=parts).delete()[0]
