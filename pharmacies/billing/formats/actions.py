"""Claim files: naming the two ends, loading an 835 as a proposal, posting it, working what is left."""

import hashlib

from django.db import IntegrityError, transaction
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record

from ..models import BillingIdentity, PayerIdentity, PersonIdentity, ReceivedClaim, ReceivedRemittance, ServiceClaim
from . import balance, x12_835_in
from .documents import Adjustment, RemittedClaim
from .from_ledger import names
from .proposals import Ours, propose
from .x12_tokens import NotX12, Problem

Status, Way = ReceivedRemittance.Status, ReceivedClaim.Way


class CannotLoad(Exception):
    """The sentence says why; `problems` are Problems with their places in the file."""

    def __init__(self, sentence, problems=()):
        super().__init__(sentence)
        self.problems = tuple(problems)


class CannotName(Exception):
    """The sentence says why."""


class CannotPost(Exception):
    """The sentence says why."""


@audited
def name_pharmacy(*, pharmacy, facts, by):
    """How the pharmacy is named in claims: `facts` are the fields of BillingIdentity, checked by the form."""
    row, _ = BillingIdentity.objects.update_or_create(pharmacy=pharmacy, defaults=facts)
    record(event="claim_files.pharmacy_named", by=by, target=row)
    return row


@audited
def name_person(*, pharmacy, person, facts, by):
    """How somebody of the pharmacy is named in its next claims: `facts` are fields of PersonIdentity, checked by the form.

    Raises CannotName.
    """
    if person.membership_at(pharmacy.pk) is None:
        raise CannotName(f"{person} does not work at this pharmacy.")
    if facts["npi"] == pharmacy.npi:
        raise CannotName("This is the pharmacy's own NPI. A person has one of their own.")
    others = PersonIdentity.objects.visible_to(by).filter(pharmacy=pharmacy, npi=facts["npi"]).exclude(person=person)
    if others.exists():
        raise CannotName("Somebody else of this pharmacy has this NPI already.")
    row, _ = PersonIdentity.objects.update_or_create(pharmacy=pharmacy, person=person, defaults=facts)
    record(event="claim_files.person_named", by=by, target=row)
    return row


@audited
def forget_person(*, identity, by):
    """Takes somebody's NPI off the record: the next claims name the pharmacy alone."""
    record(event="claim_files.person_forgotten", by=by, target=identity)
    identity.delete()


@audited
def name_payer(*, payer, facts, by):
    """How a payer is named in claims: `facts` are the fields of PayerIdentity, checked by the form."""
    row, _ = PayerIdentity.objects.update_or_create(payer=payer, defaults=facts)
    record(event="claim_files.payer_named", by=by, target=row)
    return row


def look_at(stream):
    """(RemittanceFile, sha256) of a seekable binary stream. Raises CannotLoad with every problem, also where it does not balance."""
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    try:
        found = x12_835_in.read(stream)
    except NotX12 as refusal:
        raise CannotLoad(str(refusal)) from refusal
    problems = list(found.problems)
    for document in found.documents:
        problems += [
            Problem(
                segment=fault.segment,
                segment_id="",
                element=0,
                code=f"unbalanced_{fault.level}",
                sentence=fault.sentence,
            )
            for fault in balance.faults(document)
        ]
    if problems:
        raise CannotLoad("Nothing was loaded: the file has to be right first. Send this list to the payer.", problems)
    return found, digest


@audited
def load(*, stream, file_name, pharmacy, by):
    """An 835 as proposals: one ReceivedRemittance a payment. What was loaded before is given back as it is.

    Returns (rows, how many are new, how many payments are somebody else's and were left out). Raises CannotLoad.
    """
    found, digest = look_at(stream)
    identity = BillingIdentity.objects.visible_to(by).filter(pharmacy=pharmacy).first()
    mine = [each for each in found.documents if _pays(each.payee, pharmacy, identity)]
    if not mine:
        names = sorted({each.payee.npi or each.payee.tax_id or "nobody" for each in found.documents})
        raise CannotLoad(
            f"The file pays {', '.join(names)}, not this pharmacy (NPI {pharmacy.npi}). Nothing was loaded."
        )
    left = len(found.documents) - len(mine)
    try:
        rows = [_row(document, digest, file_name, pharmacy, by) for document in mine]
    except IntegrityError as race:
        raise CannotLoad("Somebody else is loading this payment just now. Load the file again to see it.") from race
    new = sum(is_new for _, is_new in rows)
    detail = {"sha256": digest, "payments": len(rows), "new": new, "left": left}
    record(event="remittance_file.loaded", by=by, count=new, detail=detail)
    return [row for row, _ in rows], new, left


