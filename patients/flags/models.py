"""Flags: reasons to act, on the worklist of the pharmacy that can. Raised, kept and closed by one pass."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import NOT_SENSITIVE, OWN_PAYERS, OWN_PHARMACY, Both, Via, may
from patients.models import EDIT, READ, Patient, of_its_member, through_access
from pharmacies.models import Pharmacy


class Flag(PublicModel):
    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DISMISSED = "dismissed", "Dismissed"
        CLOSED = "closed", "Closed"

    class Severity(models.TextChoices):
        URGENT = "urgent", "Urgent"
        HIGH = "high", "High"
        ROUTINE = "routine", "Routine"

    class Who(models.TextChoices):
        PHARMACIST = "pharmacist", "Pharmacist"
        ANYONE = "anyone", "Pharmacist or technician"

    class Segment(models.TextChoices):
        """Kinds of patients that a pharmacist may want to see together; how they are told: segments.py."""

        NEAR_MISS = "near_miss", "Near miss"
        ABANDONED = "abandoned", "Stopped filling"
        FIRST_FILL_ONLY = "first_fill_only", "First fill only"
        RECENT_DISCHARGE = "recent_discharge", "Home from hospital"

    class Dismissal(models.TextChoices):
        """Reasons that say what happened without spoiling quality data."""

        DONE = "already_done", "Already done"
        NOT_FOUND = "not_found", "Cannot be reached"
        MOVED = "moved_pharmacy", "Uses another pharmacy"
        NOT_APPROPRIATE = "not_appropriate", "Not appropriate for this patient"
        STOPPED = "stopped_by_prescriber", "Stopped by the prescriber"
        DECLINED = "declined", "Patient declined"
        DECEASED = "deceased", "Patient has died"

    TRANSITIONS = {
        Status.OPEN: {Status.DISMISSED, Status.CLOSED},
        Status.DISMISSED: {Status.OPEN, Status.CLOSED},
        Status.CLOSED: set(),
    }

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="flags")
    raised_for = models.ForeignKey(
        Patient,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        help_text="The former record under which it was raised, while another one holds the person.",
    )
    rule = models.CharField(max_length=40)
    measure = models.CharField(max_length=30, blank=True)
    year = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    severity = models.CharField(max_length=10, choices=Severity)
    reason = models.TextField(help_text="The sentence with the numbers.")
    do = models.TextField(help_text="What to do.")
    headline = models.CharField(max_length=80, help_text="The number that matters, short: 'PDC 71%, 9 days left'.")
    who = models.CharField(max_length=10, choices=Who, default=Who.PHARMACIST, db_default=Who.PHARMACIST)
    segments = ArrayField(models.CharField(max_length=20, choices=Segment), default=list, db_default=[])
    due_on = models.DateField(null=True)
    rank = models.IntegerField(help_text="Higher first; the sum in `arithmetic`.")
    arithmetic = models.JSONField(default=list, help_text="How the rank was added up: [label, points].")
    value_cents = models.IntegerField(
        default=0, help_text="What the pharmacy is paid for the service that it calls for."
    )
    evidence = models.JSONField(default=dict, help_text="Numbers, days and claims behind the sentence.")
    evidence_key = models.CharField(max_length=64, help_text="A person's closing is respected until this changes.")
    sensitivity = models.SmallIntegerField(db_default=0, default=0, help_text="1: substance use.")
    raised_at = models.DateTimeField(default=timezone.now)
    refreshed_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="The person who settled it; none: the pass."
    )
    dismissal = models.CharField(max_length=30, choices=Dismissal, blank=True)
    dismissed_until = models.DateField(null=True)
    assigned_to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    walls = {
        "portal": may(
            "select, update (status, assigned_to_id, dismissal, dismissed_until, closed_at, closed_by_id)",
            Both((OWN_PHARMACY, NOT_SENSITIVE)),
            check=Both((OWN_PHARMACY, through_access(), NOT_SENSITIVE)),
        ),
        "pbm": may(READ, Both((OWN_PAYERS, NOT_SENSITIVE))),
        "worker": may(EDIT, OWN_PAYERS),
    }
    phi = frozenset(
        [
            "patient",
            "raised_for",
            "rule",
            "measure",
            "year",
            "severity",
            "reason",
            "do",
            "headline",
            "who",
            "sensitivity",
            "segments",
            "due_on",
            "rank",
            "arithmetic",
            "evidence",
            "evidence_key",
            "dismissal",
            "dismissed_until",
        ]
    )
    plain = frozenset(
        [
            "payer",
            "pharmacy",
            "status",
            "value_cents",
            "raised_at",
            "refreshed_at",
            "closed_at",
            "closed_by",
            "assigned_to",
        ]
    )

    class Meta:
        indexes = [
            models.Index(fields=["pharmacy", "-rank", "id"], condition=Q(status="open"), name="worklist"),
            models.Index(fields=["raised_for"], condition=~Q(raised_for=None), name="flags_of_former_records"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "patient", "pharmacy", "rule", "measure", "year"],
                condition=~Q(status="closed"),
                name="one_live_flag",
            ),
            models.UniqueConstraint(fields=["pharmacy", "id"], name="flag_of_pharmacy"),
            models.CheckConstraint(
                condition=Q(status="dismissed") & ~Q(dismissal="") | ~Q(status="dismissed") & Q(dismissal=""),
                name="dismissed_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="closed") & ~Q(closed_at=None) | ~Q(status="closed") & Q(closed_at=None),
                name="closed_flags_have_a_time",
            ),
            of_its_member("flag_about_its_member"),
        ]

    def __str__(self):
        return self.headline


OF_A_FLAG_THAT_MAY_BE_SEEN = Via("flags.Flag", NOT_SENSITIVE, here="flag_id", there="id")
"""`why` repeats the sentence of the flag."""


class FlagChange(TenantModel):
    """Every change of a flag: who (none: the pass), when, from, to, why."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    flag = models.ForeignKey(Flag, models.PROTECT, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, null=True)
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    why = models.TextField(blank=True)

    walls = {
        "portal": may("select, insert", Both((OWN_PHARMACY, OF_A_FLAG_THAT_MAY_BE_SEEN))),
        "pbm": may(READ, Both((OWN_PAYERS, OF_A_FLAG_THAT_MAY_BE_SEEN))),
        "worker": may("select, insert", OWN_PAYERS),
    }
    phi = frozenset({"flag", "why"})
    plain = frozenset({"payer", "pharmacy", "at", "by", "from_status", "to_status"})
    audit = "count"

    class Meta:
        constraints = [
            SameTenant(
                fields=["pharmacy_id", "flag_id"],
                to="flags_flag",
                to_fields=["pharmacy_id", "id"],
                name="change_of_its_flag",
            )
        ]
