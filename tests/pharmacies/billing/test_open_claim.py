"""An encounter becomes one claim: priced by the contract of the day, checked, submitted or held."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from pharmacies.billing import actions
from pharmacies.billing.actions import CannotBill, open_claim, resubmit
from pharmacies.billing.models import ClaimChange, EditResult, ServiceClaim
from pharmacies.billing.snapshot import Documentation
from pharmacies.models import Contract, Fee, NetworkMembership
from tests.factories.snapshots import VACCINE, snapshot_of

pytestmark = pytest.mark.django_db


def test_a_clean_visit_is_submitted_at_the_fee_of_the_day(cast):
    with context.acting_as(cast.alice.scope):
        documented = Documentation(completed=True, vaccine=VACCINE)
        snapshot = snapshot_of(cast.a, lines=(("90471", 2),), documentation=documented)
        claim = open_claim(snapshot=snapshot, by=cast.alice)
        (line,) = claim.lines.all()
        assert (claim.status, claim.charge_cents, claim.contract) == ("submitted", 4000, cast.contract)
        assert (line.label, line.units, line.charge_cents) == ("Vaccine given", 2, 4000)
        (change,) = claim.changes.all()
        assert (change.from_status, change.to_status, change.by) == ("", "submitted", cast.alice)
        assert {r.passed for r in claim.edit_results.all()} == {True}


def test_asked_twice_it_is_the_same_claim(cast):
    snapshot = snapshot_of(cast.a)
    with context.acting_as(cast.alice.scope):
        first = open_claim(snapshot=snapshot, by=cast.alice)
        again = open_claim(snapshot=snapshot, by=cast.alice)
        assert first == again
        assert ClaimChange.objects.filter(claim=first).count() == 1


def test_the_snapshot_stays_as_it_was_when_the_patient_changes(cast, as_owner):
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)
    with as_owner():
        cast.a.patient.last_name = "married"
        cast.a.patient.save()
        assert ServiceClaim.objects.get(pk=claim.pk).snapshot["patient"]["name"] == f"{cast.a.canary}, Pat"


def test_without_cover_it_is_held_and_says_what_to_do(cast):
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a, coverage=None), by=cast.alice)
        assert claim.status == "held"
        (failed,) = claim.edit_results.filter(passed=False)
        assert failed.edit == "eligible_on_the_day" and "Check the member id" in failed.message


def test_the_second_visit_of_a_day_is_held_as_a_duplicate(cast):
    with context.acting_as(cast.alice.scope):
        first = open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)
        second = open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)
        vaccination = open_claim(
            snapshot=snapshot_of(
                cast.a, lines=(("90471", 1),), documentation=Documentation(completed=True, vaccine=VACCINE)
            ),
            by=cast.alice,
        )
        assert [first.status, second.status, vaccination.status] == ["submitted", "held", "submitted"]
        assert first.number in second.edit_results.get(passed=False).message


def test_another_pharmacys_claim_is_not_a_duplicate_and_not_betrayed(cast):
    snapshot = snapshot_of(cast.a)
    with context.acting_as(cast.alice.scope):
        open_claim(snapshot=snapshot, by=cast.alice)
    other = snapshot_of(cast.b, payer_id=cast.a.payer.pk, patient=snapshot.patient)
    with context.acting_as(cast.charlie.scope):
        assert open_claim(snapshot=other, by=cast.charlie).status == "submitted"


def test_nobody_bills_for_another_pharmacy(cast):
    with context.acting_as(cast.charlie.scope), pytest.raises(CannotBill, match="nobody else's"):
        open_claim(snapshot=snapshot_of(cast.a), by=cast.charlie)


def test_a_day_that_has_not_come_cannot_be_billed(cast):
    with context.acting_as(cast.alice.scope), pytest.raises(CannotBill, match="not come"):
        open_claim(snapshot=snapshot_of(cast.a, service_on=timezone.localdate() + timedelta(days=3)), by=cast.alice)


FEES = """
    day         code   cents
    2025-06-30  99606  2500
    2025-07-01  99606  3000
    2026-03-01  99606  3500
    2026-03-01  90471  2000
