"""The payer's side: approve, in full or in part, deny, pend, send back. The edits are run again here, and nobody else's word is taken."""

from datetime import timedelta

from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.money import dollars
from carecoord.kernel.parameters.parameter import Parameter

from . import edits, reasons
from .decisions import CannotAdjudicate, check_can_move, lock, move, post, set_amounts, tenant_of
from .facts import facts_of
from .models import EditResult, LedgerEntry, ServiceClaim
from .payment import pay, recoup, reverse, withdraw_recoupment
from .reasons import BadReason, Cut

__all__ = [
    "CannotAdjudicate",
    "approve",
    "approve_in_part",
    "deny",
    "pay",
    "pend",
    "recoup",
    "release",
    "send_back",
    "withdraw_recoupment",
]

Status, Wait, Frequency = ServiceClaim.Status, ServiceClaim.Wait, ServiceClaim.Frequency
SECOND_APPROVAL_CENTS = Parameter(
    "billing.second_approval_cents",
    default=100_000,
    unit="cents",
    low=0,
    high=100_000_000,
    why="More than $1,000 for one claim of a pharmacist's service is rare: two people look at it.",
)
LONGEST_PEND_DAYS = Parameter(
    "billing.longest_pend_days",
    default=60,
    unit="days",
    low=1,
    high=365,
    why="A pharmacy waits no longer than two months for an answer.",
)
SECOND_APPROVAL_DAYS = 7
NO_WORDS = "Say why: the pharmacy reads the reason, and needs to know what to do."


@audited
def approve(*, claims, despite="", by):
    """Approves claims in full, or as a first person proposed; accepts corrections and voids. All or none. Returns them.

    A claim that does not pass the payer's own edits is approved only `despite` them, for a reason that is written down.
    Raises CannotAdjudicate.
    """
    locked = lock(claims, by)
    for claim in locked:
        if claim.frequency == Frequency.VOID:
            _accept_void(claim, by)
        else:
            _approve(claim, None, {}, despite.strip(), by)
    return locked


@audited
def approve_in_part(*, claim, approved, cuts, despite="", by):
    """Approves {line_number: cents}, and says of each line why not more: {line_number: Cuts}. Raises CannotAdjudicate."""
    (claim,) = lock([claim], by)
    lines = {line.line_number: line for line in claim.lines.all()}
    if set(approved) != set(lines):
        raise CannotAdjudicate("Decide about every line of the claim.")
    for number, line in lines.items():
        _check_line(line, approved[number], cuts.get(number, ()))
    if not any(approved.values()):
        raise CannotAdjudicate("Nothing would be approved: deny the claim, with its reason.")
    _approve(claim, approved, cuts, despite.strip(), by)
    return claim


@audited
def deny(*, claim, reason="", group="CO", carc, rarc="", by):
    """Denies a claim with group code, CARC and RARC; the pharmacy reads the codes in words, and the reason.

    Raises CannotAdjudicate.
    """
    try:
        reasons.check(group=group, carc=carc, rarc=rarc)
    except BadReason as wrong:
        raise CannotAdjudicate(str(wrong)) from wrong
    said = ". ".join(filter(None, [reasons.in_words(carc, rarc), reason.strip()]))
    (claim,) = lock([claim], by)
    check_can_move(claim, Status.DENIED)
    lines = [line for line in claim.lines.all() if line.charge_cents]
    cuts = {each.line_number: (Cut(group=group, carc=carc, rarc=rarc, cents=each.charge_cents),) for each in lines}
    _forget_approvals(claim)
    set_amounts(claim, {}, cuts)
    move(claim, Status.DENIED, by, why=said)
    # The reason stands in ClaimChange; the trail, which auditors of every payer read, says only the codes.
    record(event="service_claim.denied", by=by, target=claim, detail={"group": group, "carc": carc, "rarc": rarc})
    return claim


@audited
def send_back(*, claim, reason, by):
    """Gives a claim back to its pharmacy, to be corrected and sent again. Raises CannotAdjudicate."""
    reason = _words(reason)
    (claim,) = lock([claim], by)
    if claim.frequency == Frequency.VOID:
        raise CannotAdjudicate("A void has nothing to correct: accept it, or deny it.")
    check_can_move(claim, Status.HELD)
    _forget_approvals(claim)
    set_amounts(claim, {}, {})
    move(claim, Status.HELD, by, why=reason)
    record(event="service_claim.sent_back", by=by, target=claim)
    return claim


@audited
def pend(*, claim, wait, until, reason, by):
    """Puts a claim aside until a day, for a reason that the pharmacy reads. Raises CannotAdjudicate."""
    today = timezone.localdate()
    if wait not in Wait.values or wait == Wait.SECOND_APPROVAL:
        raise CannotAdjudicate("Choose what the claim waits for.")
    if until is None or not today <= until <= today + timedelta(days=LONGEST_PEND_DAYS.on(today)):
        raise CannotAdjudicate(f"Choose a day from today on, {LONGEST_PEND_DAYS.on(today)} days ahead at most.")
    reason = _words(reason)
    (claim,) = lock([claim], by)
    check_can_move(claim, Status.PENDED)
    _forget_approvals(claim)
    set_amounts(claim, {}, {})
    move(claim, Status.PENDED, by, why=reason, wait=wait, wait_until=until)
    record(event="service_claim.pended", by=by, target=claim, detail={"wait": wait, "until": until})
    return claim


