"""The payer's side: approve, deny, send back, pay; once, and to the cent."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carecoord.kernel.accounts.models import Membership, User
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate, queries
from pharmacies.billing.actions import open_claim, resubmit
from pharmacies.billing.adjudicate import CannotAdjudicate
from pharmacies.billing.models import (
    Adjustment,
    EditResult,
    LedgerEntry,
    Remittance,
    RemittanceLine,
    ServiceClaim,
    ServiceLine,
)
from pharmacies.billing.reasons import Cut
from pharmacies.billing.snapshot import Documentation
from pharmacies.models import Fee
from tests.factories.cast import LONG_AGO
from tests.factories.decided import put_into
from tests.factories.snapshots import VACCINE, snapshot_of

from .edits.table import read_table

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
    Status.SUBMITTED: lambda claim, by: adjudicate.release(claim=claim, by=by),
    Status.PENDED: lambda claim, by: adjudicate.pend(claim=claim, wait="review", until=today(), reason="Seen.", by=by),
    Status.APPROVED: lambda claim, by: adjudicate.approve(claims=[claim], by=by),
    Status.DENIED: lambda claim, by: adjudicate.deny(claim=claim, carc="204", by=by),
    Status.HELD: lambda claim, by: adjudicate.send_back(claim=claim, reason="Which call?", by=by),
    Status.PAID: lambda claim, by: adjudicate.pay(claims=[claim], paid_on=today(), by=by),
}


@pytest.mark.parametrize("to", MOVES)
@pytest.mark.parametrize("now", Status)
def test_a_claim_goes_only_where_its_status_leads(cast, as_owner, now, to):
    with as_owner():
        put_into(cast.a, now)
    with context.acting_as(cast.erin.scope):
        if to in ServiceClaim.TRANSITIONS[now] and now != Status.HELD:  # a held claim is the pharmacy's to move
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


CODES = """
    group  carc  rarc  says
    CO     204   -     passes
    CO     16    M51   passes
    CO     16    -     choose a remark code
    CO     96    -     choose a remark code
    PI     A1    -     choose a remark code
    PI     A1    N517  passes
    XX     204   -     one of CO, PR, OA, PI
    CO     999   -     not a reason code
    CO     -     -     Choose a reason code
    CO     204   N0    not a remark code
"""


@pytest.mark.parametrize("case", read_table(CODES), ids=str)
def test_a_denial_needs_its_codes_and_says_them(cast, claim, case):
    carc, rarc = (case[name].replace("-", "") for name in ("carc", "rarc"))
    with context.acting_as(cast.erin.scope):
        if case["says"] == "passes":
            adjudicate.deny(
                claim=claim, reason="The plan ended.", group=case["group"], carc=carc, rarc=rarc, by=cast.erin
            )
            assert claim.changes.order_by("-id").first().why.endswith("The plan ended.")
            (cut,) = Adjustment.objects.filter(claim=claim)
            assert (cut.group, cut.carc, cut.rarc, cut.amount_cents) == (case["group"], carc, rarc, 2500)
        else:
            with pytest.raises(CannotAdjudicate, match=case["says"]):
                adjudicate.deny(claim=claim, group=case["group"], carc=carc, rarc=rarc, by=cast.erin)


@pytest.mark.parametrize("carc", ["16", "96", "A1"])
def test_the_database_too_wants_a_remark(cast, claim, carc):
    with context.acting_as(cast.erin.scope), pytest.raises(IntegrityError, match="carc_with_its_rarc"):
        row = {"claim": claim, "line": claim.lines.get(), "payer": claim.payer, "pharmacy": claim.pharmacy}
        with transaction.atomic():
            Adjustment.objects.create(decision=1, group="CO", carc=carc, amount_cents=1, **row)


def test_part_of_a_line_is_approved_and_the_rest_explained(cast, claim):
    cuts = {1: (Cut(group="CO", carc="45", cents=400), Cut(group="PR", carc="3", cents=100))}
    with context.acting_as(cast.erin.scope):
        done = adjudicate.approve_in_part(claim=claim, approved={1: 2000}, cuts=cuts, by=cast.erin)
        assert (done.status, done.approved_cents) == ("approved", 2000)
        (remittance,) = adjudicate.pay(claims=[claim], paid_on=today(), by=cast.erin)
        (line,) = remittance.lines.all()
        assert (line.charge_cents, line.paid_cents, line.adjustment_cents) == (2500, 2000, 500)
        (shown,) = queries.claim_of(cast.erin, claim.public_id).lines
        assert [(cut.group, cut.carc, cut.amount_cents) for cut in shown.adjustments] == [
            ("CO", "45", 400),
            ("PR", "3", 100),
        ]


PARTS = """
    approved  cut   carc  says
    2000      400   45    add up to $25.00
    2600      0     -     between nothing and $25.00
    0         2500  45    deny the claim
    2400      100   16    choose a remark code
    2400      -100  45    with an amount
