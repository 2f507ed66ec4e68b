"""The service claim, its lines, what the edits said, what the payer decided. It does not change when the chart does."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, Both, Is, Via, may
from pharmacies.models import Contract, Pharmacy

READ = "select"
OURS_TO_SAY = ("held", "submitted", "voided")
UNDECIDED = Is("status", OURS_TO_SAY)
NOT_PAID = (Is("approved_cents", (0,)), Is("paid_cents", (0,)), Is("recouped_cents", (0,)))
"""A pharmacy opens, corrects and withdraws its claims. What is approved and paid is the payer's to say, also to PostgreSQL."""
NEED_A_REMARK = ("16", "96", "A1")
"""CARC that say nothing without a RARC (domain/billing.md 5.5)."""


def of_its_claim(status):
    """The line's claim is the pharmacy's own, and stands in that status."""
    return Via("billing.ServiceClaim", Both((OWN_PHARMACY, status)), here="claim_id", there="id")


def child_of_claim(name):
    """The row and the claim that it names are of one payer and one pharmacy."""
    return SameTenant(
        fields=["payer_id", "pharmacy_id", "claim_id"],
        to="billing_serviceclaim",
        to_fields=["payer_id", "pharmacy_id", "id"],
        name=name,
    )


class Group(models.TextChoices):
    """Who bears an adjustment (X12 code source 974)."""

    CONTRACT = "CO", "Contract"
    PATIENT = "PR", "Patient"
    OTHER = "OA", "Other"
    PAYER = "PI", "Payer's decision"


class ServiceClaim(PublicModel):
    """One service, as it was on the day: who, for whom, under which coverage and contract, documented how.

    A correction is a claim of its own (frequency 7) that `replaces` the earlier one once it is approved; a void (8) has no
    lines and no money: the lines that it takes back are those of the claim that it names.
    """

    class Status(models.TextChoices):
        HELD = "held", "Held"
        SUBMITTED = "submitted", "Submitted"
        PENDED = "pended", "Pended"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"
        PAID = "paid", "Paid"
        VOIDED = "voided", "Voided"
        REPLACED = "replaced", "Replaced"

    class Frequency(models.TextChoices):
        ORIGINAL = "1", "Original"
        REPLACEMENT = "7", "Correction"
        VOID = "8", "Void"

    class Wait(models.TextChoices):
        INFORMATION = "information", "Waits for information"
        REVIEW = "review", "Is being reviewed"
        COVERAGE = "coverage", "Cover is being checked"
        SECOND_APPROVAL = "second_approval", "Waits for a second person's approval"

    TRANSITIONS = {
        Status.HELD: {Status.SUBMITTED, Status.VOIDED},
        Status.SUBMITTED: {Status.PENDED, Status.APPROVED, Status.DENIED, Status.HELD, Status.VOIDED},
        Status.PENDED: {Status.PENDED, Status.SUBMITTED, Status.APPROVED, Status.DENIED, Status.HELD, Status.VOIDED},
        Status.APPROVED: {Status.PAID, Status.DENIED, Status.REPLACED, Status.VOIDED},
        Status.DENIED: {Status.REPLACED, Status.VOIDED},
        Status.PAID: {Status.REPLACED, Status.VOIDED},
        Status.VOIDED: set(),
        Status.REPLACED: set(),
    }
    LIVE = (Status.HELD, Status.SUBMITTED, Status.PENDED, Status.APPROVED, Status.PAID)

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    contract = models.ForeignKey(Contract, models.PROTECT, null=True)
    number = models.CharField(max_length=30, unique=True)
    icn = models.CharField(max_length=30, blank=True, help_text="The payer's control number, given at receipt.")
    frequency = models.CharField(max_length=1, choices=Frequency, default=Frequency.ORIGINAL)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    encounter_ref = models.UUIDField(help_text="The encounter that it bills: billed twice is refused by the database.")
    patient_ref = models.UUIDField()
    service_on = models.DateField()
    snapshot = models.JSONField(
        help_text="Patient, coverage, pharmacy, rendering person and documentation facts, frozen."
    )
    client = models.CharField(max_length=60, blank=True, help_text="Code of the client that is invoiced, frozen.")
    program = models.CharField(max_length=60, blank=True, help_text="Code of the programme, frozen.")
    status = models.CharField(max_length=10, choices=Status)
    received_at = models.DateTimeField(null=True, help_text="When it first reached the payer.")
    wait = models.CharField(max_length=20, choices=Wait, blank=True)
    wait_until = models.DateField(null=True)
    decision = models.PositiveSmallIntegerField(default=0, help_text="Counts the decisions; adjustments name theirs.")
    first_approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    charge_cents = models.PositiveIntegerField()
    approved_cents = models.PositiveIntegerField(default=0)
    paid_cents = models.PositiveIntegerField(default=0)
    recouped_cents = models.PositiveIntegerField(default=0, help_text="What remittances took back of it as overpaid.")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    walls = {
        "portal": may(
            "select, insert, update (contract_id, charge_cents, snapshot, client, program, status, icn, received_at)",
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
            "icn",
            "frequency",
            "replaces",
            "client",
            "program",
            "status",
            "received_at",
            "wait",
            "wait_until",
            "decision",
            "first_approved_by",
            "approved_by",
            "charge_cents",
            "approved_cents",
            "paid_cents",
            "recouped_cents",
            "created_by",
            "created_at",
        ]
    )

    class Meta:
        indexes = [
            models.Index(fields=["pharmacy", "-id"], name="service_claims_newest"),
            models.Index(fields=["payer", "status", "id"], name="adjudication_queue"),
            models.Index(fields=["payer", "patient_ref", "service_on"], name="service_claims_of_patient"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "id"], name="service_claim_of_pharmacy"),
            models.UniqueConstraint(fields=["payer", "pharmacy", "id"], name="service_claim_of_both"),
            models.UniqueConstraint(fields=["encounter_ref"], condition=Q(frequency="1"), name="encounter_billed_once"),
            models.UniqueConstraint(fields=["icn"], condition=~Q(icn=""), name="icn_once"),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=Q(status__in=["held", "submitted", "pended", "approved", "paid"]),
                name="one_live_successor",
            ),
            models.CheckConstraint(
                condition=Q(frequency="1", replaces=None) | ~Q(frequency="1") & ~Q(replaces=None),
                name="a_successor_names_its_claim",
            ),
            models.CheckConstraint(
                condition=~Q(frequency="8") | Q(charge_cents=0, approved_cents=0), name="a_void_has_no_money"
            ),
            models.CheckConstraint(
                condition=Q(paid_cents__lte=F("approved_cents"), approved_cents__lte=F("charge_cents")),
                name="paid_within_charge",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["paid", "replaced", "voided"]) | Q(paid_cents=0),
                name="only_paid_claims_are_paid",
            ),
            models.CheckConstraint(condition=Q(recouped_cents__lte=F("paid_cents")), name="recouped_within_paid"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(first_approved_by=None) | ~Q(approved_by=F("first_approved_by")),
                name="the_second_is_another_person",
            ),
            models.CheckConstraint(
                condition=Q(status="pended") & ~Q(wait="") & ~Q(wait_until=None)
                | ~Q(status="pended") & Q(wait="", wait_until=None),
                name="pended_for_a_reason",
            ),
            SameTenant(
                fields=["payer_id", "pharmacy_id", "replaces_id"],
                to="billing_serviceclaim",
                to_fields=["payer_id", "pharmacy_id", "id"],
                name="replaces_its_own",
            ),
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
            check=Both((OWN_PHARMACY, of_its_claim(UNDECIDED), *NOT_PAID[:2])),
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
            models.UniqueConstraint(fields=["claim", "id"], name="service_line_of_claim"),
            models.CheckConstraint(
                condition=Q(paid_cents__lte=F("approved_cents"), approved_cents__lte=F("charge_cents")),
                name="line_paid_within_charge",
            ),
            child_of_claim("line_of_its_claim"),
        ]


