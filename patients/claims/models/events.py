"""What payers sent, line by line, as it was sent: append-only events. What is true follows from the set of them.

An event's own words are never changed. What is derived from the set (whose patient, what standing, in conflict or not) is
written beside them by the fold. Columns are those of the clean record layouts (records.py), under the same names, except
that the key of a record is `record_id` and `record_line` in every table, so that one fold serves them all.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from carecoord.kernel.tenancy.rules import OWN_PAYERS, may
from patients.claims.records import CLAIM_PAYMENT, DISPENSED, ELIGIBILITY, MEDICAL_CLAIM, PHARMACY_CLAIM
from patients.models import ALL, READ

from .deliveries import OfDelivery

FIELDS = {
    "text": lambda: models.TextField(blank=True, default=""),
    "date": lambda: models.DateField(null=True),
    "int": lambda: models.IntegerField(null=True),
    "cents": lambda: models.BigIntegerField(null=True),
    "decimal3": lambda: models.DecimalField(max_digits=12, decimal_places=3, null=True),
    "texts": lambda: ArrayField(models.TextField(), default=list),
    "bool": lambda: models.BooleanField(null=True),
}
BOOKKEEPING = frozenset(
    [
        "payer",
        "delivery",
        "line_number",
        "version",
        "action",
        "content_hash",
        "is_withdrawn",
        "standing",
        "settled_version",
        "in_conflict",
        "source",
    ]
)
COMMON = frozenset(
    ["claim_id", "claim_line", "member_id", "person_id", "version", "source", "transaction", "is_reversal"]
)


class Standing(models.TextChoices):
    """What a record comes to. It stands on one event of the record, whose words hold; the others have none."""

    PAID = "paid", "In force"
    REVERSED = "reversed", "Reversed"
    REVERSED_PENDING = "reversed_pending", "Reversed, the original has not come"
    NONE = "", "Overtaken, or applied to another claim"


class Action(models.IntegerChoices):
    """What an event does: NCPDP B1, B3 and B2 for pharmacies."""

    ORIGINAL = 0, "Claim"
    REBILL = 1, "Rebilled claim"
    REVERSAL = 2, "Reversal"


IN_CONFLICT = (
    "id",
    "payer_id",
    "delivery_id",
    "line_number",
    "record_id",
    "record_line",
    "version",
    "action",
    "in_conflict",
    "is_withdrawn",
)
"""What a payer's own system may learn of an event: which lines of its files contradict each other."""


class Event(OfDelivery):
    """One line of a feed (or one span of it)."""

    line_number = models.BigIntegerField()
    record_id = models.TextField(
        db_collation="C", help_text="The claim's id; for other records their own, or what tells them apart."
    )
    record_line = models.IntegerField(default=1)
    version = models.IntegerField(
        null=True, help_text="From the content, never from the file; none when it states none."
    )
    action = models.SmallIntegerField(choices=Action, default=Action.ORIGINAL)
    content_hash = models.UUIDField(help_text="128 bits over every column of the clean record.")
    member_id = models.TextField(db_collation="C")
    person_id = models.TextField(blank=True, default="", db_collation="C")
    source = models.TextField(blank=True, default="")
    patient = models.ForeignKey(
        "patients.Patient", models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    is_withdrawn = models.BooleanField(default=False)
    standing = models.CharField(max_length=16, choices=Standing, blank=True, default=Standing.NONE)
    settled_version = models.IntegerField(default=0, help_text="The version of the event that settled it.")
    in_conflict = models.BooleanField(default=False, help_text="Another event has the same key and says otherwise.")

    walls = {
        "pbm": may(READ, OWN_PAYERS),
        "api": may(f"select ({', '.join(IN_CONFLICT)})", OWN_PAYERS),
        "worker": may(ALL, OWN_PAYERS),
    }

    class Meta:
        abstract = True


def _meta(name, *, by_member=("payer", "member_id"), indexes=(), days=()):
    """Indexes and constraints of an event table."""
    live = Q(is_withdrawn=False)
    return {
        "indexes": [
            models.Index(fields=by_member, name=f"{name}_of_member"),
            BrinIndex(fields=["delivery"], name=f"{name}_of_delivery", autosummarize=True),
            models.Index(fields=["payer"], condition=live & Q(in_conflict=True), name=f"{name}_in_conflict"),
            *indexes,
        ],
        "constraints": [
            models.UniqueConstraint(
                fields=["payer", "record_id", "record_line", "content_hash"], condition=live, name=f"{name}_once"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{day: None}) | Q(**{f"{day}__range": ("1900-01-01", "2100-12-31")}),
                    name=f"{name}_{day}_in_our_time",
                )
                for day in days
            ),
        ],
    }


