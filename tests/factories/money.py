"""A claim of the cast's side A in every state that has forms or sentences of its own, made as people make them."""

from datetime import timedelta

from django.utils import timezone

from carecoord.kernel.tenancy import context
from pharmacies.billing import actions as billing
from pharmacies.billing import adjudicate, invoicing
from pharmacies.billing.formats import actions as received
from pharmacies.billing.models import ReceivedClaim, ReceivedRemittance
from pharmacies.billing.reasons import Cut

from .claim_files import complete_snapshot, settle_in

OPENED = (
    "submitted", "held", "pended", "approved", "in_part", "denied", "paid", "noticed", "to_correct", "to_void", "voided",
)  # fmt: skip


def one_of_each(cast, as_owner):
    """(state -> ServiceClaim, `corrected` and `asks_void` among them; a Remittance; a Recoupment; an Invoice)."""
    today = timezone.localdate()
    with as_owner():
        settle_in(cast.a)
    days = {state: today - timedelta(days=3 * number + 1) for number, state in enumerate(OPENED)}
    snapshots = {state: complete_snapshot(cast.a, service_on=day) for state, day in days.items()}
    alice, erin = cast.alice, cast.erin
    with context.acting_as(alice.scope):
        made = {state: billing.open_claim(snapshot=each, by=alice) for state, each in snapshots.items()}
    wrong = {state: claim.status for state, claim in made.items() if claim.status != "submitted"}
    if wrong:
        raise AssertionError(f"Claims that should be clean are held: {wrong}")
    with context.acting_as(erin.scope):
        adjudicate.send_back(claim=made["held"], reason="Which medicine was talked about?", by=erin)
        adjudicate.pend(claim=made["pended"], wait="review", until=today, reason="A second look.", by=erin)
        cut = Cut(group="CO", carc="45", rarc="", cents=500)
        adjudicate.approve_in_part(claim=made["in_part"], approved={1: 2000}, cuts={1: [cut]}, by=erin)
        adjudicate.deny(claim=made["denied"], carc="16", rarc="MA61", by=erin)
        to_pay = [made[state] for state in ("paid", "noticed", "to_correct", "to_void")]
        adjudicate.approve(claims=[made["approved"], *to_pay], by=erin)
        (remittance,) = adjudicate.pay(claims=to_pay[:2], paid_on=today, by=erin)
        invoice = invoicing.issue(payer_id=cast.a.payer.pk, client="", program="", month=today, by=erin)
        adjudicate.pay(claims=to_pay[2:], paid_on=today, by=erin)
        notice = adjudicate.recoup(claim=made["noticed"], amount_cents=500, reason="Paid twice by mistake.", by=erin)
    with context.acting_as(alice.scope):
        made["corrected"] = billing.correct(claim=made["to_correct"], snapshot=snapshots["to_correct"], by=alice)
        made["asks_void"] = billing.void(claim=made["to_void"], reason="It was another member.", by=alice)
        void = billing.void(claim=made["voided"], reason="It did not happen.", by=alice)
    with context.acting_as(erin.scope):
        adjudicate.approve(claims=[void], by=erin)
    found = _another_835(cast.a, made["paid"], as_owner)
    with context.acting_as(alice.scope):
        received.post(remittance=found, by=alice)
    return made, remittance, notice, invoice


def _another_835(side, claim, as_owner):
    """A received remittance with one claim that needs somebody once it is posted."""
    with as_owner():
        found = ReceivedRemittance.objects.create(
            pharmacy=side.pharmacy, payer_name="Payer D", trace="2", paid_on=claim.service_on, total_cents=0, sha256="1" * 64,
            file_name="d.835", loaded_by=claim.created_by,
        )  # fmt: skip
        ReceivedClaim.objects.create(
            pharmacy=side.pharmacy, remittance=found, position=1, claim=claim, control_number="2", status_code="4",
            patient_name=side.canary, charge_cents=2500, paid_cents=0, contractual_cents=0, patient_cents=0, other_cents=2500,
            way="queue", why="Denied: look at it.",
        )  # fmt: skip
    return found
