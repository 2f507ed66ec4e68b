"""Service billing: frozen legal snapshots. A service claim does not change when the chart does, and knows no chart."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, Both, Is, Via, may
from pharmacies.models import Contract, Pharmacy

READ = "select"
UNDECIDED = Is("status", ("held", "submitted"))
NOT_PAID = (Is("approved_cents", (0,)), Is("paid_cents", (0,)))
"""A pharmacy opens and corrects its claims. What is approved and paid is the payer's to say, also to PostgreSQL."""


def of_its_claim(status):
    """The line's claim is the pharmacy's own, and stands in that status."""
    return Via("billing.ServiceClaim", Both((OWN_PHARMACY, status)), here="claim_id", there="id")


class ServiceClaim(PublicModel):
    """One service, as it was on the day: who, for whom, under which coverage and contract, documented how."""

    class Status(models.TextChoices):
        HELD = "held", "Held by an edit"
        SUBMITTED = "submitted", "Submitted"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"
        PAID = "paid", "Paid"

    TRANSITIONS = {
        Status.HELD: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.APPROVED, Status.DENIED, Status.HELD},
        Status.APPROVED: {Status.PAID, Status.DENIED},
        Status.DENIED: set(),
        Status.PAID: set(),
    }

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    contract = models.ForeignKey(Contract, models.PROTECT, null=True)
    number = models.CharField(max_length=30, unique=True)
    encounter_ref = models.UUIDField(
        unique=True, help_text="The encounter that it bills: billed twice is refused by the database."
    )
    patient_ref = models.UUIDField()
    service_on = models.DateField()
    snapshot = models.JSONField(
        help_text="Patient, coverage, pharmacy, rendering person and documentation facts, frozen."
    )
    status = models.CharField(max_length=10, choices=Status)
    charge_cents = models.PositiveIntegerField()
    approved_cents = models.PositiveIntegerField(default=0)
    paid_cents = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    walls = {
        "portal": may(
            "select, insert, update (contract_id, charge_cents, snapshot, status)",
            OWN_PHARMACY,
            check=Both((OWN_PHARMACY, UNDECIDED, *NOT_PAID)),
            change=Both((OWN_PHARMACY, Is("status", ("held",)))),
        ),
        "pbm": may("select, update", OWN_PAYERS),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"encounter_ref", "patient_ref", "service_on", "snapshot"})
    plain = frozenset(
        [
            "payer",
            "pharmacy",
            "contract",
            "number",
            "status",
            "charge_cents",
            "approved_cents",
            "paid_cents",
            "created_by",
            "created_at",
        ]
    )

    class Meta:
        indexes = [
            models.Index(fields=["pharmacy", "-id"], name="service_claims_newest"),
            models.Index(fields=["payer", "status", "id"], name="adjudication_queue"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "id"], name="service_claim_of_pharmacy"),
            models.UniqueConstraint(fields=["payer", "pharmacy", "id"], name="service_claim_of_both"),
            models.CheckConstraint(
                condition=Q(paid_cents__lte=F("approved_cents"), approved_cents__lte=F("charge_cents")),
                name="paid_within_charge",
            ),
            models.CheckConstraint(condition=Q(status="paid") | Q(paid_cents=0), name="only_paid_claims_are_paid"),
        ]

    def __str__(self):
        return self.number