"""


@pytest.mark.parametrize("case", read_table(PARTS), ids=str)
def test_a_decision_that_does_not_add_up_is_not_taken(cast, claim, case):
    cents = int(case["cut"])
    cuts = {1: (Cut(group="CO", carc=case["carc"], cents=cents),) if cents else ()}
    with context.acting_as(cast.erin.scope):
        with pytest.raises(CannotAdjudicate, match=re.escape(case["says"])):
            adjudicate.approve_in_part(claim=claim, approved={1: int(case["approved"])}, cuts=cuts, by=cast.erin)
        with pytest.raises(CannotAdjudicate, match="every line"):
            adjudicate.approve_in_part(claim=claim, approved={}, cuts={}, by=cast.erin)


def test_above_the_threshold_two_people_approve(cast, claim, as_owner):
    with as_owner():
        ParameterValue.objects.create(code="billing.second_approval_cents", value=2000, since=LONG_AGO, reason="Test")
        frida = User.objects.create(email="frida@example.org", name="Frida")
        Membership.objects.create(user=frida, organisation=cast.pbm, role="claims", since=LONG_AGO)
    with context.acting_as(cast.erin.scope):
        (first,) = adjudicate.approve(claims=[claim], by=cast.erin)
        assert (first.status, first.wait, first.approved_cents) == ("pended", "second_approval", 2500)
        assert not LedgerEntry.objects.exists()
        with pytest.raises(CannotAdjudicate, match="second person"):
            adjudicate.approve(claims=[claim], by=cast.erin)
        with pytest.raises(IntegrityError, match="another_person"), transaction.atomic():
            ServiceClaim.objects.filter(pk=claim.pk).update(approved_by=cast.erin)
    with context.acting_as(frida.scope):
        (second,) = adjudicate.approve(claims=[claim], by=frida)
        assert (second.status, second.first_approved_by, second.approved_by) == ("approved", cast.erin, frida)


def test_who_proposes_another_amount_is_the_first_again(cast, claim, as_owner):
    with as_owner():
        ParameterValue.objects.create(code="billing.second_approval_cents", value=1000, since=LONG_AGO, reason="Test")
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        cuts = {1: (Cut(group="CO", carc="45", cents=500),)}
        again = adjudicate.approve_in_part(claim=claim, approved={1: 2000}, cuts=cuts, by=cast.erin)
        assert (again.status, again.approved_cents) == ("pended", 2000)
        small = {1: (Cut(group="CO", carc="45", cents=1600),)}
        done = adjudicate.approve_in_part(claim=claim, approved={1: 900}, cuts=small, by=cast.erin)
        assert (done.status, done.approved_cents, done.first_approved_by) == ("approved", 900, None)


def test_a_pended_claim_says_what_it_waits_for_and_until_when(cast, claim):
    until = today() + timedelta(days=14)
    with context.acting_as(cast.erin.scope):
        adjudicate.pend(claim=claim, wait="information", until=until, reason="Which call was it?", by=cast.erin)
        shown = queries.claim_of(cast.erin, claim.public_id)
        assert (shown.status, shown.wait_label, shown.wait_until) == ("pended", "Waits for information", until)
        assert adjudicate.release(claim=claim, by=cast.erin).status == "submitted"
        for wrong in (
            {"wait": "x"},
            {"wait": "second_approval"},
            {"until": today() - timedelta(days=1)},
            {"until": None},
        ):
            given = {"wait": "review", "until": until, "reason": "?"} | wrong
            with pytest.raises(CannotAdjudicate, match="Choose"):
                adjudicate.pend(claim=claim, by=cast.erin, **given)


def test_the_payer_asks_the_edits_itself(cast, as_owner):
    """The pharmacy's log-in wrote a charge of its own; its results say that all is well."""
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)
    with as_owner():
        ServiceClaim.objects.filter(pk=claim.pk).update(charge_cents=9900)
        ServiceLine.objects.filter(claim=claim).update(charge_cents=9900)
    with context.acting_as(cast.erin.scope):
        with pytest.raises(CannotAdjudicate, match="charged at \\$99.00; the contract pays \\$25.00"):
            adjudicate.approve(claims=[claim], by=cast.erin)
        done = adjudicate.approve(claims=[claim], despite="Agreed by letter of 3 May.", by=cast.erin)[0]
        assert done.status == "approved"
        assert "letter of 3 May" in done.changes.order_by("-id").first().why
        mine = EditResult.objects.filter(claim=claim, side="payer", passed=False)
        assert [result.edit for result in mine] == ["charge_is_the_fee"]
    with context.acting_as(cast.alice.scope):
        assert not EditResult.objects.filter(side="payer").exists()  # it may name another pharmacy's claim


def test_the_payer_sees_the_same_service_at_two_pharmacies(cast, as_owner):
    snapshot = snapshot_of(cast.a)
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot, by=cast.alice)
    with context.acting_as(cast.charlie.scope):
        other = open_claim(
            snapshot=snapshot_of(cast.b, payer_id=cast.a.payer.pk, patient=snapshot.patient), by=cast.charlie
        )
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        with pytest.raises(CannotAdjudicate, match=claim.number):
            adjudicate.approve(claims=[other], by=cast.erin)


def test_a_denied_approval_takes_its_cents_back(cast, claim):
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        denied = adjudicate.deny(claim=claim, group="OA", carc="22", by=cast.erin)
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


@pytest.fixture
def with_a_fee_by_the_unit(cast, as_owner):
    with as_owner():
        fee = {"label": "Coaching", "amount_cents": 2500, "since": LONG_AGO}
        Fee.objects.create(contract=cast.contract, code="W1", **fee)


LINE = st.tuples(st.sampled_from(["W1", "90471"]), st.integers(1, 20))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(units=st.lists(st.lists(LINE, min_size=1, max_size=2, unique_by=lambda line: line[0]), min_size=1, max_size=4))
def test_however_many_lines_the_cents_add_up(cast, with_a_fee_by_the_unit, units):
    fees = {"W1": 2500, "90471": 2000}
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
