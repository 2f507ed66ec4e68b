"""The pharmacy's side: opening a service claim, sending a held one again, correcting and voiding what was decided."""

from datetime import timedelta

from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record

from . import edits
from .decisions import A_PHARMACYS_CLAIMS, wait_for_turn
from .facts import facts_of
from .fees import price
from .models import ClaimChange, EditResult, ServiceClaim, ServiceLine
from .numbers import new_number
from .snapshot import ClaimSnapshot

Status, Frequency = ServiceClaim.Status, ServiceClaim.Frequency
CORRECTED = (Status.DENIED, Status.APPROVED, Status.PAID)
VOIDED = (Status.SUBMITTED, Status.PENDED, Status.APPROVED, Status.PAID)


class CannotBill(Exception):
    """The sentence says why, to the person who asked."""


@audited
def open_claim(*, snapshot, by):
    """One service claim of an encounter: priced, checked by every edit, then submitted or held.

    Asked again for the same encounter, gives the claim that there is. Raises CannotBill for a day that has not come.
    """
    _check_can_open(snapshot, by)
    wait_for_turn(A_PHARMACYS_CLAIMS, snapshot.pharmacy.id)
    originals = ServiceClaim.objects.visible_to(by).filter(frequency=Frequency.ORIGINAL)
    there = originals.filter(encounter_ref=snapshot.encounter_ref).first()
    if there is not None:
        record(event="service_claim.asked_again", by=by, target=there)
        return there
    claim, findings = _make(snapshot, Frequency.ORIGINAL, None, by)
    record(event="service_claim.opened", by=by, target=claim, detail=_facts_for_the_trail(claim, findings))
    return claim


@audited
def resubmit(*, claim, snapshot=None, by):
    """Runs the edits on a held claim again, at today's knowledge of fees and other claims; on a `snapshot` of the
    corrected encounter, if one is given. Returns the claim, submitted or still held. Raises CannotBill.
    """
    wait_for_turn(A_PHARMACYS_CLAIMS, claim.pharmacy_id)
    claim = _held(claim, by, "only held claims are sent again.")
    snapshot = _same_service(claim, snapshot)
    priced = price(snapshot=snapshot, who=by)
    lines = list(claim.lines.order_by("line_number"))
    for line, new in zip(lines, priced.lines, strict=True):  # while the claim is held still
        line.label, line.charge_cents = new.label or line.label, new.charge_cents
        line.save(update_fields=["label", "charge_cents"])
    findings = edits.run(facts_of(claim, by, snapshot=snapshot, priced=priced))
    claim.contract, claim.charge_cents = priced.contract, priced.charge_cents
    claim.snapshot, claim.client, claim.program = snapshot.to_json(), snapshot.client, snapshot.program
    _send_if_clean(claim, findings)
    claim.save(
        update_fields=["contract", "charge_cents", "snapshot", "client", "program", "status", "icn", "received_at"]
    )
    _keep(claim, findings, by, from_status=Status.HELD)
    record(event="service_claim.resubmitted", by=by, target=claim, detail=_facts_for_the_trail(claim, findings))
    return claim


@audited
def correct(*, claim, snapshot, note="", by):
    """A corrected claim (frequency 7) in place of one that was denied, approved or paid; submitted, or held by an edit.

    `note` is what the pharmacy tells the payer with it. The earlier one stands until the payer approves this one. Raises CannotBill.
    """
    wait_for_turn(A_PHARMACYS_CLAIMS, claim.pharmacy_id)
    claim = _to_succeed(claim, CORRECTED, "corrected", by)
    if snapshot.service_on != claim.service_on or not _is_about_the_same(snapshot, claim):
        raise CannotBill("A correction keeps the visit, patient, payer and day. Void the claim, and open a new visit.")
    made, findings = _make(snapshot, Frequency.REPLACEMENT, _root(claim), by, note=note.strip())
    record(event="service_claim.corrected", by=by, target=made, detail=_facts_for_the_trail(made, findings))
    return made


@audited
def void(*, claim, reason, by):
    """Withdraws a claim: one that never went out at once; of others, the payer is asked (frequency 8). Returns the claim
    that is void, or the one that asks. Raises CannotBill.
    """
    reason = reason.strip()
    if not reason:
        raise CannotBill("Say why the claim is withdrawn.")
    wait_for_turn(A_PHARMACYS_CLAIMS, claim.pharmacy_id)
    if ServiceClaim.objects.visible_to(by).filter(pk=claim.pk, status=Status.HELD).exists():
        claim = _held(claim, by, "only held claims are withdrawn at once.")
        claim.status = Status.VOIDED
        claim.save(update_fields=["status"])
        _change(claim, by, Status.HELD, reason)
        record(event="service_claim.withdrawn", by=by, target=claim)
        return claim
    claim = _to_succeed(claim, VOIDED, "voided", by)
    asks = _claim(ClaimSnapshot.from_json(claim.snapshot), Frequency.VOID, claim, claim.contract, 0, by)
    asks.status = Status.SUBMITTED
    _receive(asks)
    asks.save()
    _change(asks, by, "", reason)
    record(event="service_claim.void_asked", by=by, target=asks)
    return asks


