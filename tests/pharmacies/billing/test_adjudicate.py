"""The payer's side: approve, deny, send back, pay; once, and to the cent."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate
from pharmacies.billing.actions import open_claim, resubmit
from pharmacies.billing.adjudicate import CannotAdjudicate
from pharmacies.billing.models import Remittance, RemittanceLine, ServiceClaim, ServiceLine
from pharmacies.billing.snapshot import Documentation
from tests.factories.snapshots import VACCINE, snapshot_of

pytestmark = pytest.mark.django_db
Status = ServiceClaim.Status


def today():
    return timezone.localdate()


@pytest.fixture
def claim(cast):
    with context.acting_as(cast.alice.scope):
        return open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)


def test_the_transitions_name_every_status():
    assert set(ServiceClaim.TRANSITIONS) == set(Status)
    assert {to for each in ServiceClaim.TRANSITIONS.values() for to in each} <= set(Status)


MOVES = {
    Status.APPROVED: lambda claim, by: adjudicate.approve(claims=[claim], by=by),
    Status.DENIED: lambda claim, by: adjudicate.deny(claim=claim, reason="Not covered.", by=by),
    Status.HELD: lambda claim, by: adjudicate.send_back(claim=claim, reason="Which call?", by=by),
    Status.PAID: lambda claim, by: adjudicate.pay(claims=[claim], paid_on=today(), by=by),
}


@pytest.mark.parametrize("to", MOVES)
@pytest.mark.parametrize("now", Status)
def test_a_claim_goes_only_where_its_status_leads(cast, as_owner, now, to):
    with as_owner():
        cents = {"approved_cents": 2500 if now in ("approved", "paid") else 0, "paid_cents": 2500 * (now == "paid")}
        ServiceClaim.objects.filter(pk=cast.a.service_claim.pk).update(status=now, **cents)
        ServiceLine.objects.filter(claim=cast.a.service_claim).update(**cents)
    with context.acting_as(cast.erin.scope):
        if to in ServiceClaim.TRANSITIONS[now]:
            MOVES[to](cast.a.service_claim, cast.erin)
            assert ServiceClaim.objects.get(pk=cast.a.service_claim.pk).status == to
        else:
            with pytest.raises(CannotAdjudicate, match=f"is {Status(now).label.lower()}"):
                MOVES[to](cast.a.service_claim, cast.erin)
            assert ServiceClaim.objects.get(pk=cast.a.service_claim.pk).status == now


def test_approved_and_paid_cents_add_up_at_every_level(cast, claim):
    with context.acting_as(cast.erin.scope):
        (approved,) = adjudicate.approve(claims=[claim], by=cast.erin)
        assert (approved.approved_cents, approved.paid_cents) == (2500, 0)
        (remittance,) = adjudicate.pay(claims=[claim], paid_on=today(), by=cast.erin)
        (line,) = remittance.lines.all()
        assert (remittance.total_cents, line.paid_cents, line.adjustment_cents) == (2500, 2500, 0)
        paid = ServiceClaim.objects.get(pk=claim.pk)
        assert (paid.status, paid.paid_cents, paid.lines.get().paid_cents) == ("paid", 2500, 2500)
        assert [c.to_status for c in paid.changes.order_by("id")] == ["submitted", "approved", "paid"]


def test_paying_twice_pays_once(cast, claim):
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        adjudicate.pay(claims=[claim], paid_on=today(), by=cast.erin)
        with pytest.raises(CannotAdjudicate, match="is paid"):
            adjudicate.pay(claims=[claim], paid_on=today(), by=cast.erin)
        assert Remittance.objects.count() == 1


def test_one_claim_that_cannot_be_paid_stops_the_whole_payment(cast, claim):
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        with pytest.raises(CannotAdjudicate):
            adjudicate.pay(claims=[claim, cast.a.service_claim], paid_on=today(), by=cast.erin)
        assert not Remittance.objects.exists()
        assert ServiceClaim.objects.get(pk=claim.pk).paid_cents == 0


def test_a_stranger_payers_claim_cannot_be_touched(cast):
    for move in MOVES.values():
        with context.acting_as(cast.erin.scope), pytest.raises(CannotAdjudicate, match="does not belong"):
            move(cast.b.service_claim, cast.erin)


def test_a_pharmacy_does_not_adjudicate_even_if_a_view_forgot_to_ask(cast, claim):
    with context.acting_as(cast.alice.scope):
        for move in MOVES.values():
            with pytest.raises(CannotAdjudicate):  # PostgreSQL locks no submitted claim for its pharmacy
                move(claim, cast.alice)


def test_a_denial_needs_a_reason_and_says_it(cast, claim):
    with context.acting_as(cast.erin.scope):
        with pytest.raises(CannotAdjudicate, match="Say why"):
            adjudicate.deny(claim=claim, reason="  ", by=cast.erin)
        adjudicate.deny(claim=claim, reason="The plan ended.", by=cast.erin)
        assert claim.changes.order_by("-id").first().why == "The plan ended."


def test_a_denied_approval_takes_its_cents_back(cast, claim):
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        denied = adjudicate.deny(claim=claim, reason="Paid by another payer.", by=cast.erin)
        assert (denied.approved_cents, ServiceLine.objects.get(claim=claim).approved_cents) == (0, 0)


def test_sent_back_it_can_be_sent_again(cast, claim):
    with context.acting_as(cast.erin.scope):
        adjudicate.send_back(claim=claim, reason="Which call?", by=cast.erin)
    with context.acting_as(cast.alice.scope):
        assert resubmit(claim=claim, by=cast.alice).status == "submitted"


def test_nothing_is_paid_before_the_day_of_service(cast, claim):
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        with pytest.raises(CannotAdjudicate, match="before its day"):
            adjudicate.pay(claims=[claim], paid_on=today() - timedelta(days=30), by=cast.erin)


def test_nothing_selected_is_said(cast):
    with context.acting_as(cast.erin.scope), pytest.raises(CannotAdjudicate, match="at least one"):
        adjudicate.approve(claims=[], by=cast.erin)


def test_every_deed_is_in_the_trail(cast, claim, as_owner):
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        adjudicate.pay(claims=[claim], paid_on=today(), by=cast.erin)
    with as_owner():
        deeds = list(AuditEvent.objects.filter(user_id=cast.erin.pk).values_list("event", "login"))
        assert {"service_claim.approved", "service_claim.paid", "remittance.issued"} <= {event for event, _ in deeds}
        reasons = AuditEvent.objects.filter(event="remittance.issued").get().detail
        assert reasons == {"claims": 1, "total_cents": 2500}


LINE = st.tuples(st.sampled_from(["99606", "90471"]), st.integers(1, 20))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(units=st.lists(st.lists(LINE, min_size=1, max_size=2, unique_by=lambda line: line[0]), min_size=1, max_size=4))
def test_however_many_lines_the_cents_add_up(cast, units):
    fees = {"99606": 2500, "90471": 2000}
    claims = []
    with context.acting_as(cast.alice.scope):
        for lines in units:
            patient = replace(snapshot_of(cast.a).patient, ref=uuid4())  # a new patient each: no duplicates
            documented = Documentation(completed=True, vaccine=VACCINE)
            snapshot = snapshot_of(cast.a, patient=patient, lines=tuple(lines), documentation=documented)
            claims.append(open_claim(snapshot=snapshot, by=cast.alice))
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=claims, by=cast.erin)
        (remittance,) = adjudicate.pay(claims=claims, paid_on=today(), by=cast.erin)
        lines = list(RemittanceLine.objects.filter(remittance=remittance))
        assert remittance.total_cents == sum(line.paid_cents for line in lines)
        for claim in ServiceClaim.objects.filter(pk__in=[c.pk for c in claims]):
            own = list(claim.lines.all())
            assert claim.charge_cents == sum(line.charge_cents for line in own)
            assert claim.paid_cents == sum(line.paid_cents for line in own) == claim.approved_cents
            assert claim.paid_cents == sum(line.paid_cents for line in lines if line.claim_id == claim.pk)
        expected = sum(fees[code] * count for lines in units for code, count in lines)
        assert remittance.total_cents == expected