@audited
def release(*, claim, by):
    """Puts a pended claim back into the queue, undecided. Raises CannotAdjudicate."""
    (claim,) = lock([claim], by)
    if claim.status != Status.PENDED:
        is_now = claim.get_status_display().lower()
        raise CannotAdjudicate(f"Claim {claim.number} is {is_now}: only a pended claim is released.")
    _forget_approvals(claim)
    set_amounts(claim, {}, {})
    move(claim, Status.SUBMITTED, by)
    record(event="service_claim.released", by=by, target=claim)
    return claim


def _approve(claim, approved, cuts, despite, by):
    """`approved` None: what another person proposed, else the full charge."""
    check_can_move(claim, Status.APPROVED)
    _examine(claim, despite, by)
    why = f"In spite of the edits: {despite}" if despite else ""
    proposed = claim.wait == Wait.SECOND_APPROVAL
    confirms = proposed and approved is None
    if not confirms:
        _forget_approvals(claim)
        full = {line.line_number: line.charge_cents for line in claim.lines.all()}
        set_amounts(claim, full if approved is None else approved, cuts)
    elif claim.first_approved_by_id == by.pk:
        raise CannotAdjudicate(f"Claim {claim.number} needs a second person: you approved it first.")
    if not confirms and claim.approved_cents > SECOND_APPROVAL_CENTS.on(timezone.localdate()):
        _propose(claim, why, by)
        return
    claim.approved_by = by
    move(claim, Status.APPROVED, by, why=why)
    post(LedgerEntry.Kind.APPROVED, claim.approved_cents, claim)
    record(event="service_claim.approved", by=by, target=claim, detail={"approved_cents": claim.approved_cents})
    if claim.replaces_id:
        _make_way(claim.replaces, claim, Status.REPLACED, by)


def _propose(claim, why, by):
    claim.first_approved_by = by
    until = timezone.localdate() + timedelta(days=SECOND_APPROVAL_DAYS)
    move(claim, Status.PENDED, by, why=why, wait=Wait.SECOND_APPROVAL, wait_until=until)
    record(event="service_claim.proposed", by=by, target=claim, detail={"approved_cents": claim.approved_cents})


def _accept_void(void, by):
    if void.status not in (Status.SUBMITTED, Status.PENDED):  # denied, it is over: the pharmacy may ask anew
        is_now = void.get_status_display().lower()
        raise CannotAdjudicate(f"Claim {void.number} is {is_now}: it cannot become voided.")
    check_can_move(void.replaces, Status.VOIDED)
    move(void, Status.VOIDED, by)
    record(event="service_claim.void_accepted", by=by, target=void)
    _make_way(void.replaces, void, Status.VOIDED, by)


def _make_way(original, successor, to, by):
    """The original gives way: an approval is withdrawn, a payment will be taken back, denied tries before are closed. What a
    remittance has told of a denial stays as it was told."""
    check_can_move(original, to)
    why = f"{ServiceClaim.Status(to).label} by claim {successor.number}"
    if original.status == Status.PAID:
        reverse(original, to, f"{why}.", by)
    elif original.status != Status.DENIED:
        _forget_approvals(original)
        set_amounts(original, {}, {})
    move(original, to, by, why=why)
    record(event=f"service_claim.{to}", by=by, target=original)
    for tried in original.successors.filter(status=Status.DENIED).exclude(pk=successor.pk).order_by("pk"):
        move(tried, Status.REPLACED, by, why=why)


def _examine(claim, despite, by):
    """The payer's own run of the edits, kept beside the pharmacy's. Raises CannotAdjudicate where one holds."""
    findings, ran_at = edits.run(facts_of(claim, by)), timezone.now()
    EditResult.objects.bulk_create(
        EditResult(
            claim=claim,
            side=EditResult.Side.PAYER,
            edit=finding.edit.code,
            severity=finding.edit.severity,
            passed=finding.passed,
            message=finding.message,
            ran_at=ran_at,
            **tenant_of(claim),
        )
        for finding in findings
    )
    holding = [finding for finding in findings if finding.holds]
    if holding and not despite:
        raise CannotAdjudicate(
            f"Claim {claim.number} does not pass the edit \u201c{holding[0].edit.title}\u201d: {holding[0].message} "
            "Deny it, send it back, or say why it is approved all the same."
        )


def _check_line(line, approved, cuts):
    if not 0 <= approved <= line.charge_cents:
        raise CannotAdjudicate(f"Line {line.line_number}: approve between nothing and {dollars(line.charge_cents)}.")
    for cut in cuts:
        try:
            reasons.check(group=cut.group, carc=cut.carc, rarc=cut.rarc)
        except BadReason as wrong:
            raise CannotAdjudicate(f"Line {line.line_number}: {wrong}") from wrong
    if len({(cut.group, cut.carc, cut.rarc) for cut in cuts}) != len(cuts) or any(cut.cents <= 0 for cut in cuts):
        raise CannotAdjudicate(f"Line {line.line_number}: each reason stands once, with an amount.")
    if approved + sum(cut.cents for cut in cuts) != line.charge_cents:
        raise CannotAdjudicate(
            f"Line {line.line_number}: what is approved and what is cut must add up to {dollars(line.charge_cents)}."
        )


def _forget_approvals(claim):
    claim.first_approved_by = claim.approved_by = None


def _words(reason):
    if not reason.strip():
        raise CannotAdjudicate(NO_WORDS)
    return reason.strip()
