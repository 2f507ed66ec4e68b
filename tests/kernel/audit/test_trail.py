"""The trail names who did what to which rows, and nobody can rewrite it."""

import psycopg
import pytest
from django.db import connection, transaction

from carecoord.kernel.audit.actions import Seen, record_read
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.flags.models import Flag
from patients.models import Member, Patient

pytestmark = pytest.mark.django_db


def events(as_owner, **found):
    with as_owner():
        return list(AuditEvent.objects.filter(**found).order_by("id"))


def test_one_event_a_statement_names_who_and_which_rows(cast, as_owner):
    before = len(events(as_owner, event="row.update", table_name="flags_flag"))
    with context.acting_as(cast.alice.scope):
        Flag.objects.update(assigned_to=cast.alice)  # a bulk change: no save(), no signal
    found = events(as_owner, event="row.update", table_name="flags_flag")
    assert len(found) == before + 1
    last = found[-1]
    assert (last.user_id, last.organisation_id, last.row_ids) == (cast.alice.pk, cast.a.pharmacy.pk, [cast.a.flag.pk])
    assert last.patient_ids == [cast.a.patient.pk]


@pytest.mark.parametrize("role", [*context.ROLES, "owner"])
@pytest.mark.parametrize(
    "attack",
    [
        "update audit_auditevent set user_id = 1",
        "delete from audit_auditevent",
        "truncate audit_auditevent",
    ],
)
def test_the_trail_is_append_only(cast, role, attack):
    with (
        context.logged_in(role),
        transaction.atomic(),
        pytest.raises(psycopg.Error, match="permission denied|append-only"),
    ):
        with connection.connection.transaction(), connection.connection.cursor() as cursor:
            cursor.execute(attack)


@pytest.mark.parametrize("role", context.ROLES)
@pytest.mark.parametrize(
    "attack",
    [
        "alter table flags_flag disable trigger all",
        "insert into audit_auditevent (at, login, event) values (now(), 'x', 'x')",
        "drop table audit_auditevent",
        "create or replace function app.write_event(text) returns void language sql as ''",
        "select app.write_event_about('{1}', 'x', '', '{}', 0, '{}', '{}')",
    ],
)
def test_no_application_role_can_go_round_it(cast, role, attack):
    with (
        context.logged_in(role),
        transaction.atomic(),
        pytest.raises(psycopg.Error, match="permission denied|must be owner"),
    ):
        with connection.connection.transaction(), connection.connection.cursor() as cursor:
            cursor.execute(attack)


def test_an_auditor_sees_the_events_of_the_payers_that_the_pbm_serves(cast, as_owner):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        Patient.objects.update(language="es")
    with context.acting_as(context.worker_for(cast.b.payer.pk)):
        Patient.objects.update(language="es")
    with context.acting_as(cast.vera.scope):
        seen = AuditEvent.objects.visible_to(cast.vera).filter(event="row.update", table_name="patients_patient")
        assert [event.row_ids for event in seen] == [[cast.a.patient.pk]]
        assert AuditEvent.objects.filter(event="row.update", table_name="patients_patient").count() == 1


def test_a_payers_auditor_sees_who_at_a_pharmacy_read_its_members_and_nobody_elses(cast, as_owner):
    with context.acting_as(cast.alice.scope):
        record_read(seen=Seen({cast.a.patient.pk}, {cast.b.patient.public_id}), path="portal/", status=200)
    assert [(each.payer_ids, each.patient_ids) for each in events(as_owner, event="patient.read")] == [
        ([side.payer.pk], [side.patient.pk]) for side in (cast.a, cast.b)
    ]
    with context.acting_as(cast.vera.scope):
        for seen in (AuditEvent.objects.visible_to(cast.vera), AuditEvent.objects.all()):
            (read,) = seen.filter(event="patient.read")
            assert (read.user_id, read.patient_ids) == (cast.alice.pk, [cast.a.patient.pk])


def test_a_read_tells_no_payer_of_whom_the_reader_saw_for_another(cast, as_owner):
    with as_owner():
        Member.objects.create(payer=cast.b.payer, patient=cast.a.patient, member_id="M-too")
    for who in (cast.dana, cast.alice):  # Dana works for payer A alone; Alice sees the person, whoever pays
        with context.acting_as(who.scope):
            record_read(seen=Seen({cast.a.patient.pk}), path="pbm/", status=200)
    found = [each.payer_ids for each in events(as_owner, event="patient.read")]
    assert found == [[cast.a.payer.pk], [cast.a.payer.pk, cast.b.payer.pk]]
