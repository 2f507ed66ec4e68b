"""A few services given, billed, approved and paid, so that every page of the demo has something to show."""

from django.utils import timezone

from carecoord.kernel.accounts.models import User
from carecoord.kernel.tenancy.context import acting_as
from patients.care import actions as care
from patients.care.models import Encounter
from patients.flags.models import Flag
from pharmacies.billing import adjudicate
from pharmacies.billing.models import ServiceClaim

from . import counter

SERVICES = 6
ATTACKS = ("asthma_controller_after", "copd_controller_after")
LEFT_OPEN = 3  # the most urgent are for whoever tries the demo
LEFT_UNPAID = 2
ANSWERS = {
    "outcome": "reached",
    "talked_with": "patient",
    "agreed": "yes",
    "barriers": ["forgets"],
    "plan": ["sync", "reminder"],
    "minutes": "12",
    "note": "Will fill on Friday with the other medicines.",
}
REVIEW = {
    "occasion": ["other"],
    "outcome": "done",
    "agreed": "yes",
    "lists": ["fills", "bottles"],
    "found": ["not_taken"],
    "plan": ["prescriber", "visit"],
    "minutes": "15",
    "note": "The inhaler for every day was not filled after the attack; shown how to use it.",
}


def tell(*, pbm, payer, say):
    """Alice documents SERVICES calls, and a review after an attack of asthma or COPD; Erin approves and pays all but LEFT_UNPAID.
    Returns cents charged and paid."""
    alice, erin = (User.objects.get(email=f"{name}@demo.example") for name in ("alice", "erin"))
    with acting_as(alice.scope):
        if not Encounter.objects.visible_to(alice).exists():
            adherence = Flag.objects.visible_to(alice).filter(status=Flag.Status.OPEN, measure__startswith="pdc_")
            first = list(adherence.order_by("-rank", "id")[: LEFT_OPEN + SERVICES])
            for flag in first[LEFT_OPEN:] or first[1:]:  # a small population has few flags
                _call(flag, alice)
            attacks = Flag.objects.visible_to(alice).filter(status=Flag.Status.OPEN, measure__in=ATTACKS)
            attacks = attacks.exclude(patient__in=[flag.patient_id for flag in first])  # one service a day and patient
            for flag in list(attacks.order_by("-rank", "id")[1:2]):  # the first is for whoever tries the demo
                _review(flag, alice)
            counter.show(alice)
    with acting_as(erin.scope):
        submitted = list(
            ServiceClaim.objects.visible_to(erin)
            .filter(payer=payer, status=ServiceClaim.Status.SUBMITTED)
            .order_by("id")
        )
        pay = submitted[: max(0, len(submitted) - LEFT_UNPAID)]
        if pay:
            adjudicate.approve(claims=pay, by=erin)
            adjudicate.pay(claims=pay, paid_on=timezone.localdate(), by=erin)
    with acting_as(erin.scope):
        rows = ServiceClaim.objects.visible_to(erin).filter(payer=payer)
        return {
            "service_claims": {
                status: count for status in ServiceClaim.Status.values if (count := rows.filter(status=status).count())
            },
            "charged_cents": sum(rows.values_list("charge_cents", flat=True)),
            "paid_cents": sum(rows.values_list("paid_cents", flat=True)),
        }


def _call(flag, by):
    """One adherence call, from start to claim."""
    _give(flag, "adherence_call", {"medicine": "Blood pressure medicine"}, ANSWERS, by)


def _review(flag, by):
    """One review of medicines after an attack, from start to claim."""
    _give(flag, "medication_review", {"medicines": "As listed by the patient"}, REVIEW, by)


def _give(flag, protocol, unless_known, answers, by):
    """The service that a flag asks for. `unless_known`: answers for what claims do not tell."""
    encounter = care.start(patient=flag.patient, pharmacy=flag.pharmacy, protocol=protocol, flag=flag, by=by)
    told = {name: value for name, value in encounter.answers.items() if value}
    answers = unless_known | told | answers
    encounter = care.save(encounter=encounter, answers=answers, revision=encounter.revision, by=by)
    care.complete(encounter=encounter, by=by)