@audited
def post(*, remittance, by):
    """A person confirms the proposal: what is still clear counts as posted, the rest goes to the work queue. Raises CannotPost."""
    _weigh_again(remittance, by)
    remittance = _move(remittance, Status.POSTED, by)
    claims = list(remittance.claims.visible_to(by).order_by("position"))
    record(
        event="received_remittance.posted", by=by, target=remittance, count=sum(each.way == Way.POST for each in claims),
        detail={"to_work": sum(each.way == Way.QUEUE for each in claims), "total_cents": remittance.total_cents},
    )  # fmt: skip
    return remittance


@audited
def set_aside(*, remittance, by):
    """A proposal that is not to be posted, such as a file of the wrong year. It stays, so that it is not loaded again."""
    remittance = _move(remittance, Status.ASIDE, by)
    record(event="received_remittance.set_aside", by=by, target=remittance)
    return remittance


@audited
def settle(*, claim, note, by):
    """A claim leaves the work queue with what somebody did about it. Raises CannotPost."""
    row = ReceivedClaim.objects.visible_to(by).select_for_update(of=("self",)).get(pk=claim.pk)
    if row.way != Way.QUEUE or row.settled_at or row.remittance.status != Status.POSTED:
        raise CannotPost("This claim does not wait for anybody.")
    if not note.strip():
        raise CannotPost("Say what was done about it.")
    row.settled_note, row.settled_by, row.settled_at = note.strip(), by, timezone.now()
    row.save(update_fields=["settled_note", "settled_by", "settled_at"])
    record(event="received_claim.settled", by=by, target=row)
    return row


def _move(remittance, to, by):
    row = ReceivedRemittance.objects.visible_to(by).select_for_update().get(pk=remittance.pk)
    if to not in ReceivedRemittance.TRANSITIONS[row.status]:
        raise CannotPost(f"Payment {row.trace} is {row.get_status_display().lower()} already.")
    row.status, row.decided_by, row.decided_at = to, by, timezone.now()
    row.save(update_fields=["status", "decided_by", "decided_at"])
    return row


def _weigh_again(remittance, by):
    """What was clear when the file was loaded may have been posted, paid or voided since. Locks the claims that are weighed."""
    rows = list(remittance.claims.visible_to(by).filter(way=Way.POST).order_by("position"))
    claims = ServiceClaim.objects.visible_to(by).filter(pk__in=[row.claim_id for row in rows]).order_by("pk")
    list(claims.select_for_update(of=("self",)))
    remitted = [_remitted(row) for row in rows]
    for row, (_, proposal) in zip(rows, _proposals(remitted, _ours(remitted, by)), strict=True):
        if proposal.why:
            row.way, row.why = Way.QUEUE, proposal.why
            row.save(update_fields=["way", "why"])


def _remitted(row):
    """A ReceivedClaim as it stood in its file, without lines."""
    cuts = tuple(Adjustment(group=x["group"], reason=x["reason"], cents=x["cents"]) for x in row.adjustments)
    return RemittedClaim(
        control_number=row.control_number, icn=row.icn, status=row.status_code, charge_cents=row.charge_cents,
        paid_cents=row.paid_cents, last_name=row.patient_name.partition(",")[0], adjustments=cuts,
    )  # fmt: skip


def _pays(payee, pharmacy, identity):
    """Whether a payee is this pharmacy. One without an NPI is known by the tax number."""
    if payee.npi:
        return payee.npi == pharmacy.npi
    return identity is not None and payee.tax_id == identity.tax_id


