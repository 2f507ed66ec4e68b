"""The trail: who did or saw what, when, from where. No application role can change or remove a line of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from carecoord.kernel.tenancy.models import ReferenceModel, TenantModel
from carecoord.kernel.tenancy.rules import OWN_ORGANISATION, Either, Own, may


class OverlapsPayers(Own):
    """Events of work done for one of the auditor's payers, and of reads of their members, by whatever organisation."""

    def q(self, scope):
        return models.Q(payer_ids__overlap=list(scope.payer_ids))

    def sql(self, table):
        return f"{table}.payer_ids && (select app.payer_ids())::bigint[]"


SEEN_BY_ITS_ORGANISATION = Either((OWN_ORGANISATION, OverlapsPayers("payer_ids", "payer_ids")))


class AuditEvent(TenantModel):
    """Written by `record` and by statement triggers alone. `row_ids` is empty for bulk tables, where `row_count` says how many."""

    at = models.DateTimeField()
    login = models.TextField(help_text="The database log-in role.")
    event = models.TextField(help_text="Such as flag.dismissed, patient.read, or row.update for a trigger.")
    user_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    payer_ids = ArrayField(models.BigIntegerField(), default=list)
    request_id = models.UUIDField(null=True)
    ip = models.GenericIPAddressField(null=True)
    table_name = models.TextField(blank=True)
    row_ids = ArrayField(models.BigIntegerField(), default=list)
    row_count = models.IntegerField(default=0)
    patient_ids = ArrayField(models.BigIntegerField(), default=list)
    detail = models.JSONField(default=dict, help_text="Codes, counts and field names; never a patient's data.")

    transaction_id = models.BigIntegerField(
        default=0, db_index=True, help_text="The writing transaction's: when all below are over, they can be sealed."
    )

    walls = {"auditor": may("select", SEEN_BY_ITS_ORGANISATION)}
    phi = frozenset({"patient_ids"})
    plain = frozenset(
        [
            "at",
            "login",
            "event",
            "user_id",
            "organisation_id",
            "payer_ids",
            "request_id",
            "ip",
            "table_name",
            "row_ids",
            "row_count",
            "detail",
            "transaction_id",
        ]
    )
    audit = None

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="audit_of_organisation"),
            models.Index(fields=["-at"], name="audit_newest"),
        ]


class Seal(ReferenceModel):
    """The head of the hash chain after the events of some transactions, low <= transaction_id < high. Written by seals.py.

    `root` = sha256 over the root before, number|low|high, and each event in order of its key; in hexadecimal.
    """

    number = models.BigIntegerField(primary_key=True)
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    events = models.BigIntegerField()
    root = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    grants = {"auditor": "select", "worker": "select"}
    audit = None