def _classed(*layouts, more=()):
    """The PHI fields of an event table: all that is not bookkeeping."""
    named = {name for layout in layouts for name in layout.names}
    return frozenset(named - COMMON | {"record_id", "record_line", "member_id", "person_id", "patient", *more})


class PharmacyEvent(Event):
    locals().update({c.name: FIELDS[c.type]() for c in PHARMACY_CLAIM.columns if c.name not in COMMON})

    phi = _classed(PHARMACY_CLAIM)
    plain = BOOKKEEPING

    class Meta:
        _all = _meta(
            "pharmacy_event",
            by_member=("payer", "member_id", "filled_on"),
            indexes=(
                models.Index(
                    fields=["payer", "original_claim_id"],
                    condition=~Q(original_claim_id=""),
                    name="pharmacy_event_names_another",
                ),
                models.Index(
                    fields=["payer", "member_id", "filled_on"],
                    condition=Q(action=Action.REVERSAL, original_claim_id="") & ~Q(rx_number=""),
                    name="pharmacy_event_reverses_by_rx",
                ),
                models.Index(
                    fields=["payer", "-filled_on", "-id"],
                    condition=Q(source=DISPENSED),
                    name="pharmacy_event_dispensed",
                ),
            ),
            days=("filled_on", "paid_on"),
        )
        indexes, constraints = _all["indexes"], _all["constraints"]


class MedicalEvent(Event):
    locals().update({c.name: FIELDS[c.type]() for c in MEDICAL_CLAIM.columns if c.name not in COMMON})

    phi = _classed(MEDICAL_CLAIM)
    plain = BOOKKEEPING

    class Meta:
        _all = _meta(
            "medical_event",
            indexes=(
                models.Index(
                    fields=["payer", "original_claim_id"],
                    condition=~Q(original_claim_id=""),
                    name="medical_event_names_another",
                ),
            ),
            days=("starts_on", "ends_on"),
        )
        indexes, constraints = _all["indexes"], _all["constraints"]


class PaymentEvent(Event):
    """What a payer decided of a claim (or of one line of it), and paid."""

    claim_id = models.TextField(db_collation="C", help_text="The claim's number as the payment names it.")
    of_record = models.TextField(
        db_collation="C",
        blank=True,
        default="",
        help_text="The medical claim that it belongs to (payments.py), once that is here.",
    )
    locals().update(
        {c.name: FIELDS[c.type]() for c in CLAIM_PAYMENT.columns if c.name not in COMMON and c.name != "payment_id"}
    )

    phi = _classed(CLAIM_PAYMENT, more=["claim_id", "of_record"]) - {"payment_id"}
    plain = BOOKKEEPING

    class Meta:
        _all = _meta(
            "payment_event",
            indexes=(
                models.Index(fields=["payer", "claim_id"], name="payment_event_of_claim"),
                models.Index(fields=["payer", "of_record"], name="payment_event_of_record"),
                models.Index(
                    fields=["payer", "payer_claim_id"],
                    condition=~Q(payer_claim_id=""),
                    name="payment_event_of_payers_id",
                ),
            ),
            days=("paid_on",),
        )
        indexes, constraints = _all["indexes"], _all["constraints"]


class EligibilityEvent(Event):
    locals().update({c.name: FIELDS[c.type]() for c in ELIGIBILITY.columns if c.name not in COMMON})

    phi = _classed(ELIGIBILITY)
    plain = BOOKKEEPING

    class Meta:
        _all = _meta(
            "eligibility_event",
            indexes=(
                models.Index(fields=["payer", "person_id"], name="eligibility_event_of_person"),
                models.Index(fields=["payer", "patient"], name="eligibility_event_of_patient"),
            ),
            days=("starts_on", "ends_on", "born_on", "died_on"),
        )
        indexes, constraints = _all["indexes"], _all["constraints"]


class ClinicalEvent(Event):
    """An observation, a laboratory result or an immunization."""

    kind = models.CharField(max_length=12, help_text="observation, lab_result or immunization.")
    happened_on = models.DateField(help_text="Observed, collected or given.")
    observation_type = models.TextField(blank=True, default="")
    code_type = models.TextField(blank=True, default="")
    code = models.TextField(blank=True, default="")
    result = models.TextField(blank=True, default="")
    units = models.TextField(blank=True, default="")
    abnormal_flag = models.TextField(blank=True, default="")
    lot = models.TextField(blank=True, default="")
    status = models.TextField(blank=True, default="")

    phi = _classed(
        more=[
            "kind",
            "happened_on",
            "observation_type",
            "code_type",
            "code",
            "result",
            "units",
            "abnormal_flag",
            "lot",
            "status",
        ]
    )
    plain = BOOKKEEPING

    class Meta:
        _all = _meta("clinical_event", days=("happened_on",))
        indexes, constraints = _all["indexes"], _all["constraints"]