def _make(snapshot, frequency, replaces, by, *, note=""):
    """A priced claim with its lines, checked, and submitted or held. Returns it and the findings."""
    priced = price(snapshot=snapshot, who=by)
    claim = _claim(snapshot, frequency, replaces, priced.contract, priced.charge_cents, by)
    findings = edits.run(facts_of(claim, by, snapshot=snapshot, priced=priced))
    _send_if_clean(claim, findings)
    claim.save()
    ServiceLine.objects.bulk_create(_line(claim, number, line) for number, line in enumerate(priced.lines, start=1))
    _keep(claim, findings, by, from_status="", note=note)
    return claim, findings


def _claim(snapshot, frequency, replaces, contract, charge_cents, by):
    return ServiceClaim(
        payer_id=snapshot.payer_id,
        pharmacy_id=snapshot.pharmacy.id,
        contract=contract,
        number=new_number("SC"),
        frequency=frequency,
        replaces=replaces,
        encounter_ref=snapshot.encounter_ref,
        patient_ref=snapshot.patient.ref,
        service_on=snapshot.service_on,
        snapshot=snapshot.to_json(),
        client=snapshot.client,
        program=snapshot.program,
        charge_cents=charge_cents,
        created_by=by,
    )


def _send_if_clean(claim, findings):
    if any(finding.holds for finding in findings):
        claim.status = Status.HELD
    else:
        claim.status = Status.SUBMITTED
        _receive(claim)


def _receive(claim):
    """The payer's control number and the hour of receipt, given once."""
    if not claim.icn:
        claim.icn, claim.received_at = new_number("IC"), timezone.now()


def _check_can_open(snapshot, by):
    scope = getattr(by, "scope", None)
    if scope is None or scope.organisation_id != snapshot.pharmacy.id:
        raise CannotBill("A pharmacy bills its own services, and nobody else's.")
    # The world's clocks differ by a day at most, and the database keeps UTC.
    if snapshot.service_on > timezone.now().date() + timedelta(days=1):
        raise CannotBill("The day of service has not come yet. Correct it in the visit.")


def _held(claim, by, otherwise):
    """The claim, locked: the database locks none for its pharmacy that waits for the payer, or was decided."""
    visible = ServiceClaim.objects.visible_to(by).filter(pk=claim.pk)
    held = visible.filter(status=Status.HELD).select_for_update(of=("self",)).first()
    if held is None:
        claim = visible.get()
        raise CannotBill(f"Claim {claim.number} is {claim.get_status_display().lower()}: {otherwise}")
    return held


def _to_succeed(claim, able, verb, by):
    """The claim as it is now, if a correction or a void may follow it. The turn keeps a second one away."""
    claim = ServiceClaim.objects.visible_to(by).select_related("replaces").get(pk=claim.pk)
    scope = getattr(by, "scope", None)
    if scope is None or scope.organisation_id != claim.pharmacy_id:
        raise CannotBill("A pharmacy corrects its own claims, and nobody else's.")
    if claim.frequency == Frequency.VOID or claim.status not in able:
        raise CannotBill(f"Claim {claim.number} is {claim.get_status_display().lower()}: it cannot be {verb}.")
    live = ServiceClaim.objects.visible_to(by).filter(replaces=_root(claim), status__in=ServiceClaim.LIVE)
    follower = live.exclude(pk=claim.pk).first()
    if follower is not None:
        is_now = follower.get_status_display().lower()
        raise CannotBill(f"Claim {follower.number} takes its place already ({is_now}).")
    return claim


def _root(claim):
    """What a further correction replaces: a denied correction never took the place of the claim before it."""
    return claim.replaces if claim.status == Status.DENIED and claim.replaces is not None else claim


def _is_about_the_same(snapshot, claim):
    mine = (snapshot.encounter_ref, snapshot.payer_id, snapshot.patient.ref, snapshot.pharmacy.id)
    return mine == (claim.encounter_ref, claim.payer_id, claim.patient_ref, claim.pharmacy_id)


def _same_service(claim, snapshot):
    before = ClaimSnapshot.from_json(claim.snapshot)
    if snapshot is None:
        return before
    same = snapshot.service_on == before.service_on and snapshot.lines == before.lines
    if not same or not _is_about_the_same(snapshot, claim):
        raise CannotBill(
            "A claim keeps its visit, patient, payer, day and services. Open a new visit for another service."
        )
    return snapshot


def _line(claim, number, priced):
    return ServiceLine(
        payer_id=claim.payer_id,
        pharmacy_id=claim.pharmacy_id,
        claim=claim,
        line_number=number,
        code=priced.code,
        label=priced.label or priced.code,
        units=priced.units,
        charge_cents=priced.charge_cents,
    )


def _keep(claim, findings, by, *, from_status, note=""):
    ran_at = timezone.now()
    EditResult.objects.bulk_create(
        EditResult(
            payer_id=claim.payer_id,
            pharmacy_id=claim.pharmacy_id,
            claim=claim,
            edit=f.edit.code,
            severity=f.edit.severity,
            passed=f.passed,
            message=f.message,
            ran_at=ran_at,
        )
        for f in findings
    )
    why = "; ".join(f.edit.title for f in findings if f.holds)
    _change(claim, by, from_status, " ".join(filter(None, [note, why and f"Held: {why}"])), at=ran_at)


def _change(claim, by, from_status, why, *, at=None):
    tenant = {"payer_id": claim.payer_id, "pharmacy_id": claim.pharmacy_id}
    ClaimChange.objects.create(
        claim=claim, at=at or timezone.now(), by=by, from_status=from_status, to_status=claim.status, why=why, **tenant
    )


def _facts_for_the_trail(claim, findings):
    return {"status": claim.status, "failed": [f.edit.code for f in findings if not f.passed]}
