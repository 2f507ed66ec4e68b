"""How long the record of done work stays."""

from datetime import timedelta

from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.parameters.parameter import Parameter

from .models import Lease, Outbox

DONE_DAYS = Parameter(
    "jobs.done_days",
    default=30,
    unit="days",
    low=3,
    high=365,
    why="Long enough to see what a worker did last month; a key that was used is not used again after that. House rule.",
)


@audited
def tidy(*, by=None):
    """Deletes rows of work that was done, and leases, of long ago; returns how many. Work that was given up stays: a person must look."""
    now = timezone.now()
    before = now - timedelta(days=DONE_DAYS.on(timezone.localdate()))
    gone = Outbox.objects.filter(done_at__lt=before).delete()[0] + Lease.objects.filter(slot__lt=before).delete()[0]
    record(event="jobs.tidied", by=by, count=gone)
    return gone
