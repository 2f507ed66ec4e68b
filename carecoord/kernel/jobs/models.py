"""Work to do, and whose. No patient data, so no wall: the worker reads it before it knows the payer."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.tenancy.models import ReferenceModel


class Outbox(ReferenceModel):
    """One piece of work, written in the transaction that caused it. PostgreSQL is the truth; the broker only wakes workers."""

    topic = models.CharField(
        max_length=60, help_text="What happened; carecoord/schedule.py says which function follows."
    )
    payer_id = models.BigIntegerField(
        null=True, help_text="The payer whose rows the work may see; none for housekeeping."
    )
    subject_id = models.BigIntegerField(null=True, help_text="The id of the row that it is about.")
    detail = models.JSONField(default=dict, help_text="Ids, dates and codes only.")
    key = models.CharField(
        max_length=120, null=True, unique=True, help_text="Asked for twice under one key, it is done once."
    )
    created_at = models.DateTimeField(default=timezone.now)
    next_try_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True, help_text="Given up after MAX_TRIES; a person must look.")
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    grants = {
        "portal": "insert, select",
        "pbm": "insert, select",
        "api": "insert, select",
        "auditor": "select",
        "worker": "insert, select, update, delete",
    }

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at", "id"], condition=Q(done_at=None, failed_at=None), name="outbox_queue"),
            models.Index(fields=["topic", "subject_id"], name="outbox_subject"),
        ]

    def __str__(self):
        return f"{self.topic} {self.subject_id or ''}"


class Lease(ReferenceModel):
    """A periodic job's slot: whoever inserts it runs the job, so that any number of beats is harmless."""

    job = models.CharField(max_length=60)
    slot = models.DateTimeField()
    taken_at = models.DateTimeField(default=timezone.now)

    grants = {"worker": "select, insert, delete"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="one_run_a_slot")]
