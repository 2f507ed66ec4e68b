"""The act: an encounter under a protocol, documented once."""

from django.db import models
from django.db.models import Q, Value
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, Both, Is, may
from patients.flags.models import Flag
from patients.models import READ, Patient, made_here, of_its_member
from pharmacies.models import Pharmacy


class Encounter(PublicModel):
    """A service under way or done. `answers` is the protocol's form as typed; it is frozen when completed."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        COMPLETED = "completed", "Completed"
        DISCARDED = "discarded", "Discarded"

    TRANSITIONS = {
        Status.DRAFT: {Status.COMPLETED, Status.DISCARDED},
        Status.COMPLETED: set(),
        Status.DISCARDED: {Status.DRAFT},
    }

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="encounters")
    flag = models.ForeignKey(Flag, models.PROTECT, null=True, related_name="encounters")
    protocol = models.CharField(max_length=30)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    answers = models.JSONField(default=dict)
    result = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        help_text="What the answers came to when it was completed, and the limits that it was judged by.",
    )
    revision = models.IntegerField(
        default=0, help_text="Grows with every save, so that two windows do not overwrite each other."
    )
    service_on = models.DateField()
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)
    completed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    completed_at = models.DateTimeField(null=True)

    walls = {
        "portal": made_here(
            "select, insert, update (flag_id, answers, result, revision, service_on, saved_at, status, completed_by_id, "
            "completed_at)",
            change=Both((OWN_PHARMACY, Is("status", ("draft", "discarded")))),
        ),
        "pbm": may(READ, OWN_PAYERS),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"patient", "flag", "protocol", "answers", "result", "service_on"})
    plain = frozenset(
        [
            "payer",
            "pharmacy",
            "status",
            "revision",
            "started_by",
            "started_at",
            "saved_at",
            "completed_by",
            "completed_at",
        ]
    )

    class Meta:
        indexes = [models.Index(fields=["pharmacy", "-service_on", "-id"], name="encounters_newest")]
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "id"], name="encounter_of_pharmacy"),
            models.UniqueConstraint(
                fields=["pharmacy", "patient", "protocol"], condition=Q(status="draft"), name="one_open_draft"
            ),
            models.CheckConstraint(
                condition=Q(status="completed") & ~Q(completed_at=None) & ~Q(completed_by=None)
                | ~Q(status="completed") & Q(completed_at=None) & Q(completed_by=None),
                name="completed_by_somebody",
            ),
            of_its_member("encounter_with_its_member"),
            SameTenant(
                fields=["pharmacy_id", "flag_id"],
                to="flags_flag",
                to_fields=["pharmacy_id", "id"],
                name="encounter_about_its_flag",
            ),
        ]


class EncounterChange(TenantModel):
    """Every change of an encounter's status."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    encounter = models.ForeignKey(Encounter, models.PROTECT, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT)
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)

    walls = {"portal": may("select, insert", OWN_PHARMACY), "pbm": may(READ, OWN_PAYERS)}
    phi = frozenset({"encounter"})
    plain = frozenset(["pharmacy", "payer", "at", "by", "from_status", "to_status"])
    audit = "count"

    class Meta:
        constraints = [
            SameTenant(
                fields=["pharmacy_id", "encounter_id"],
                to="care_encounter",
                to_fields=["pharmacy_id", "id"],
                name="change_of_its_encounter",
            )
        ]
