"""What clients are billed: every cent that remittances paid for their members' services, once, less what was taken back."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, F, Max, Sum
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import audited, record

from .decisions import wait_for_turn
from .models import Invoice, InvoiceLine, ProviderAdjustment, RemittanceLine

A_PAYERS_INVOICES = 71_003
"""The advisory lock's class: a payer's invoices are numbered one after the other."""


class CannotInvoice(Exception):
    """The sentence says why, to the person who asked."""


@dataclass(frozen=True, kw_only=True)
class ToInvoice:
    """What stands on no invoice yet, up to the end of a month, for one client (a code) and one programme."""

    payer_id: int
    payer_code: str
    payer_name: str
    client: str
    program: str
    lines: int
    cents: int


@dataclass(frozen=True, kw_only=True)
class InvoiceRow:
    id: int
    public_id: UUID
    number: str
    payer_name: str
    client: str
    program: str
    month: date
    lines: int
    total_cents: int


@dataclass(frozen=True, kw_only=True)
class InvoicedLine:
    """One line: what was paid (or, negative, taken back) for a service, by which remittance."""

    claim_number: str
    claim_ref: UUID
    member_id: str
    patient_name: str
    pharmacy_name: str
    service_on: date
    code: str
    label: str
    units: int | None
    remittance_number: str
    paid_on: date
    amount_cents: int


@dataclass(frozen=True, kw_only=True)
class InvoiceSheet:
    row: InvoiceRow
    issued_at: object
    lines: tuple[InvoicedLine, ...]
    patient_refs: tuple[UUID, ...]


@audited
def issue(*, payer_id, client, program, month, by):
    """One numbered invoice of all that is not invoiced yet for a client and a programme, up to the end of the month.

    What is paid later, even with a day in that month, stands on the next one. Raises CannotInvoice.
    """
    if month > timezone.localdate():
        raise CannotInvoice("That month has not begun.")
    month = month.replace(day=1)
    payer = Organisation.objects.get(pk=payer_id)
    wait_for_turn(A_PAYERS_INVOICES, payer_id)
    paid, taken = _open_lines(by, month, payer_id=payer_id, client=client, program=program)
    lines = [
        *(InvoiceLine(claim=x.claim, remittance_line=x, amount_cents=x.paid_cents) for x in paid),
        *(InvoiceLine(claim=x.claim, provider_adjustment=x, amount_cents=-x.amount_cents) for x in taken),
    ]
    if not lines:
        raise CannotInvoice("There is nothing to invoice: all that was paid by then stands on an invoice.")
    serial = (Invoice.objects.visible_to(by).filter(payer=payer).aggregate(last=Max("serial"))["last"] or 0) + 1
    invoice = Invoice.objects.create(
        payer=payer,
        serial=serial,
        number=f"{payer.code}-{serial:05d}",
        client=client,
        program=program,
        month=month,
        total_cents=sum(line.amount_cents for line in lines),
        created_by=by,
    )
    for line in lines:
        line.invoice, line.payer_id = invoice, payer.pk
    InvoiceLine.objects.bulk_create(lines)
    record(
        event="invoice.issued",
        by=by,
        target=invoice,
        detail={"lines": len(lines), "total_cents": invoice.total_cents},
    )
    return invoice


def to_invoice(who, month):
    """A tuple of ToInvoice, by payer, client and programme."""
    paid, taken = _open_lines(who, month.replace(day=1))
    keys = ("payer_id", "payer__code", "payer__name", "claim__client", "claim__program")
    sums = {}
    for rows, cents in ((paid, Sum("paid_cents")), (taken, -Sum("amount_cents"))):
        for row in rows.order_by().values(*keys).annotate(lines=Count("id"), cents=cents):
            key = tuple(row[name] for name in keys)
            lines, before = sums.get(key, (0, 0))
            sums[key] = (lines + row["lines"], before + row["cents"])
    return tuple(
        ToInvoice(payer_id=k[0], payer_code=k[1], payer_name=k[2], client=k[3], program=k[4], lines=n, cents=c)
        for k, (n, c) in sorted(sums.items(), key=lambda item: item[0][1:])
    )


def invoices_of(who, *, before=None, limit=50):
    """Newest first, as InvoiceRow; `before` is the `id` of the last row of the page before."""
    found = _invoices(who).order_by("-id")
    if before:
        found = found.filter(pk__lt=before)
    return tuple(_row(each) for each in found[:limit])


def invoice_of(who, public_id):
    """An InvoiceSheet. Raises Invoice.DoesNotExist for what is not there, or not theirs."""
    invoice = _invoices(who).get(public_id=public_id)
    lines = (
        InvoiceLine.objects.visible_to(who)
        .filter(invoice=invoice)
        .select_related(
            "claim__pharmacy",
            "remittance_line__service_line",
            "remittance_line__remittance",
            "provider_adjustment__remittance",
        )
    )
    lines = list(lines.order_by("claim_id", "id"))
    return InvoiceSheet(
        row=_row(invoice),
        issued_at=invoice.created_at,
        lines=tuple(_line(each) for each in lines),
        patient_refs=tuple(sorted({each.claim.patient_ref for each in lines})),
    )


def _open_lines(who, month, *, payer_id=None, client=None, program=None):
    """Lines that moved money by the end of the month and stand on no invoice: (remittance lines, WO adjustments)."""
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    wanted = {"remittance__paid_on__lt": after, "invoice_line": None}
    if payer_id is not None:
        wanted |= {"payer": payer_id, "claim__client": client, "claim__program": program}
    paid = RemittanceLine.objects.visible_to(who).filter(**wanted).exclude(paid_cents=0)
    taken = ProviderAdjustment.objects.visible_to(who).filter(reason=ProviderAdjustment.Reason.OVERPAYMENT, **wanted)
    return paid.select_related("claim").order_by("id"), taken.select_related("claim").order_by("id")


def _invoices(who):
    return Invoice.objects.visible_to(who).annotate(payer_name=F("payer__name"), count=Count("lines"))


def _row(invoice):
    names = ("id", "public_id", "number", "payer_name", "client", "program", "month", "total_cents")
    return InvoiceRow(lines=invoice.count, **{name: getattr(invoice, name) for name in names})


def _line(each):
    patient = each.claim.snapshot.get("patient", {})
    moved = each.remittance_line or each.provider_adjustment
    service = each.remittance_line.service_line if each.remittance_line else None
    return InvoicedLine(
        claim_number=each.claim.number,
        claim_ref=each.claim.public_id,
        member_id=patient.get("member_id", ""),
        patient_name=patient.get("name", ""),
        pharmacy_name=each.claim.pharmacy.name,
        service_on=each.claim.service_on,
        code=service.code if service else "",
        label=service.label if service else "Overpayment taken back" if each.amount_cents < 0 else "Given back",
        units=service.units if service else None,
        remittance_number=moved.remittance.number,
        paid_on=moved.remittance.paid_on,
        amount_cents=each.amount_cents,
    )
