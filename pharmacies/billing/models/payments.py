"""Where the money went: remittances with their lines and provider-level adjustments, what is to be taken back, the ledger.

a remittance's total = its lines' paid - its provider-level adjustments, and is never below zero
what a payer owes a pharmacy = the sum of its ledger entries
"""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, may
from pharmacies.models import Pharmacy

from .claims import READ, ServiceClaim, ServiceLine, child_of_claim

READ_HERE = may(READ, OWN_PHARMACY)
ADDS = may("select, insert", OWN_PAYERS)


def child_of_remittance(name):
    """The row and the remittance that it names are of one payer and one pharmacy."""
    return SameTenant(
        fields=["payer_id", "pharmacy_id", "remittance_id"],
        to="billing_remittance",
        to_fields=["payer_id", "pharmacy_id", "id"],
        name=name,
    )


class Remittance(PublicModel):
    """One payment of one payer to one pharmacy."""

    class Method(models.TextChoices):
        """X12 code source for BPR04."""

        EFT = "ACH", "Electronic transfer"
        CHECK = "CHK", "Check"
        NONE = "NON", "Nothing to pay"

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    number = models.CharField(max_length=30, unique=True)
    paid_on = models.DateField()
    method = models.CharField(max_length=3, choices=Method, default=Method.EFT)
    trace = models.CharField(max_length=30, help_text="EFT trace or check number, which the bank statement shows.")
    total_cents = models.PositiveIntegerField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    walls = {"portal": READ_HERE, "pbm": ADDS}
    plain = frozenset(
        ["payer", "pharmacy", "number", "paid_on", "method", "trace", "total_cents", "created_by", "created_at"]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "pharmacy", "id"], name="remittance_of_both"),
            models.UniqueConstraint(fields=["payer", "method", "trace"], name="one_payment_a_trace"),
            models.CheckConstraint(
                condition=Q(method="NON", total_cents=0) | ~Q(method="NON") & Q(total_cents__gt=0),
                name="a_payment_of_nothing_says_so",
            ),
        ]

    def __str__(self):
        return self.number