class ServiceLine(TenantModel):
    """One service code of a claim. Its cents add up to the claim's."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="lines")
    line_number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20)
    label = models.CharField(max_length=80)
    units = models.PositiveSmallIntegerField(default=1)
    charge_cents = models.PositiveIntegerField()
    approved_cents = models.PositiveIntegerField(default=0)
    paid_cents = models.PositiveIntegerField(default=0)

    walls = {
        "portal": may(
            "select, insert, update (label, charge_cents)",
            OWN_PHARMACY,
            check=Both((OWN_PHARMACY, of_its_claim(UNDECIDED), *NOT_PAID)),
            change=Both((OWN_PHARMACY, of_its_claim(Is("status", ("held",))))),
        ),
        "pbm": may("select, update", OWN_PAYERS),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"claim", "code", "label"})
    plain = frozenset(["payer", "pharmacy", "line_number", "units", "charge_cents", "approved_cents", "paid_cents"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "line_number"], name="service_line_once"),
            models.CheckConstraint(
                condition=Q(paid_cents__lte=F("approved_cents"), approved_cents__lte=F("charge_cents")),
                name="line_paid_within_charge",
            ),
            SameTenant(
                fields=["payer_id", "pharmacy_id", "claim_id"],
                to="billing_serviceclaim",
                to_fields=["payer_id", "pharmacy_id", "id"],
                name="line_of_its_claim",
            ),
        ]


class EditResult(TenantModel):
    """What an edit said about a claim, in plain words."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="edit_results")
    edit = models.CharField(max_length=40)
    passed = models.BooleanField()
    message = models.TextField(blank=True)
    ran_at = models.DateTimeField(default=timezone.now)

    walls = {  # a pharmacy's word counts until the payer decides, and not after
        "portal": may("select, insert", OWN_PHARMACY, check=Both((OWN_PHARMACY, of_its_claim(UNDECIDED)))),
        "pbm": may("select, insert", OWN_PAYERS),
    }
    phi = frozenset({"claim", "message"})
    plain = frozenset(["payer", "pharmacy", "edit", "passed", "ran_at"])

    class Meta:
        constraints = [
            SameTenant(
                fields=["payer_id", "pharmacy_id", "claim_id"],
                to="billing_serviceclaim",
                to_fields=["payer_id", "pharmacy_id", "id"],
                name="edit_result_of_its_claim",
            )
        ]


class ClaimChange(TenantModel):
    """Every change of a claim's status: who, when, from, to, why."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, null=True)
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    why = models.TextField(blank=True)

    walls = {
        "portal": may(
            "select, insert", OWN_PHARMACY, check=Both((OWN_PHARMACY, Is("to_status", ("held", "submitted"))))
        ),
        "pbm": may("select, insert", OWN_PAYERS),
    }
    phi = frozenset({"claim"})
    plain = frozenset(["payer", "pharmacy", "at", "by", "from_status", "to_status", "why"])
    audit = "count"

    class Meta:
        constraints = [
            SameTenant(
                fields=["payer_id", "pharmacy_id", "claim_id"],
                to="billing_serviceclaim",
                to_fields=["payer_id", "pharmacy_id", "id"],
                name="change_of_its_claim",
            )
        ]


class Remittance(PublicModel):
    """One payment of one payer to one pharmacy. Its lines add up to its total."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    number = models.CharField(max_length=30, unique=True, help_text="The trace that the bank statement shows.")
    paid_on = models.DateField()
    total_cents = models.PositiveIntegerField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    walls = {"portal": may(READ, OWN_PHARMACY), "pbm": may("select, insert", OWN_PAYERS)}
    plain = frozenset(["payer", "pharmacy", "number", "paid_on", "total_cents", "created_by", "created_at"])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payer", "pharmacy", "id"], name="remittance_of_both")]

    def __str__(self):
        return self.number


class RemittanceLine(TenantModel):
    """What a remittance pays for one service line. A service line is paid once: the database says so."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    remittance = models.ForeignKey(Remittance, models.PROTECT, related_name="lines")
    service_line = models.OneToOneField(ServiceLine, models.PROTECT, related_name="remittance_line")
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="remittance_lines")
    charge_cents = models.PositiveIntegerField()
    paid_cents = models.PositiveIntegerField()
    adjustment_cents = models.PositiveIntegerField(default=0)

    walls = {"portal": may(READ, OWN_PHARMACY), "pbm": may("select, insert", OWN_PAYERS)}
    phi = frozenset({"claim", "service_line"})
    plain = frozenset(["payer", "pharmacy", "remittance", "charge_cents", "paid_cents", "adjustment_cents"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(charge_cents=F("paid_cents") + F("adjustment_cents")), name="remittance_line_balances"
            ),
            SameTenant(
                fields=["payer_id", "pharmacy_id", "remittance_id"],
                to="billing_remittance",
                to_fields=["payer_id", "pharmacy_id", "id"],
                name="line_of_its_remittance",
            ),
            SameTenant(
                fields=["payer_id", "pharmacy_id", "claim_id"],
                to="billing_serviceclaim",
                to_fields=["payer_id", "pharmacy_id", "id"],
                name="remittance_line_of_its_claim",
            ),
        ]
