"""What feeds and pharmacies both record, as narrow facts that measures, flags and attribution read.

Days are integers, day 0 = 1 January 1970 (kernel/periods.py). Facts are rewritten for the patients that a delivery touched.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import ApiClient, Organisation
from carecoord.kernel.tenancy.models import PublicModel, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, may
from patients.models import EDIT, FROM_PAYER, MADE_HERE, READ, Patient, of_its_member
from pharmacies.models import Channel, Pharmacy


class Delivery(PublicModel):
    """One file from one payer. Its bytes are on disk until it is loaded; its counts add up to its lines."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        LOADING = "loading", "Loading"
        LOADED = "loaded", "Loaded"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    payer = models.ForeignKey(Organisation, models.PROTECT)
    client = models.ForeignKey(ApiClient, models.PROTECT, null=True)
    format = models.CharField(max_length=30)
    kind = models.CharField(
        max_length=30, blank=True, help_text="What the header says that it is, such as pharmacy_claim."
    )
    file_name = models.CharField(max_length=200, blank=True)
    stored_as = models.CharField(
        max_length=80, help_text="File name in the deliveries folder; never made from what a client sent."
    )
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    idempotency_key = models.CharField(max_length=200, null=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    refusal = models.TextField(blank=True, help_text="Why the whole file was refused, in a sentence.")
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

    walls = {
        "pbm": may("select, update", OWN_PAYERS),
        "api": may("select, insert", OWN_PAYERS),
        "worker": may(EDIT, OWN_PAYERS),
    }
    phi = frozenset({"file_name"})
    plain = frozenset(
        ["payer", "client", "format", "kind", "stored_as", "sha256", "size_bytes", "idempotency_key", "state", "refusal", "received_at", "loaded_at", "withdrawn_at", "lines", "loaded", "waiting", "repeated", "rejected", "conflicting", "notes", "drift"]
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


class Crosswalk(TenantModel):
    """A feed's own pharmacy id -> a pharmacy of the directory."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    feed_pharmacy_id = models.CharField(max_length=60)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)

    walls = {"pbm": may(READ, OWN_PAYERS), "worker": may("select, insert, update, delete", OWN_PAYERS)}
    plain = frozenset({"payer", "feed_pharmacy_id", "pharmacy"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payer", "feed_pharmacy_id"], name="feed_pharmacy_id_once")]


class Fact(TenantModel):
    """A narrow fact about a payer's member, folded from events. `event_id` names the event that it comes from."""

    payer = models.ForeignKey(Organisation, models.DO_NOTHING, db_index=False, db_constraint=False)
    patient = models.ForeignKey(Patient, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    event_id = models.BigIntegerField()

    walls = FROM_PAYER
    audit = "count"

    class Meta:
        abstract = True


class Fill(Fact):
    """One effective fill: paid, not reversed."""

    day = models.IntegerField(help_text="Date of service.")
    days_supply = models.SmallIntegerField(null=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    ndc = models.CharField(max_length=20)
    pharmacy = models.ForeignKey(
        Pharmacy, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    pharmacy_ref = models.CharField(max_length=60, blank=True, help_text="The pharmacy as the feed names it.")
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.RETAIL)
    prescriber_ref = models.CharField(max_length=60, blank=True)
    paid_cents = models.BigIntegerField(default=0)

    phi = frozenset(["patient", "day", "days_supply", "quantity", "ndc", "pharmacy", "pharmacy_ref", "channel", "prescriber_ref"])
    plain = frozenset(["payer", "event_id", "paid_cents"])

    class Meta:
        indexes = [
            models.Index(fields=["payer", "patient", "day"], name="fills_of_member"),
            models.Index(fields=["payer", "ndc"], name="fills_of_ndc"),
        ]
        constraints = [of_its_member("fill_of_its_member")]


class Stay(Fact):
    """A stay: `to_day` is the day of discharge, the first day that is not in it."""

    from_day = models.IntegerField()
    to_day = models.IntegerField()
    kind = models.CharField(max_length=10, help_text="inpatient, snf or hospice.")

    phi = frozenset(["patient", "from_day", "to_day", "kind"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "from_day"], name="stays_of_member")]
        constraints = [
            models.CheckConstraint(condition=Q(to_day__gte=models.F("from_day")), name="stay_days_in_order"),
            of_its_member("stay_of_its_member"),
        ]


class Diagnosis(Fact):
    """A coded diagnosis on a claim: upper case, no dot. Once a claim, whichever of its lines names it."""

    day = models.IntegerField()
    code = models.CharField(max_length=10)
    setting = models.CharField(max_length=10, help_text="inpatient, snf, hha, outpatient, carrier, dme, hospice.")

    phi = frozenset(["patient", "day", "code", "setting"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        verbose_name_plural = "diagnoses"
        indexes = [models.Index(fields=["payer", "patient", "code", "day"], name="diagnoses_of_member")]
        constraints = [of_its_member("diagnosis_of_its_member")]


class Service(Fact):
    """A coded service on a claim line: HCPCS or CPT number."""

    day = models.IntegerField()
    code = models.CharField(max_length=10)
    setting = models.CharField(max_length=10)

    phi = frozenset(["patient", "day", "code", "setting"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "code", "day"], name="services_of_member")]
        constraints = [of_its_member("service_of_its_member")]


class Observation(Fact):
    """A vital sign or a laboratory result."""

    day = models.IntegerField()
    code_type = models.CharField(max_length=20)
    code = models.CharField(max_length=20)
    result = models.CharField(max_length=100)
    units = models.CharField(max_length=30, blank=True)
    kind = models.CharField(max_length=12, help_text="observation or lab_result.")

    phi = frozenset(["patient", "day", "code_type", "code", "result", "units", "kind"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "code", "day"], name="observations_of_member")]
        constraints = [of_its_member("observation_of_its_member")]


class Immunization(Fact):
    """A vaccine given, as a feed tells it."""

    day = models.IntegerField()
    code_type = models.CharField(max_length=10)
    code = models.CharField(max_length=10, help_text="CVX where the feed has it.")
    lot = models.CharField(max_length=30, blank=True)
    status = models.CharField(max_length=20, blank=True)

    phi = frozenset(["patient", "day", "code_type", "code", "lot", "status"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "day"], name="immunizations_of_member")]
        constraints = [of_its_member("immunization_of_its_member")]


class ServiceGiven(TenantModel):
    """A service that a pharmacy documented. Flags read it here (recent contact), without knowing what care is."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)
    protocol = models.CharField(max_length=30)
    given_on = models.DateField()
    encounter_ref = models.UUIDField(unique=True)

    walls = {"portal": MADE_HERE, "pbm": may(READ, OWN_PAYERS), "worker": may(READ, OWN_PAYERS)}
    phi = frozenset({"patient", "protocol", "given_on", "encounter_ref"})
    plain = frozenset({"payer", "pharmacy"})

    class Meta:
        verbose_name_plural = "services given"
        constraints = [of_its_member("service_given_to_its_member")]
