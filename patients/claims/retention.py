"""What is kept of deliveries for a while only: their lists of touched patients, for the evaluation that follows the load,
and the bytes of files that were refused, withdrawn or loaded with rejects, for whoever looks at them or replays them."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.parameters.parameter import Parameter

from . import storage
from .models import Delivery, TouchedPatient

TOUCHED_DAYS = Parameter(
    "claims.touched_days",
    default=14,
    unit="days",
    low=1,
    high=365,
    why="The evaluation follows a load within minutes; two weeks cover a worker that stood still over a holiday. House rule.",
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
    files = _forget_bytes(payer, today)
    record(event="claims.tidied", by=by, target=payer, count=gone, detail={"before": before, "files": files})
    return gone


def _forget_bytes(payer, today):
    """Removes the bytes of files that came to their end and are old. Returns how many there were."""
    old = Delivery.objects.filter(
        payer=payer, state__in=ENDED, received_at__date__lt=today - timedelta(days=BYTES_DAYS.on(today))
    )
    names = [name for name in old.values_list("stored_as", flat=True) if storage.is_kept(name)]
    for name in names:
        transaction.on_commit(lambda name=name: storage.forget(name))
    return len(names)
