"""Paying, and taking back. One remittance for each payer and pharmacy; what would fall below zero is carried forward."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.money import dollars
from carecoord.kernel.parameters.parameter import Parameter

from .decisions import A_PHARMACYS_MONEY, CannotAdjudicate, check_can_move, lock, move, post, tenant_of, wait_for_turn
from .models import LedgerEntry, ProviderAdjustment, Recoupment, Remittance, RemittanceLine, ServiceClaim
from .numbers import new_number

Status, Entry, Method = ServiceClaim.Status, LedgerEntry.Kind, Remittance.Method
NOTICE_DAYS = Parameter(
    "billing.recoupment_notice_days",
    default=30,
    unit="days",
    low=0,
    high=180,
    why="A pharmacy has time to answer a notice of overpayment before the money is taken.",
)
FARTHEST = timedelta(days=366)
owner = attrgetter("payer_id", "pharmacy_id")


@dataclass
class Draft:
    """One remittance in the making: rows without their remittance, in the order in which they will stand."""

    lines: list = field(default_factory=list)
    adjustments: list = field(default_factory=list)

    @property
    def cents(self):
        return sum(line.paid_cents for line in self.lines) - sum(each.amount_cents for each in self.adjustments)


@audited
def pay(*, claims, paid_on, method=Method.EFT, trace="", by):
    """Pays approved claims, all or none: one Remittance for each payer and pharmacy, with a line for each service line.

    It also reports the pharmacy's denials that no remittance told of yet, takes back what is due, and settles the balance
    that an earlier remittance carried forward. Returns the remittances. Raises CannotAdjudicate, also for a claim that
    somebody else has just paid.
    """
    if paid_on > timezone.localdate() + FARTHEST:
        raise CannotAdjudicate("The day of payment lies more than a year ahead. Correct it.")
    wanted = list(ServiceClaim.objects.visible_to(by).filter(pk__in={claim.pk for claim in claims}))
    owners = sorted({owner(claim) for claim in wanted})
    if trace and len(owners) > 1:
        raise CannotAdjudicate("A trace number belongs to one payment: select the claims of one pharmacy.")
    for pharmacy_id in sorted({pharmacy_id for _, pharmacy_id in owners}):
        wait_for_turn(A_PHARMACYS_MONEY, pharmacy_id)
    locked = lock([*claims, *_told_with_them(owners, paid_on, by)], by)
    selected = {claim.pk for claim in claims}
    for claim in locked:
        if claim.pk in selected:
            check_can_move(claim, Status.PAID)
            if paid_on < claim.service_on:
                raise CannotAdjudicate(f"Claim {claim.number} cannot be paid before its day of service.")
    groups = groupby(sorted(locked, key=lambda claim: (owner(claim), claim.pk)), key=owner)
    return [_remit(list(group), selected, paid_on, method, trace.strip(), by) for _, group in groups]


@audited
def recoup(*, claim, amount_cents, reason, by):
    """Takes back what was paid too much for a claim, after a notice that the pharmacy reads. Raises CannotAdjudicate."""
    if not reason.strip():
        raise CannotAdjudicate("Say why: the notice tells the pharmacy.")
    (claim,) = lock([claim], by)
    if claim.status != Status.PAID:
        raise CannotAdjudicate(
            f"Claim {claim.number} is {claim.get_status_display().lower()}: nothing was paid too much."
        )
    open_cents = sum(claim.recoupments.filter(status=Recoupment.Status.OPEN).values_list("amount_cents", flat=True))
    left = claim.paid_cents - claim.recouped_cents - open_cents
    if not 0 < amount_cents <= left:
        raise CannotAdjudicate(f"Of claim {claim.number} {dollars(left)} can be taken back, and no more.")
    today = timezone.localdate()
    due_on = today + timedelta(days=NOTICE_DAYS.on(today))
    made = _open(claim, Recoupment.Kind.OVERPAID, amount_cents, reason.strip(), due_on, by)
    record(event="recoupment.notified", by=by, target=made, detail={"amount_cents": amount_cents, "due_on": due_on})
    return made


@audited
def withdraw_recoupment(*, recoupment, by):
    """Takes a notice of overpayment back before a remittance has taken the money. Raises CannotAdjudicate."""
    lock([recoupment.claim], by)
    recoupment = Recoupment.objects.visible_to(by).select_for_update(of=("self",)).get(pk=recoupment.pk)
    if recoupment.kind != Recoupment.Kind.OVERPAID or recoupment.status != Recoupment.Status.OPEN:
        raise CannotAdjudicate(f"This is {recoupment.get_status_display().lower()}: only an open notice is withdrawn.")
    _withdraw(recoupment)
    record(event="recoupment.withdrawn", by=by, target=recoupment)
    return recoupment


def reverse(claim, kind, why, by):
    """A paid and locked claim gives way: all that is left of its payment goes back, with the next remittance."""
    for each in claim.recoupments.filter(status=Recoupment.Status.OPEN).order_by("pk"):
        _withdraw(each)
    return _open(claim, kind, claim.paid_cents - claim.recouped_cents, why, timezone.localdate(), by)


def _open(claim, kind, cents, reason, due_on, by):
    made = Recoupment.objects.create(
        claim=claim,
        kind=kind,
        amount_cents=cents,
        reason=reason,
        notified_on=timezone.localdate(),
        due_on=due_on,
        created_by=by,
        **tenant_of(claim),
    )
    post(Entry.RECOUPED, -cents, made)
    return made


def _withdraw(recoupment):
    recoupment.status = Recoupment.Status.WITHDRAWN
    recoupment.save(update_fields=["status"])
    post(Entry.RELEASED, recoupment.amount_cents, recoupment)


def _told_with_them(owners, paid_on, by):
    """Claims that a remittance tells of beside those that it pays: denied ones, and those of which money is due."""
    found = []
    for payer_id, pharmacy_id in owners:
        mine = ServiceClaim.objects.visible_to(by).filter(payer=payer_id, pharmacy=pharmacy_id)
        found += mine.filter(status=Status.DENIED, remittance_lines=None).exclude(lines=None)
        found += mine.filter(recoupments__in=_due(payer_id, pharmacy_id, paid_on, by))
    return found


def _due(payer_id, pharmacy_id, paid_on, by):
    return Recoupment.objects.visible_to(by).filter(
        payer=payer_id, pharmacy=pharmacy_id, status=Recoupment.Status.OPEN, due_on__lte=paid_on
    )


def _remit(claims, selected, paid_on, method, trace, by):
    """One remittance: its lines less its provider-level adjustments are its total, and each claim's lines the claim's."""
    tenant, draft = tenant_of(claims[0]), Draft()
    paying = [claim for claim in claims if claim.pk in selected]
    for claim in claims:
        if claim.pk in selected or claim.status == Status.DENIED:
            draft.lines += _payment_of(claim)
    locked = {claim.pk: claim for claim in claims}
    due = _due(*owner(claims[0]), paid_on, by).filter(claim__in=locked).select_for_update(of=("self",)).order_by("pk")
    taken = [each for each in due if _take(each, locked[each.claim_id], draft)]
    draft.adjustments += _carried(tenant, by)
    total = max(draft.cents, 0)
    remittance = _issue(tenant, total, paid_on, method, trace, by)
    if draft.cents < 0:
        draft.adjustments.append(_carry_on(draft.cents, remittance))
    for row in (*draft.lines, *draft.adjustments):
        row.remittance, row.payer_id, row.pharmacy_id = remittance, *owner(claims[0])
    for each in taken:
        each.status, each.remittance = Recoupment.Status.SETTLED, remittance
        each.save(update_fields=["status", "remittance"])
    RemittanceLine.objects.bulk_create(draft.lines)
    ProviderAdjustment.objects.bulk_create(draft.adjustments)
    for claim in claims:
        _settle(claim, claim.pk in selected, by)
    post(Entry.PAID, -total, remittance, on=paid_on)
    record(event="remittance.issued", by=by, target=remittance, detail={"claims": len(paying), "total_cents": total})
    return remittance


def _payment_of(claim):
    """Lines that pay what was approved; of a denied claim, lines that tell of nothing paid."""
    for line in claim.lines.all():
        line.paid_cents = line.approved_cents
    return [_remitted(claim, line, 1) for line in claim.lines.all()]


def _take(recoupment, claim, draft):
    """Puts what is due into the draft: a part as WO, a whole claim as negative lines, with its earlier WO given back."""
    if recoupment.kind == Recoupment.Kind.OVERPAID:
        claim.recouped_cents += recoupment.amount_cents
        draft.adjustments.append(_overpayment(claim, recoupment.amount_cents, recoupment))
        return True
    draft.lines += [_remitted(claim, line, -1) for line in claim.lines.all()]
    if claim.recouped_cents:
        draft.adjustments.append(_overpayment(claim, -claim.recouped_cents, None))
        claim.recouped_cents = 0
    for line in claim.lines.all():
        line.paid_cents = 0
    return True


def _remitted(claim, line, sign):
    return RemittanceLine(
        claim=claim,
        service_line=line,
        is_reversal=sign < 0,
        charge_cents=sign * line.charge_cents,
        paid_cents=sign * line.paid_cents,
        adjustment_cents=sign * (line.charge_cents - line.paid_cents),
    )


def _overpayment(claim, cents, recoupment):
    reason = ProviderAdjustment.Reason.OVERPAYMENT
    return ProviderAdjustment(
        reason=reason, reference=claim.icn, amount_cents=cents, claim=claim, recoupment=recoupment
    )


def _carried(tenant, by):
    """Settles every balance that an earlier remittance carried forward."""
    carried = ProviderAdjustment.objects.visible_to(by).filter(reason="FB", settles=None, settled_by=None, **tenant)
    return [
        ProviderAdjustment(reason="FB", reference=each.remittance.number, amount_cents=-each.amount_cents, settles=each)
        for each in carried.select_related("remittance").order_by("pk")
    ]


def _carry_on(cents, remittance):
    return ProviderAdjustment(reason="FB", reference=remittance.number, amount_cents=cents)


def _issue(tenant, total, paid_on, method, trace, by):
    number = new_number("RA")
    if (
        trace
        and Remittance.objects.visible_to(by).filter(payer=tenant["payer_id"], method=method, trace=trace).exists()
    ):
        raise CannotAdjudicate(f"Trace {trace} is on another remittance already.")
    return Remittance.objects.create(
        number=number,
        paid_on=paid_on,
        method=method if total else Method.NONE,
        trace=trace or number,
        total_cents=total,
        created_by=by,
        created_at=timezone.now(),
        **tenant,
    )


def _settle(claim, is_paid, by):
    """Writes down what the claim's lines have come to."""
    for line in claim.lines.all():
        line.save(update_fields=["paid_cents"])
    claim.paid_cents = sum(line.paid_cents for line in claim.lines.all())
    if is_paid:
        move(claim, Status.PAID, by)
        record(event="service_claim.paid", by=by, target=claim, detail={"paid_cents": claim.paid_cents})
    else:
        claim.save(update_fields=["paid_cents", "recouped_cents"])
