"""The payer's side: approve, deny, send back, pay. Claims are locked in key order before anything is decided."""

from itertools import groupby
from operator import attrgetter

from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record

from .actions import new_number
from .models import ClaimChange, Remittance, RemittanceLine, ServiceClaim

Status = ServiceClaim.Status


class CannotAdjudicate(Exception):
    """The sentence says which claim, and why not."""


@audited
def approve(*, claims, by):
    """Approves submitted claims in full, all or none. Returns them. Raises CannotAdjudicate."""
    locked = _lock(claims, by)
    for claim in locked:
        _check_can_move(claim, Status.APPROVED)
        approved = 0
        for line in claim.lines.all():
            line.approved_cents = line.charge_cents
            line.save(update_fields=["approved_cents"])
            approved += line.approved_cents
        claim.approved_cents = approved
        _move(claim, Status.APPROVED, by)
        record(event="service_claim.approved", by=by, target=claim, detail={"approved_cents": approved})
    return locked


@audited
def deny(*, claim, reason, by):
    """Denies a submitted or approved claim for good; the pharmacy reads the reason. Raises CannotAdjudicate."""
    return _refuse(claim, Status.DENIED, reason, by, event="service_claim.denied")


@audited
def send_back(*, claim, reason, by):
    """Gives a submitted claim back to its pharmacy, to be corrected and sent again. Raises CannotAdjudicate."""
    return _refuse(claim, Status.HELD, reason, by, event="service_claim.sent_back")


@audited
def pay(*, claims, paid_on, by):
    """Pays approved claims, all or none: one Remittance for each payer and pharmacy, with a line for each service line.

    Returns the remittances. Raises CannotAdjudicate, also for a claim that somebody else has just paid.
    """
    locked = _lock(claims, by)
    for claim in locked:
        _check_can_move(claim, Status.PAID)
        if paid_on < claim.service_on:
            raise CannotAdjudicate(f"Claim {claim.number} cannot be paid before its day of service.")
    owner = attrgetter("payer_id", "pharmacy_id")
    return [
        _remit(list(group), paid_on, by)
        for _, group in groupby(sorted(locked, key=lambda c: (owner(c), c.pk)), key=owner)
    ]


def _lock(claims, by):
    """The claims as they are now, locked. Whoever else wants one of them waits, and then sees what was decided here.

    Lines change only under their claim's lock, and are read after it.
    """
    keys = sorted({claim.pk for claim in claims})
    if not keys:
        raise CannotAdjudicate("Select at least one claim.")
    visible = ServiceClaim.objects.visible_to(by).filter(pk__in=keys)
    locked = list(visible.select_for_update(of=("self",)).order_by("pk").prefetch_related("lines"))
    if len(locked) != len(keys):
        raise CannotAdjudicate("One of these claims does not belong to a payer that you serve.")
    return locked


def _check_can_move(claim, to):
    if to not in ServiceClaim.TRANSITIONS[claim.status]:
        is_now = claim.get_status_display().lower()
        raise CannotAdjudicate(f"Claim {claim.number} is {is_now}: it cannot become {Status(to).label.lower()}.")


def _move(claim, to, by, *, why=""):
    before, claim.status = claim.status, to
    claim.save(update_fields=["status", "approved_cents", "paid_cents"])
    ClaimChange.objects.create(
        payer_id=claim.payer_id,
        pharmacy_id=claim.pharmacy_id,
        claim=claim,
        by=by,
        from_status=before,
        to_status=to,
        why=why,
    )


def _refuse(claim, to, reason, by, *, event):
    reason = reason.strip()
    if not reason:
        raise CannotAdjudicate("Say why: the pharmacy reads the reason, and needs to know what to do.")
    (claim,) = _lock([claim], by)
    _check_can_move(claim, to)
    for line in claim.lines.all():
        line.approved_cents = 0
        line.save(update_fields=["approved_cents"])
    claim.approved_cents = 0
    _move(claim, to, by, why=reason)
    # The reason stands in ClaimChange; the trail, which auditors of every payer read, says only that there is one.
    record(event=event, by=by, target=claim)
    return claim


def _remit(claims, paid_on, by):
    """One remittance: its lines add up to its total, and each claim's lines to the claim."""
    tenant = {"payer_id": claims[0].payer_id, "pharmacy_id": claims[0].pharmacy_id}
    remittance = Remittance.objects.create(
        number=new_number("RA"),
        paid_on=paid_on,
        total_cents=sum(claim.approved_cents for claim in claims),
        created_by=by,
        created_at=timezone.now(),
        **tenant,
    )
    for claim in claims:
        _pay_one(claim, remittance, tenant, by)
    record(
        event="remittance.issued",
        by=by,
        target=remittance,
        detail={"claims": len(claims), "total_cents": remittance.total_cents},
    )
    return remittance


def _pay_one(claim, remittance, tenant, by):
    lines = list(claim.lines.all())
    if sum(line.approved_cents for line in lines) != claim.approved_cents:
        raise CannotAdjudicate(
            f"The lines of claim {claim.number} do not add up to what was approved; nothing was paid."
        )
    for line in lines:
        line.paid_cents = line.approved_cents
        line.save(update_fields=["paid_cents"])
    RemittanceLine.objects.bulk_create(
        RemittanceLine(
            remittance=remittance,
            service_line=line,
            claim=claim,
            charge_cents=line.charge_cents,
            paid_cents=line.paid_cents,
            adjustment_cents=line.charge_cents - line.paid_cents,
            **tenant,
        )
        for line in lines
    )
    claim.paid_cents = claim.approved_cents
    _move(claim, Status.PAID, by)
    record(event="service_claim.paid", by=by, target=claim, detail={"paid_cents": claim.paid_cents})
