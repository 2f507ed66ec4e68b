"""What people decided: about records that came twice with one key and other words, and about who is the same person."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, may

from .events import Action


class ConflictRuling(PublicModel):
    """Of the events with one key, the `chosen` words stand and the words of `against` do not count, as long as an event that
    says the chosen words is there. Words that came later are in neither: they are a new conflict."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    table = models.CharField(max_length=20, help_text="The event model, such as pharmacyevent.")
    record_id = models.TextField(db_collation="C")
    record_line = models.IntegerField()
    version = models.IntegerField(null=True)
    action = models.SmallIntegerField(choices=Action)
    chosen = models.UUIDField(help_text="The content hash of what stands.")
    against = ArrayField(models.UUIDField(), help_text="Content hashes of what does not.")
    reason = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    walls = {
        "pbm": may("select, insert, update", OWN_PAYERS),
        "worker": may("select, insert, update", OWN_PAYERS),
    }
    phi = frozenset({"record_id"})
    plain = frozenset(
        [
            "payer",
            "table",
            "record_line",
            "version",
            "action",
            "chosen",
            "against",
            "reason",
            "by",
            "at",
            "revoked_by",
            "revoked_at",
        ]
    )

    class Meta:
        indexes = [models.Index(fields=["payer", "-id"], name="rulings_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "table", "record_id", "record_line", "version", "action"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="one_ruling_of_a_conflict",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="ruling_has_a_reason"),
        ]

    def __str__(self):
        return f"{self.table} {self.record_id}"


class PersonRuling(PublicModel):
    """Two ids of a payer are one person's, or two persons', whatever feeds say. `one_id` sorts before `other_id`."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    one_id = models.TextField(db_collation="C")
    other_id = models.TextField(db_collation="C")
    is_same = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    walls = {
        "pbm": may("select, insert, update", OWN_PAYERS),
        "worker": may("select, insert, update", OWN_PAYERS),
    }
    phi = frozenset({"one_id", "other_id"})
    plain = frozenset(["payer", "is_same", "reason", "by", "at", "revoked_by", "revoked_at"])

    class Meta:
        indexes = [
            models.Index(fields=["payer", "-id"], name="person_rulings_newest"),
            models.Index(fields=["payer", "other_id"], name="person_rulings_of_other"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "one_id", "other_id"], condition=Q(revoked_at=None), name="one_ruling_of_a_pair"
            ),
            models.CheckConstraint(condition=Q(one_id__lt=models.F("other_id")), name="pair_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="person_ruling_has_a_reason"),
        ]

    def __str__(self):
        return f"{self.one_id}, {self.other_id}"
