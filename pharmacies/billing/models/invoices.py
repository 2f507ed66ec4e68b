"""What a client of a payer is billed for a month of a programme. Born issued: nobody may change it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, may

from .claims import ServiceClaim
from .payments import ProviderAdjustment, RemittanceLine

ADDS = may("select, insert", OWN_PAYERS)


class Invoice(PublicModel):
    """One client (a code, empty: the payer itself), one programme, one month. Negative totals are credits."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    serial = models.PositiveIntegerField(help_text="Counts the payer's invoices from 1, without a gap.")
    number = models.CharField(max_length=60, unique=True)
    client = models.CharField(max_length=60, blank=True)
    program = models.CharField(max_length=60, blank=True)
    month = models.DateField(help_text="The first day of the month.")
    total_cents = models.IntegerField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    walls = {"pbm": ADDS}
    plain = frozenset(
        ["payer", "serial", "number", "client", "program", "month", "total_cents", "created_by", "created_at"]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "serial"], name="invoice_serial_once"),
            models.UniqueConstraint(fields=["payer", "id"], name="invoice_of_payer"),
            models.CheckConstraint(condition=Q(month__day=1), name="invoice_of_a_month"),
        ]

    def __str__(self):
        return self.number


class InvoiceLine(TenantModel):
    """One remittance line, or one overpayment taken back: it stands on one invoice, and on no other."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines")
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, related_name="invoice_lines")
    remittance_line = models.OneToOneField(RemittanceLine, models.PROTECT, null=True, related_name="invoice_line")
    provider_adjustment = models.OneToOneField(
        ProviderAdjustment, models.PROTECT, null=True, related_name="invoice_line"
    )
    amount_cents = models.IntegerField()

    walls = {"pbm": ADDS}
    phi = frozenset({"claim"})
    plain = frozenset(["payer", "invoice", "remittance_line", "provider_adjustment", "amount_cents"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remittance_line=None) & ~Q(provider_adjustment=None)
                | ~Q(remittance_line=None) & Q(provider_adjustment=None),
                name="invoice_line_of_one_thing",
            ),
            SameTenant(
                fields=["payer_id", "invoice_id"],
                to="billing_invoice",
                to_fields=["payer_id", "id"],
                name="line_of_its_invoice",
            ),
        ]
