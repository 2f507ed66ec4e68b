"""What a pharmacy's own log-in cannot do to a claim, past every view and action: plain SQL as `carecoord_portal`."""

import psycopg
import pytest
from django.db import connection

from carecoord.kernel.tenancy import context
from patients.care.models import Encounter
from patients.models import Consent
from tests.factories.decided import put_into

pytestmark = pytest.mark.django_db
CLAIM = """
    insert into billing_serviceclaim (public_id, payer_id, pharmacy_id, number, encounter_ref, patient_ref, service_on, snapshot,
        status, charge_cents, approved_cents, paid_cents, created_by_id, created_at, icn, frequency, client, program, wait, decision,
        recouped_cents)
    select gen_random_uuid(), payer_id, pharmacy_id, 'SC-RAW', gen_random_uuid(), patient_ref, service_on, snapshot,
        '{status}', {charge}, {approved}, {paid}, created_by_id, created_at, '', '1', '', '', '', 0, 0 from billing_serviceclaim
"""
CHANGE = """
    insert into billing_claimchange (payer_id, pharmacy_id, claim_id, at, from_status, to_status, why)
    select payer_id, pharmacy_id, id, now(), status, '{status}', '' from billing_serviceclaim
"""
CONSENT = """
    insert into patients_consent (payer_id, patient_id, pharmacy_id, kind, is_given, since, recorded_by_id, recorded_at)
    values ({payer}, {patient}, {pharmacy}, 'services', true, '2026-01-01', {by}, now())
"""


def ask(sql):
    """Rows touched; the fault, if PostgreSQL refuses, undoes this statement alone."""
    with connection.connection.transaction(), connection.connection.cursor() as cursor:
        return cursor.execute(sql).rowcount


@pytest.mark.parametrize("table", ["billing_serviceclaim", "billing_serviceline"])
@pytest.mark.parametrize("column", ["approved_cents", "paid_cents"])
def test_what_is_approved_and_paid_is_not_the_pharmacys_to_write(cast, table, column):
    with context.acting_as(cast.alice.scope), pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(f"update {table} set {column} = 100")


@pytest.mark.parametrize("status, approved, paid", [("approved", 0, 0), ("paid", 2500, 2500), ("submitted", 2500, 0)])
def test_a_claim_is_not_born_decided(cast, status, approved, paid):
    with context.acting_as(cast.alice.scope), pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(CLAIM.format(status=status, approved=approved, paid=paid, charge=2500))
    with context.acting_as(cast.alice.scope):
        assert ask(CLAIM.format(status="held", approved=0, paid=0, charge=0)) == 1


def test_a_line_is_not_born_decided_nor_added_to_a_decided_claim(cast, as_owner):
    line = """insert into billing_serviceline (payer_id, pharmacy_id, claim_id, line_number, code, label, units, charge_cents,
        approved_cents, paid_cents) select payer_id, pharmacy_id, id, {number}, 'x', 'x', 1, 100, {cents}, 0 from billing_serviceclaim"""
    with context.acting_as(cast.alice.scope):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(line.format(number=9, cents=100))
    with as_owner():
        put_into(cast.a, "approved")
    with context.acting_as(cast.alice.scope), pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(line.format(number=9, cents=0))


@pytest.mark.parametrize("status", ["submitted", "approved", "denied"])
def test_a_claim_that_left_the_pharmacy_stays_as_it_was_sent(cast, as_owner, status):
    with as_owner():
        put_into(cast.a, status)
    with context.acting_as(cast.alice.scope):
        assert ask("update billing_serviceclaim set status = 'submitted', charge_cents = 999900") == 0
        assert ask("update billing_serviceline set charge_cents = 999900") == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(CHANGE.format(status="paid"))


def test_a_held_claim_can_be_corrected_but_not_decided(cast, as_owner):
    with as_owner():
        put_into(cast.a, "held")
    with context.acting_as(cast.alice.scope):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask("update billing_serviceclaim set status = 'approved'")
        assert ask("update billing_serviceline set charge_cents = 2600") == 1
        assert ask("update billing_serviceclaim set status = 'submitted', charge_cents = 2600") == 1


def test_a_completed_visit_is_frozen_and_a_draft_keeps_its_patient(cast, as_owner):
    with context.acting_as(cast.alice.scope):
        assert ask("update care_encounter set answers = '{}'") == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(f"update care_encounter set patient_id = {cast.b.patient.pk}")
    with as_owner():
        Encounter.objects.update(status="completed", completed_by=cast.alice, completed_at="2026-01-01T00:00Z")
    with context.acting_as(cast.alice.scope):
        assert ask("update care_encounter set answers = '{}'") == 0


def test_a_flags_worth_and_evidence_are_not_the_pharmacys_to_write(cast):
    for column in ("value_cents", "rank", "patient_id"):
        with context.acting_as(cast.alice.scope), pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(f"update flags_flag set {column} = 1")


def test_no_consent_for_a_strangers_patient(cast, as_owner):
    def raw(side):
        return CONSENT.format(
            payer=side.payer.pk, patient=side.patient.pk, pharmacy=cast.a.pharmacy.pk, by=cast.alice.pk
        )

    with context.acting_as(cast.alice.scope):
        assert ask(raw(cast.a)) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(raw(cast.b))
    with as_owner():
        assert Consent.objects.count() == 1
