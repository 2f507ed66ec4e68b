"""A side's service claim in any status, with the rows that belong to it. Written as the owner."""

from django.utils import timezone

from pharmacies.billing.models import (
    Adjustment,
    LedgerEntry,
    Remittance,
    RemittanceLine,
    ServiceClaim,
    ServiceLine,
)

Status = ServiceClaim.Status


def put_into(side, status):
    """The side's claim in a status, with the rows that belong to it, as the owner."""
    claim, line = side.service_claim, side.service_line
    cents = {"approved_cents": 2500 if status in ("approved", "paid") else 0, "paid_cents": 2500 * (status == "paid")}
    wait = {"wait": "review", "wait_until": timezone.localdate()} if status == Status.PENDED else {}
    ServiceClaim.objects.filter(pk=claim.pk).update(status=status, **cents, **wait)
    ServiceLine.objects.filter(claim=claim).update(**cents)
    mine = {"payer": side.payer, "pharmacy": side.pharmacy}
    if status == Status.DENIED:
        Adjustment.objects.create(claim=claim, line=line, decision=0, group="CO", carc="204", amount_cents=2500, **mine)
    if status == Status.PAID:
        made = Remittance.objects.create(
            number="RA-1",
            trace="RA-1",
            paid_on=timezone.localdate(),
            total_cents=2500,
            created_by=claim.created_by,
            **mine,
        )
        LedgerEntry.objects.create(kind="paid", on=timezone.localdate(), cents=-2500, remittance=made, **mine)
        RemittanceLine.objects.create(
            remittance=made, claim=claim, service_line=line, charge_cents=2500, paid_cents=2500, **mine
        )
