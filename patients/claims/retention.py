"""What is kept of deliveries for a while only: their lists of touched patients, for the evaluation that follows the load,
and the bytes of files that were refused, withdrawn or loaded with rejects, for whoever looks at them or replays them."""

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
BYTES_DAYS = Parameter(
    "claims.bytes_days",
    default=30,
    unit="days",
    low=1,
    high=365,
    why="A sender corrects a rejected file within the month; longer than that its bytes are patients' data without a use. House rule.",
)
ENDED = (Delivery.State.LOADED, Delivery.State.REFUSED, Delivery.State.WITHDRAWN)


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
    uploads, files = _forget_uploads(payer, today), _forget_bytes(payer, today)
    told = {"before": before, "uploads": uploads, "files": files}
    record(event="claims.tidied", by=by, target=payer, count=gone, detail=told)
    return gone


def _forget_uploads(payer, today):
    """Uploads in parts that were begun too long ago, completed or not; their parts go with them."""
    before = today - timedelta(days=UPLOAD_DAYS.on(today))
    storage.forget_old_parts(datetime.combine(before, time.min, UTC).timestamp())
    old = Upload.objects.filter(payer=payer, begun_at__date__lt=before)
    parts = list(old.values_list("part", flat=True))
    transaction.on_commit(lambda: [storage.forget_part(part) for part in parts])
    return old.filter(part__in=parts).delete()[0]


def _forget_bytes(payer, today):
    """Removes the bytes of files that came to their end and are old. Returns how many there were."""
    old = Delivery.objects.filter(
        payer=payer, state__in=ENDED, received_at__date__lt=today - timedelta(days=BYTES_DAYS.on(today))
    )
    names = [name for name in old.values_list("stored_as", flat=True) if storage.is_kept(name)]
    for name in names:
        transaction.on_commit(lambda name=name: storage.forget(name))
    return len(names)
