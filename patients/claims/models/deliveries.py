"""What came in, and what became of it: deliveries, rejected lines, repeated lines, and the patients that a load touched."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import ApiClient, Organisation
from carecoord.kernel.tenancy.models import PublicModel, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, may
from patients.models import ALL, EDIT, READ
from pharmacies.models import Pharmacy


class Delivery(PublicModel):
    """One file from one payer. Its bytes are on disk until it is loaded; its counts add up to its lines."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        LOADING = "loading", "Loading"
        LOADED = "loaded", "Loaded"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Stage(models.TextChoices):
        """Where a load is; empty before it begins and after it ends."""

        READING = "reading", "Reading the lines"
        WAITING = "waiting", "Waiting for another load of this payer"
        MERGING = "merging", "Merging with what is known"

    payer = models.ForeignKey(Organisation, models.PROTECT)
    client = models.ForeignKey(ApiClient, models.PROTECT, null=True)
    format = models.CharField(max_length=30)
    kind = models.CharField(
        max_length=120, blank=True, help_text="What it holds, such as pharmacy_claim; several kinds are joined by +."
    )
    file_name = models.CharField(max_length=200, blank=True)
    stored_as = models.CharField(
        max_length=80, help_text="File name in the deliveries folder; never made from what a client sent."
    )
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    idempotency_key = models.CharField(max_length=200, null=True)
    replay_of = models.ForeignKey(
        "self", models.PROTECT, null=True, help_text="The delivery whose bytes these are, too."
    )
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    refusal = models.TextField(blank=True, help_text="Why the whole file was refused, in a sentence.")
    stage = models.CharField(max_length=10, choices=Stage, blank=True, default="", db_default="")
    lines_so_far = models.BigIntegerField(default=0, db_default=0, help_text="Read by a load that is under way.")
    received_at = models.DateTimeField(default=timezone.now)
    loaded_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    lines = models.IntegerField(default=0, help_text="Data records: the header and blank lines are not counted.")
    loaded = models.IntegerField(default=0)
    waiting = models.IntegerField(default=0)
    repeated = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    conflicting = models.IntegerField(default=0)
    notes = models.JSONField(default=dict, help_text="What the data lack, by code: how many lines.")
    drift = models.JSONField(default=dict, help_text="Columns missing, unknown, reordered.")
    totals = models.JSONField(
        default=dict, help_text="Of the rows that were not rejected, by kind: how many, and sums."
    )

    walls = {
        "pbm": may("select, insert, update", OWN_PAYERS),
        "api": may("select, insert", OWN_PAYERS),
        "worker": may(EDIT, OWN_PAYERS),
    }
    phi = frozenset({"file_name"})
    plain = frozenset(
        [
            "payer",
            "client",
            "format",
            "kind",
            "stored_as",
            "sha256",
            "size_bytes",
            "idempotency_key",
            "replay_of",
            "state",
            "refusal",
            "stage",
            "lines_so_far",
            "received_at",
            "loaded_at",
            "withdrawn_at",
            "lines",
            "loaded",
            "waiting",
            "repeated",
            "rejected",
            "conflicting",
            "notes",
            "drift",
            "totals",
        ]
    )

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["payer", "-id"], name="deliveries_newest")]
        constraints = [
            models.UniqueConstraint(fields=["payer", "id"], name="delivery_of_payer"),
            models.UniqueConstraint(
                fields=["client", "idempotency_key"], condition=~Q(idempotency_key=None), name="idempotency_key_once"
            ),
            models.CheckConstraint(
                name="every_line_accounted_for",
                condition=Q(
                    lines=models.F("loaded")
                    + models.F("waiting")
                    + models.F("repeated")
                    + models.F("rejected")
                    + models.F("conflicting")
                ),
            ),
        ]

    def __str__(self):
        return self.file_name or str(self.public_id)

    def as_received(self):
        """As it was before anybody read it: what its sender was told first. Not to be saved."""
        kept = ("public_id", "format", "file_name", "sha256", "size_bytes", "received_at")
        return Delivery(**{name: getattr(self, name) for name in kept})

    @property
    def is_under_way(self):
        """Whether asking again later may tell more."""
        return self.state in (self.State.RECEIVED, self.State.LOADING)

    @property
    def kinds(self):
        """The kinds of record in it; none before it is loaded."""
        return set(filter(None, self.kind.split("+")))

    @property
    def may_be_replayed(self):
        """Whether it has come to an end of its own; whether its bytes are still kept is another question."""
        return self.state in (self.State.LOADED, self.State.REFUSED) or (
            self.state == self.State.WITHDRAWN and not self.refusal
        )

    @property
    def may_be_tried_again(self):
        """Whether its load, or its withdrawal, was given up: a withdrawn delivery has a sentence only then."""
        return self.state == self.State.FAILED or (self.state == self.State.WITHDRAWN and bool(self.refusal))


class Crosswalk(TenantModel):
    """A feed's own pharmacy id -> a pharmacy of the directory."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    feed_pharmacy_id = models.CharField(max_length=60)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)

    walls = {"pbm": may(READ, OWN_PAYERS), "worker": may("select, insert, update, delete", OWN_PAYERS)}
    plain = frozenset({"payer", "feed_pharmacy_id", "pharmacy"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payer", "feed_pharmacy_id"], name="feed_pharmacy_id_once")]

    def __str__(self):
        return self.feed_pharmacy_id


class OfDelivery(TenantModel):
    """A row about a delivery, in numbers too large for foreign keys that are checked row by row."""

    payer = models.ForeignKey(Organisation, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    delivery = models.ForeignKey(Delivery, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")

    audit = "count"

    class Meta:
        abstract = True


class Reject(OfDelivery):
    """One fault of a rejected line; a line with three faults has three rows. Never holds what stood in the line."""

    line_number = models.BigIntegerField(help_text="The header is line 1.")
    field = models.CharField(max_length=60, help_text="The column as the feed names it, or 'line'.")
    code = models.CharField(max_length=40)
    message = models.TextField()
    digest = models.CharField(max_length=64, help_text="sha256 of the line's bytes, to find it in the sender's file.")

    walls = {"pbm": may(READ, OWN_PAYERS), "api": may(READ, OWN_PAYERS), "worker": may(ALL, OWN_PAYERS)}
    plain = frozenset(["payer", "delivery", "line_number", "field", "code", "message", "digest"])

    class Meta:
        indexes = [models.Index(fields=["delivery", "line_number"], name="rejects_of_delivery")]


class Repeat(OfDelivery):
    """A line that says again what an event in the set says: the event stays while any delivery that says so stays."""

    kind = models.CharField(max_length=30)
    event_id = models.BigIntegerField()
    line_number = models.BigIntegerField()

    walls = {"pbm": may(READ, OWN_PAYERS), "worker": may(ALL, OWN_PAYERS)}
    plain = frozenset(["payer", "delivery", "kind", "event_id", "line_number"])

    class Meta:
        indexes = [
            models.Index(fields=["delivery"], name="repeats_of_delivery"),
            models.Index(fields=["event_id", "kind"], name="repeats_of_event"),
        ]


class TouchedPatient(OfDelivery):
    """A patient whose facts or coverage a delivery changed, by coming or by being withdrawn: to be evaluated anew."""

    patient = models.ForeignKey(
        "patients.Patient", models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+"
    )

    walls = {"worker": may(ALL, OWN_PAYERS)}
    phi = frozenset({"patient"})
    plain = frozenset({"payer", "delivery"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "patient"], name="touched_once")]