def _row(document, digest, file_name, pharmacy, by):
    """(ReceivedRemittance, whether it is new) of one payment with its claims."""
    key = {"pharmacy": pharmacy, "payer_tax_id": document.payer.tax_id[:9], "trace": document.trace[:50]}
    mine = ReceivedRemittance.objects.visible_to(by)
    if there := mine.filter(**key).first():
        if there.total_cents != document.total_cents or there.paid_on != document.paid_on:
            raise CannotLoad(
                f"Payment {document.trace} was loaded before with another amount or day. Ask the payer which one is right."
            )
        return there, False
    with transaction.atomic():
        row = ReceivedRemittance.objects.create(
            **key, payer_name=document.payer.name[:60], method=document.method[:3], paid_on=document.paid_on,
            total_cents=document.total_cents, file_name=file_name[:200], sha256=digest, loaded_by=by,
            provider_adjustments=[
                {"reason": each.reason, "reference": each.reference, "cents": each.cents} for each in document.provider_adjustments
            ],
        )  # fmt: skip
        _claims(row, document.claims, by)
    return row, True


def _claims(row, remitted, by):
    """The claims of one payment with their proposals."""
    found = enumerate(_proposals(remitted, _ours(remitted, by)), 1)
    ReceivedClaim.objects.bulk_create([_claim(row, position, each, proposal) for position, (each, proposal) in found])


def _proposals(remitted, ours):
    """(RemittedClaim, Proposal) of each; a claim that occurs twice is weighed with its earlier occurrence."""
    posted = {}
    for each in remitted:
        known = ours.get(each.control_number) or ours.get(each.icn)
        if known:
            known = Ours(**vars(known) | {"posted_cents": known.posted_cents + posted.get(known.pk, 0)})
        proposal = propose(each, known)
        if known and not proposal.why:
            posted[known.pk] = posted.get(known.pk, 0) + each.paid_cents
        yield each, proposal


def _ours(remitted, by):
    """Our claims by number and by control number, with what was posted for them."""
    numbers = {each.control_number for each in remitted}
    visible = ServiceClaim.objects.visible_to(by)
    found = list(visible.filter(number__in=numbers)) + list(
        visible.filter(icn__in={each.icn for each in remitted} - {""})
    )
    before = ReceivedClaim.objects.visible_to(by).filter(
        claim__in=found, way=Way.POST, remittance__status=Status.POSTED
    )
    posted = {}
    for claim_id, cents in before.values_list("claim_id", "paid_cents"):
        posted[claim_id] = posted.get(claim_id, 0) + cents
    known = {}
    for claim in found:
        one = Ours(
            pk=claim.pk, number=claim.number, icn=claim.icn, status=claim.status, charge_cents=claim.charge_cents,
            paid_cents=claim.paid_cents, posted_cents=posted.get(claim.pk, 0),
            last_name=names((claim.snapshot.get("patient") or {}).get("name", ""))[0],
        )  # fmt: skip
        known |= {claim.number: one} | ({claim.icn: one} if claim.icn else {})
    return known


def _claim(row, position, remitted, proposal):
    cuts = [(0, cut) for cut in remitted.adjustments]
    cuts += [(at, cut) for at, line in enumerate(remitted.lines, 1) for cut in line.adjustments]
    return ReceivedClaim(
        pharmacy_id=row.pharmacy_id, remittance=row, position=position, claim_id=proposal.claim,
        control_number=remitted.control_number[:50], icn=remitted.icn[:50], status_code=remitted.status[:2],
        patient_name=", ".join(filter(None, (remitted.last_name, remitted.first_name)))[:120],
        charge_cents=proposal.charge_cents, paid_cents=proposal.paid_cents, contractual_cents=proposal.contractual_cents,
        patient_cents=proposal.patient_cents, other_cents=proposal.other_cents,
        adjustments=[{"line": at, "group": cut.group, "reason": cut.reason, "cents": cut.cents} for at, cut in cuts],
        way=Way.QUEUE if proposal.why else Way.POST, why=proposal.why,
    )  # fmt: skip
