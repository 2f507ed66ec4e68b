"""Two people at once, each with a real connection of their own: one claim, one payment."""

from threading import Barrier, Thread

import pytest
from django.db import connections
from django.utils import timezone

from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate, invoicing
from pharmacies.billing.actions import open_claim, void
from pharmacies.billing.adjudicate import CannotAdjudicate
from pharmacies.billing.models import (
    ClaimChange,
    Invoice,
    LedgerEntry,
    Recoupment,
    Remittance,
    RemittanceLine,
    ServiceClaim,
)
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(scope, *jobs):
    """Starts all jobs together, each in its own thread and log-in. Returns what they returned or raised."""
    start, answers = Barrier(len(jobs)), [None] * len(jobs)

    def run(place, job):
        try:
            start.wait(10)
            with context.acting_as(scope):
                answers[place] = job()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            answers[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_two_threads_open_one_claim(cast, as_owner):
    snapshot = snapshot_of(cast.a)
    answers = at_once(cast.alice.scope, *[lambda: open_claim(snapshot=snapshot, by=cast.alice)] * 4)
    assert len({claim.number for claim in answers}) == 1
    with as_owner():
        assert ServiceClaim.objects.filter(encounter_ref=snapshot.encounter_ref).count() == 1
        assert ClaimChange.objects.filter(claim=answers[0]).count() == 1


def test_of_two_visits_of_one_day_at_once_one_is_the_duplicate(cast):
    visits = [snapshot_of(cast.a), snapshot_of(cast.a)]
    jobs = [lambda s=s: open_claim(snapshot=s, by=cast.alice) for s in visits]
    answers = at_once(cast.alice.scope, *jobs)
    assert sorted(claim.status for claim in answers) == ["held", "submitted"]


def test_two_threads_pay_once(cast, as_owner):
    with context.acting_as(cast.alice.scope):
        claims = [open_claim(snapshot=snapshot_of(cast.a), by=cast.alice), cast.a.service_claim]
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=claims, by=cast.erin)
    today = timezone.localdate()
    orders = [claims, claims[::-1], claims]  # in whatever order they are selected, nobody waits for ever
    jobs = [lambda c=c: adjudicate.pay(claims=c, paid_on=today, by=cast.erin) for c in orders]
    answers = at_once(cast.erin.scope, *jobs)
    refused = [answer for answer in answers if isinstance(answer, CannotAdjudicate)]
    assert len(refused) == 2, answers
    with as_owner():
        assert Remittance.objects.get().total_cents == 5000
        assert RemittanceLine.objects.count() == 2


def test_two_clerks_approve_once_and_take_back_once(cast, as_owner):
    """Approve, then recoup, then invoice: each asked three times at once, each done once."""
    claim, erin, today = cast.a.service_claim, cast.erin, timezone.localdate()

    def thrice(job):
        answers = at_once(erin.scope, *[job] * 3)
        done = [answer for answer in answers if not isinstance(answer, Exception)]
        assert len(done) == 1, answers
        assert all(isinstance(a, CannotAdjudicate | invoicing.CannotInvoice) for a in answers if a not in done), answers

    thrice(lambda: adjudicate.approve(claims=[claim], by=erin))
    with context.acting_as(erin.scope):
        adjudicate.pay(claims=[claim], paid_on=today, by=erin)
    thrice(lambda: adjudicate.recoup(claim=claim, amount_cents=1300, reason="Twice.", by=erin))
    thrice(lambda: invoicing.issue(payer_id=cast.a.payer.pk, client="", program="", month=today, by=erin))
    with as_owner():
        assert list(LedgerEntry.objects.order_by("pk").values_list("kind", "cents")) == [
            ("approved", 2500),
            ("paid", -2500),
            ("recouped", -1300),
        ]
        assert Invoice.objects.get().total_cents == 2500


def test_a_void_and_two_payments_at_once_take_back_once(cast, as_owner):
    """The void is accepted while two clerks pay other claims: what is due is taken by one of them, or stays open."""
    claim, erin, today = cast.a.service_claim, cast.erin, timezone.localdate()
    with context.acting_as(cast.alice.scope):
        others = [open_claim(snapshot=snapshot_of(cast.a, service_on=today.replace(day=1)), by=cast.alice)]
    with context.acting_as(erin.scope):
        adjudicate.approve(claims=[claim, *others], by=erin)
        adjudicate.pay(claims=[claim], paid_on=today, by=erin)
    with context.acting_as(cast.alice.scope):
        asks = void(claim=claim, reason="Wrong patient.", by=cast.alice)
    jobs = [lambda: adjudicate.approve(claims=[asks], by=erin)]
    jobs += [lambda: adjudicate.pay(claims=others, paid_on=today, by=erin)] * 2
    answers = at_once(erin.scope, *jobs)
    assert sum(isinstance(answer, CannotAdjudicate) for answer in answers) == 1, answers
    with as_owner():
        recoupment = Recoupment.objects.get()
        taken = RemittanceLine.objects.filter(is_reversal=True)
        assert taken.count() == (recoupment.status == "settled")
        assert sum(LedgerEntry.objects.values_list("cents", flat=True)) == (0 if taken.exists() else -2500)
        assert ServiceClaim.objects.get(pk=claim.pk).status == "voided"