class RemittanceLine(TenantModel):
    """What a remittance pays for one service line, or takes back. Paid once and reversed once: the database says so."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    remittance = models.ForeignKey(Remittance, models.PROTECT, related_name="lines")
    service_line = models.ForeignKey(ServiceLine, models.PROTECT, related_name="remittance_lines")
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="remittance_lines")
    is_reversal = models.BooleanField(default=False)
    charge_cents = models.IntegerField()
    paid_cents = models.IntegerField()
    adjustment_cents = models.IntegerField(default=0)

    walls = {"portal": READ_HERE, "pbm": ADDS}
    phi = frozenset({"claim", "service_line"})
    plain = frozenset(
        ["payer", "pharmacy", "remittance", "is_reversal", "charge_cents", "paid_cents", "adjustment_cents"]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service_line", "is_reversal"], name="paid_once_and_reversed_once"),
            models.CheckConstraint(
                condition=Q(charge_cents=F("paid_cents") + F("adjustment_cents")), name="remittance_line_balances"
            ),
            models.CheckConstraint(
                condition=Q(is_reversal=False, charge_cents__gte=0, paid_cents__gte=0, adjustment_cents__gte=0)
                | Q(is_reversal=True, charge_cents__lte=0, paid_cents__lte=0, adjustment_cents__lte=0),
                name="a_reversal_is_negative",
            ),
            child_of_remittance("line_of_its_remittance"),
            child_of_claim("remittance_line_of_its_claim"),
            SameTenant(
                fields=["claim_id", "service_line_id"],
                to="billing_serviceline",
                to_fields=["claim_id", "id"],
                name="remittance_line_of_its_line",
            ),
        ]


class Recoupment(PublicModel):
    """What a payer takes back of a paid claim, and why; settled by the remittance that takes it."""

    class Kind(models.TextChoices):
        OVERPAID = "overpaid", "Overpaid"
        REPLACED = "replaced", "Replaced by a correction"
        VOIDED = "voided", "Voided"

    class Status(models.TextChoices):
        OPEN = "open", "To be taken back"
        SETTLED = "settled", "Taken back"
        WITHDRAWN = "withdrawn", "Withdrawn"

    TRANSITIONS = {Status.OPEN: {Status.SETTLED, Status.WITHDRAWN}, Status.SETTLED: set(), Status.WITHDRAWN: set()}

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="recoupments")
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    amount_cents = models.PositiveIntegerField()
    reason = models.TextField(help_text="What the pharmacy reads in the notice.")
    notified_on = models.DateField()
    due_on = models.DateField(help_text="The first day on which a remittance may take it.")
    remittance = models.ForeignKey(Remittance, models.PROTECT, null=True, related_name="recoupments")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    walls = {"portal": READ_HERE, "pbm": may("select, insert, update (status, remittance_id)", OWN_PAYERS)}
    phi = frozenset({"claim", "reason"})
    plain = frozenset(
        [
            "payer",
            "pharmacy",
            "kind",
            "status",
            "amount_cents",
            "notified_on",
            "due_on",
            "remittance",
            "created_by",
            "created_at",
        ]
    )

    class Meta:
        indexes = [
            models.Index(fields=["payer", "pharmacy", "due_on"], condition=Q(status="open"), name="to_be_recouped")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"], condition=Q(kind__in=["replaced", "voided"]), name="one_reversal_a_claim"
            ),
            models.CheckConstraint(
                condition=Q(status="settled") & ~Q(remittance=None) | ~Q(status="settled") & Q(remittance=None),
                name="settled_by_a_remittance",
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0) | ~Q(kind="overpaid"), name="recoups_something"),
            models.CheckConstraint(condition=Q(due_on__gte=F("notified_on")), name="notice_before_due"),
            child_of_claim("recoupment_of_its_claim"),
            child_of_remittance("recoupment_of_its_remittance"),
        ]


class ProviderAdjustment(TenantModel):
    """A remittance's adjustment that belongs to no line (PLB). As in X12, a positive amount makes the payment smaller.

    FB carries what is still owed to a later remittance: a negative row brings this one up to zero, and the row that
    `settles` it takes the same cents from a later one. WO takes back what was overpaid, or gives it back (negative) where
    the whole claim is reversed.
    """

    class Reason(models.TextChoices):
        FORWARDED = "FB", "Balance carried forward"
        OVERPAYMENT = "WO", "Overpayment taken back"

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    remittance = models.ForeignKey(Remittance, models.PROTECT, related_name="provider_adjustments")
    reason = models.CharField(max_length=2, choices=Reason)
    reference = models.CharField(max_length=30, help_text="The claim's ICN, or the number of the other remittance.")
    amount_cents = models.IntegerField()
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, null=True, related_name="provider_adjustments")
    recoupment = models.OneToOneField(Recoupment, models.PROTECT, null=True, related_name="taken")
    settles = models.OneToOneField("self", models.PROTECT, null=True, related_name="settled_by")

    walls = {"portal": READ_HERE, "pbm": ADDS}
    phi = frozenset({"claim"})
    plain = frozenset(
        ["payer", "pharmacy", "remittance", "reason", "reference", "amount_cents", "recoupment", "settles"]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "pharmacy", "id"], name="provider_adjustment_of_both"),
            models.UniqueConstraint(
                fields=["remittance"], condition=Q(reason="FB", settles=None), name="one_balance_forwarded"
            ),
            models.CheckConstraint(
                condition=Q(reason="FB", claim=None, recoupment=None, settles=None, amount_cents__lt=0)
                | Q(reason="FB", claim=None, recoupment=None, amount_cents__gt=0) & ~Q(settles=None)
                | Q(reason="WO", settles=None, amount_cents__gt=0) & ~Q(claim=None) & ~Q(recoupment=None)
                | Q(reason="WO", settles=None, recoupment=None, amount_cents__lt=0) & ~Q(claim=None),
                name="provider_adjustment_kinds",
            ),
            child_of_remittance("provider_adjustment_of_its_remittance"),
            child_of_claim("provider_adjustment_of_its_claim"),
            SameTenant(
                fields=["payer_id", "pharmacy_id", "settles_id"],
                to="billing_provideradjustment",
                to_fields=["payer_id", "pharmacy_id", "id"],
                name="settles_its_own",
            ),
        ]


class LedgerEntry(TenantModel):
    """One movement of what a payer owes a pharmacy. Rows are added, never changed; positive: the payer owes more."""

    class Kind(models.TextChoices):
        APPROVED = "approved", "Approved"
        UNAPPROVED = "unapproved", "Approval withdrawn"
        RECOUPED = "recouped", "To be taken back"
        RELEASED = "released", "Recoupment withdrawn"
        PAID = "paid", "Paid"

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    on = models.DateField()
    cents = models.IntegerField()
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, null=True, related_name="ledger")
    recoupment = models.ForeignKey(Recoupment, models.PROTECT, null=True, related_name="ledger")
    remittance = models.ForeignKey(Remittance, models.PROTECT, null=True, related_name="ledger")
    at = models.DateTimeField(default=timezone.now)

    walls = {"portal": READ_HERE, "pbm": ADDS}
    phi = frozenset({"claim"})
    plain = frozenset(["payer", "pharmacy", "kind", "on", "cents", "recoupment", "remittance", "at"])

    class Meta:
        verbose_name_plural = "ledger entries"
        indexes = [models.Index(fields=["pharmacy", "payer", "on"], name="ledger_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["remittance"], name="a_remittance_is_posted_once"),
            models.UniqueConstraint(fields=["recoupment", "kind"], name="a_recoupment_is_posted_once"),
            models.CheckConstraint(
                condition=Q(kind="approved", cents__gte=0, recoupment=None, remittance=None) & ~Q(claim=None)
                | Q(kind="unapproved", cents__lte=0, recoupment=None, remittance=None) & ~Q(claim=None)
                | Q(kind="recouped", cents__lte=0, remittance=None) & ~Q(recoupment=None)
                | Q(kind="released", cents__gte=0, remittance=None) & ~Q(recoupment=None)
                | Q(kind="paid", cents__lte=0, recoupment=None, claim=None) & ~Q(remittance=None),
                name="ledger_signs",
            ),
            child_of_claim("ledger_of_its_claim"),
            child_of_remittance("ledger_of_its_remittance"),
        ]
