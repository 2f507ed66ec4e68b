"""Opening a service claim, and sending a held one again. What the payer's side does stands in adjudicate.py."""

import secrets
from datetime import timedelta

from django.db.models import Func, IntegerField, Q, TextField, Value
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import audited, record

from . import edits
from .edit import ClaimFacts, OtherClaim
from .fees import price
from .models import ClaimChange, EditResult, ServiceClaim, ServiceLine
from .snapshot import ClaimSnapshot

Status = ServiceClaim.Status
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that reads like a digit."""
A_PHARMACYS_CLAIMS = 71_001
"""The advisory lock's class: one pharmacy opens its claims one after the other, and no duplicate slips by."""


class CannotBill(Exception):
    """The sentence says why, to the person who asked."""


@audited
def open_claim(*, snapshot, by):
    """One service claim of an encounter: priced, checked by every edit, then submitted or held.

    Asked again for the same encounter, gives the claim that there is. Raises CannotBill for a day that has not come.
    """
    _check_can_open(snapshot, by)
    _wait_for_turn(snapshot.pharmacy.id)
    there = ServiceClaim.objects.visible_to(by).filter(encounter_ref=snapshot.encounter_ref).first()
    if there is not None:
        record(event="service_claim.asked_again", by=by, target=there)
        return there
    priced = price(snapshot=snapshot, who=by)
    claim = ServiceClaim(
        payer_id=snapshot.payer_id,
        pharmacy_id=snapshot.pharmacy.id,
        contract=priced.contract,
        number=new_number("SC"),
        encounter_ref=snapshot.encounter_ref,
        patient_ref=snapshot.patient.ref,
        service_on=snapshot.service_on,
        snapshot=snapshot.to_json(),
        charge_cents=priced.charge_cents,
        created_by=by,
    )
    findings = edits.run(_facts(snapshot, priced, claim, by))
    claim.status = Status.HELD if any(finding.holds for finding in findings) else Status.SUBMITTED
    claim.save()
    ServiceLine.objects.bulk_create(_line(claim, number, line) for number, line in enumerate(priced.lines, start=1))
    _keep(claim, findings, by, from_status="")
    record(event="service_claim.opened", by=by, target=claim, detail=_facts_for_the_trail(claim, findings))
    return claim


@audited
def resubmit(*, claim, snapshot=None, by):
    """Runs the edits on a held claim again, at today's knowledge of fees and other claims; on a `snapshot` of the
    corrected encounter, if one is given. Returns the claim, submitted or still held. Raises CannotBill.
    """
    _wait_for_turn(claim.pharmacy_id)
    visible = ServiceClaim.objects.visible_to(by).filter(pk=claim.pk)
    claim = visible.filter(status=Status.HELD).select_for_update(of=("self",)).first()
    if claim is None:  # the database locks no claim for its pharmacy that waits for the payer, or was decided
        claim = visible.get()
        raise CannotBill(
            f"Claim {claim.number} is {claim.get_status_display().lower()}: only held claims are sent again."
        )
    snapshot = _corrected(claim, snapshot)
    priced = price(snapshot=snapshot, who=by)
    findings = edits.run(_facts(snapshot, priced, claim, by))
    held = any(finding.holds for finding in findings)
    for line, new in zip(
        claim.lines.order_by("line_number"), priced.lines, strict=True
    ):  # while the claim is held still
        line.label, line.charge_cents = new.label or line.label, new.charge_cents
        line.save(update_fields=["label", "charge_cents"])
    claim.contract, claim.charge_cents = priced.contract, priced.charge_cents
    claim.snapshot = snapshot.to_json()
    claim.status = Status.HELD if held else Status.SUBMITTED
    claim.save(update_fields=["contract", "charge_cents", "snapshot", "status"])
    _keep(claim, findings, by, from_status=Status.HELD)
    record(event="service_claim.resubmitted", by=by, target=claim, detail=_facts_for_the_trail(claim, findings))
    return claim


def new_number(prefix):
    """'SC-7KQ4M-9XDT2': 50 random bits, easy to read out on the telephone, useless to guess."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{prefix}-{letters[:5]}-{letters[5:]}"


def _check_can_open(snapshot, by):
    scope = getattr(by, "scope", None)
    if scope is None or scope.organisation_id != snapshot.pharmacy.id:
        raise CannotBill("A pharmacy bills its own services, and nobody else's.")
    # The world's clocks differ by a day at most, and the database keeps UTC.
    if snapshot.service_on > timezone.now().date() + timedelta(days=1):
        raise CannotBill("The day of service has not come yet. Correct it in the visit.")


def _wait_for_turn(pharmacy_id):
    """Holds the pharmacy's turn until the end of the transaction: what is read next was committed before."""
    turn = Func(
        Value(A_PHARMACYS_CLAIMS),
        Value(pharmacy_id, output_field=IntegerField()),
        function="pg_advisory_xact_lock",
        template="%(function)s(%(expressions)s)::text",
        output_field=TextField(),
    )
    list(Organisation.objects.filter(pk=pharmacy_id).values_list(turn))


def _facts(snapshot, priced, claim, by):
    others = ServiceClaim.objects.visible_to(by).filter(
        pharmacy=snapshot.pharmacy.id, patient_ref=snapshot.patient.ref, service_on=snapshot.service_on
    )
    if claim.pk:  # of two held claims the earlier one goes first, or neither could ever go
        others = others.exclude(pk=claim.pk).exclude(Q(status=Status.HELD, pk__gt=claim.pk))
    live = others.exclude(status=Status.DENIED).prefetch_related("lines").order_by("pk")
    return ClaimFacts(
        snapshot=snapshot,
        without_fee=priced.without_fee,
        others=tuple(
            OtherClaim(
                number=other.number,
                status=other.get_status_display().lower(),
                codes=frozenset(line.code for line in other.lines.all()),
            )
            for other in live
        ),
    )


def _corrected(claim, snapshot):
    before = ClaimSnapshot.from_json(claim.snapshot)
    if snapshot is None:
        return before
    same = ("encounter_ref", "payer_id", "service_on", "lines")
    changed = [name for name in same if getattr(snapshot, name) != getattr(before, name)]
    if changed or snapshot.patient.ref != before.patient.ref or snapshot.pharmacy.id != before.pharmacy.id:
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


def _keep(claim, findings, by, *, from_status):
    tenant = {"payer_id": claim.payer_id, "pharmacy_id": claim.pharmacy_id, "claim": claim}
    ran_at = timezone.now()
    EditResult.objects.bulk_create(
        EditResult(edit=f.edit.code, passed=f.passed, message=f.message, ran_at=ran_at, **tenant) for f in findings
    )
    why = "; ".join(f.edit.title for f in findings if f.holds)
    ClaimChange.objects.create(
        at=ran_at, by=by, from_status=from_status, to_status=claim.status, why=f"Held: {why}" if why else "", **tenant
    )


def _facts_for_the_trail(claim, findings):
    return {"status": claim.status, "failed": [f.edit.code for f in findings if not f.passed]}