"""


@pytest.mark.parametrize("row", [line.split() for line in FEES.strip().splitlines()[1:]], ids=str)
def test_the_fee_is_the_one_in_force_on_the_day(cast, as_owner, row):
    day, code, cents = row
    with as_owner():
        Fee.objects.filter(pk=cast.fees[0].pk).update(until=date(2025, 6, 30))
        middle = {"since": date(2025, 7, 1), "until": date(2025, 12, 31), "amount_cents": 3000}
        Fee.objects.create(pk=7, contract=cast.contract, code="99606", label="x", **middle)
        Fee.objects.create(
            pk=8, contract=cast.contract, code="99606", label="x", since=date(2026, 1, 1), amount_cents=3500
        )
    documentation = Documentation(completed=True, vaccine=VACCINE)
    snapshot = snapshot_of(cast.a, service_on=date.fromisoformat(day), lines=((code, 1),), documentation=documentation)
    with context.acting_as(cast.alice.scope):
        assert open_claim(snapshot=snapshot, by=cast.alice).charge_cents == int(cents)


def test_out_of_the_network_on_the_day_means_no_fee(cast, as_owner):
    with as_owner():
        NetworkMembership.objects.filter(pharmacy=cast.a.pharmacy).update(since=date(2026, 5, 1))
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a, service_on=date(2026, 4, 30)), by=cast.alice)
        assert (claim.status, claim.charge_cents, claim.contract) == ("held", 0, None)
        assert claim.edit_results.get(passed=False).edit == "fee_in_force"


def test_a_pbm_that_does_not_serve_the_payer_prices_nothing(cast):
    with context.acting_as(cast.charlie.scope):  # payer B is served by nobody
        claim = open_claim(snapshot=snapshot_of(cast.b), by=cast.charlie)
        assert (claim.status, claim.charge_cents) == ("held", 0)


def test_of_two_contracts_the_one_that_prices_more_lines_wins(cast, as_owner):
    with as_owner():
        newer = Contract.objects.create(
            pk=9, pbm=cast.pbm, network=cast.network, code="2025", title="Newer", since=date(2025, 1, 1)
        )
        Fee.objects.create(pk=9, contract=newer, code="99606", label="Call", amount_cents=9900, since=date(2025, 1, 1))
    one, both = (("99606", 1),), (("99606", 1), ("90471", 1))
    documented = Documentation(completed=True, vaccine=VACCINE)
    with context.acting_as(cast.alice.scope):
        a_call = snapshot_of(cast.a, lines=one, service_on=date(2026, 1, 2))
        assert open_claim(snapshot=a_call, by=cast.alice).charge_cents == 9900
        a_visit = snapshot_of(cast.a, lines=both, service_on=date(2026, 1, 3), documentation=documented)
        assert open_claim(snapshot=a_visit, by=cast.alice).charge_cents == 4500


def test_a_held_claim_is_sent_again_when_the_fee_is_there(cast, as_owner):
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a, lines=(("W9", 3),)), by=cast.alice)
        assert claim.status == "held"
        assert resubmit(claim=claim, by=cast.alice).status == "held"
    with as_owner():
        Fee.objects.create(
            pk=9, contract=cast.contract, code="W9", label="More time", amount_cents=1000, since=date(2026, 1, 1)
        )
    with context.acting_as(cast.alice.scope):
        claim = resubmit(claim=claim, by=cast.alice)
        assert (claim.status, claim.charge_cents, claim.lines.get().charge_cents) == ("submitted", 3000, 3000)
        assert [c.to_status for c in claim.changes.order_by("id")] == ["held", "held", "submitted"]
        with pytest.raises(CannotBill, match="only held claims"):
            resubmit(claim=claim, by=cast.alice)


def test_a_corrected_visit_goes_out_and_another_service_does_not(cast):
    held = snapshot_of(cast.a, documentation=Documentation(completed=True, minutes=15, missing=("The outcome",)))
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=held, by=cast.alice)
        with pytest.raises(CannotBill, match="keeps its visit"):
            resubmit(claim=claim, snapshot=replace(held, lines=(("90471", 1),)), by=cast.alice)
        mended = replace(held, documentation=Documentation(completed=True, minutes=15))
        claim = resubmit(claim=claim, snapshot=mended, by=cast.alice)
        assert claim.status == "submitted" and claim.snapshot == mended.to_json()
        assert EditResult.objects.filter(claim=claim).count() == 2 * len(actions.edits.EDITS)


def test_of_two_held_duplicates_the_first_can_go(cast):
    broken = snapshot_of(cast.a, coverage=None)
    with context.acting_as(cast.alice.scope):
        first = open_claim(snapshot=broken, by=cast.alice)
        second = open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)
        assert (first.status, second.status) == ("held", "held")
        mended = replace(broken, coverage=snapshot_of().coverage)
        assert resubmit(claim=first, snapshot=mended, by=cast.alice).status == "submitted"
        assert resubmit(claim=second, by=cast.alice).status == "held"


def test_the_trail_names_the_claim_and_not_the_patient(cast, as_owner):
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)
    with as_owner():
        event = AuditEvent.objects.get(event="service_claim.opened")
        assert (event.row_ids, event.detail) == ([claim.pk], {"status": "submitted", "failed": []})


@given(st.lists(st.tuples(st.integers(0, 99_999), st.integers(1, 30)), min_size=1, max_size=5))
def test_a_claims_charge_is_the_sum_of_its_lines(prices):
    """Pure arithmetic of the pricing; the database's side is in test_cents.py."""
    from pharmacies.billing.fees import Pricing, _priced

    lines = [_priced(f"C{n}", units, Fee(label="x", amount_cents=cents)) for n, (cents, units) in enumerate(prices)]
    assert Pricing(contract=None, lines=tuple(lines)).charge_cents == sum(cents * units for cents, units in prices)


def test_numbers_do_not_repeat_and_can_be_read_aloud():
    numbers = {actions.new_number("SC") for _ in range(2000)}
    assert len(numbers) == 2000
    assert not set("ILOU").intersection("".join(number[3:] for number in numbers))
