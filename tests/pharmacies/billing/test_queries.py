"""What a pharmacy and a PBM read of billing."""

import pytest
from django.utils import timezone

from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate, queries
from pharmacies.billing.actions import open_claim
from pharmacies.billing.models import Remittance, ServiceClaim
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(cast):
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)
        open_claim(snapshot=snapshot_of(cast.a, coverage=None), by=cast.alice)
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        (remittance,) = adjudicate.pay(claims=[claim], paid_on=timezone.localdate(), by=cast.erin)
    return claim, remittance


def test_a_pharmacy_sees_its_claims_newest_first_with_what_to_do(cast, paid):
    with context.acting_as(cast.alice.scope):
        of_the_cast, held, done = queries.claims_of(cast.alice)  # the cast's ids lie above the sequence
        assert [held.status, done.status, of_the_cast.status] == ["held", "paid", "submitted"]
        assert {p.edit for p in held.problems} == {"eligible_on_the_day", "duplicate"}
        assert (done.remittance_number, done.paid_cents, done.problems) == (paid[1].number, 2500, ())
        assert done.lines[0].label == "Adherence call" and done.patient_name == f"{cast.a.canary}, Pat"
        assert queries.claims_of(cast.alice, status="held") == (held,)
        assert queries.claims_of(cast.alice, before=held.id, limit=1) == (done,)
        assert queries.claim_of(cast.alice, done.public_id) == done


def test_a_stranger_sees_none_of_them(cast, paid):
    claim, remittance = paid
    with context.acting_as(cast.charlie.scope):
        assert {c.pharmacy_name for c in queries.claims_of(cast.charlie)} == {"Birch Road Pharmacy"}
        assert queries.remittances_of(cast.charlie) == ()
        with pytest.raises(ServiceClaim.DoesNotExist):
            queries.claim_of(cast.charlie, claim.public_id)
        with pytest.raises(Remittance.DoesNotExist):
            queries.remittance_of(cast.charlie, remittance.public_id)


def test_totals_name_every_status_and_add_up(cast, paid):
    with context.acting_as(cast.alice.scope):
        totals = {t.status: t for t in queries.totals_by_status(cast.alice)}
        assert list(totals) == [s.value for s in ServiceClaim.Status]
        assert (totals["paid"].claims, totals["paid"].paid_cents) == (1, 2500)
        assert (totals["denied"].claims, totals["denied"].charge_cents) == (0, 0)
        assert sum(t.claims for t in totals.values()) == len(queries.claims_of(cast.alice))


def test_a_remittance_lists_its_lines(cast, paid):
    claim, remittance = paid
    with context.acting_as(cast.alice.scope):
        (row,) = queries.remittances_of(cast.alice)
        assert (row.number, row.claims, row.total_cents) == (remittance.number, 1, 2500)
        sheet = queries.remittance_of(cast.alice, remittance.public_id)
        assert sheet.row == row and sum(line.paid_cents for line in sheet.lines) == row.total_cents
        assert sheet.lines[0].claim_number == claim.number


def test_a_page_of_claims_costs_the_same_however_long(cast, paid, django_assert_num_queries):
    with context.acting_as(cast.alice.scope):
        with django_assert_num_queries(7):
            queries.claims_of(cast.alice, limit=1)
        with django_assert_num_queries(7):
            queries.claims_of(cast.alice)