class Adjustment(TenantModel):
    """Why a line is not approved in full: one CAS triple of one decision. Rows are added, never changed.

    Of the claim's current `decision`, charge = approved + the sum of the adjustments, on every decided line.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="adjustments")
    line = models.ForeignKey(ServiceLine, models.PROTECT, related_name="adjustments")
    decision = models.PositiveSmallIntegerField()
    group = models.CharField(max_length=2, choices=Group)
    carc = models.CharField("CARC", max_length=5)
    rarc = models.CharField("RARC", max_length=6, blank=True)
    amount_cents = models.PositiveIntegerField()

    walls = {"portal": may(READ, OWN_PHARMACY), "pbm": may("select, insert", OWN_PAYERS)}
    phi = frozenset({"claim", "line"})
    plain = frozenset(["payer", "pharmacy", "decision", "group", "carc", "rarc", "amount_cents"])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="adjustment_of_something"),
            models.CheckConstraint(condition=~Q(carc__in=NEED_A_REMARK) | ~Q(rarc=""), name="carc_with_its_rarc"),
            models.CheckConstraint(condition=Q(group__in=Group.values), name="adjustment_group"),
            models.UniqueConstraint(fields=["line", "decision", "group", "carc", "rarc"], name="adjustment_once"),
            child_of_claim("adjustment_of_its_claim"),
            SameTenant(
                fields=["claim_id", "line_id"],
                to="billing_serviceline",
                to_fields=["claim_id", "id"],
                name="adjustment_of_its_line",
            ),
        ]


class EditResult(TenantModel):
    """What an edit said about a claim, in plain words. The payer runs the edits itself; its results are its own."""

    class Side(models.TextChoices):
        PHARMACY = "pharmacy", "Pharmacy"
        PAYER = "payer", "Payer"

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="edit_results")
    side = models.CharField(max_length=10, choices=Side, default=Side.PHARMACY)
    edit = models.CharField(max_length=40)
    severity = models.CharField(max_length=5, default="hold")
    passed = models.BooleanField()
    message = models.TextField(blank=True)
    ran_at = models.DateTimeField(default=timezone.now)

    walls = {
        "portal": may(  # a pharmacy's word counts until the payer decides, and not after
            "select, insert",
            Both((OWN_PHARMACY, Is("side", ("pharmacy",)))),
            check=Both((OWN_PHARMACY, Is("side", ("pharmacy",)), of_its_claim(UNDECIDED))),
        ),
        "pbm": may("select, insert", OWN_PAYERS),
    }
    phi = frozenset({"claim", "message"})
    plain = frozenset(["payer", "pharmacy", "side", "edit", "severity", "passed", "ran_at"])

    class Meta:
        constraints = [child_of_claim("edit_result_of_its_claim")]


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
        "portal": may("select, insert", OWN_PHARMACY, check=Both((OWN_PHARMACY, Is("to_status", OURS_TO_SAY)))),
        "pbm": may("select, insert", OWN_PAYERS),
    }
    phi = frozenset({"claim"})
    plain = frozenset(["payer", "pharmacy", "at", "by", "from_status", "to_status", "why"])
    audit = "count"

    class Meta:
        constraints = [child_of_claim("change_of_its_claim")]
