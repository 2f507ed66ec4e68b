"""The trail names who did what to which rows, and nobody can rewrite it."""

import psycopg
import pytest
from django.db import connection, transaction

from carecoord.kernel.audit.actions import Seen, record, record_read
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


def test_a_read_tells_no_payer_of_whom_the_reader_saw_for_another(cast, as_owner):
    with as_owner():
        Member.objects.create(payer=cast.b.payer, patient=cast.a.patient, member_id="M-too")
    for who in (cast.dana, cast.alice):  # Dana works for payer A alone; Alice sees the person, whoever pays
        with context.acting_as(who.scope):
            record_read(seen=Seen({cast.a.patient.pk}), path="pbm/", status=200)
    found = [each.payer_ids for each in events(as_owner, event="patient.read")]
    assert found == [[cast.a.payer.pk], [cast.a.payer.pk, cast.b.payer.pk]]


def test_what_a_pharmacy_sees_belongs_to_the_payer_of_each_member(cast, as_owner):
    """A list with members of two payers leaves a line for each, and nobody's auditor reads the other's numbers."""
    with context.acting_as(cast.alice.scope):
        record_read(
            seen=Seen(ids={cast.a.patient.pk, cast.b.patient.pk}, refs=set()), path="portal/patients/", status=200
        )
        record(event="test.nobody", by=cast.alice, patients=[10**15])
        record(event="test.without", by=cast.alice)
    with context.acting_as(cast.vera.scope):
        (read,) = AuditEvent.objects.visible_to(cast.vera).filter(event="patient.read")
        assert (read.user_id, read.patient_ids, read.row_count) == (cast.alice.pk, [cast.a.patient.pk], 1)
        assert not AuditEvent.objects.filter(event__in=("test.nobody", "test.without")).exists()
    with as_owner():
        mine = AuditEvent.objects.filter(organisation_id=cast.alice.scope.organisation_id)
        assert sorted(mine.filter(event="patient.read").values_list("payer_ids", "patient_ids")) == [
            ([cast.a.payer.pk], [cast.a.patient.pk]), ([cast.b.payer.pk], [cast.b.patient.pk])
        ]  # fmt: skip
        assert list(mine.filter(event="test.nobody").values_list("payer_ids", "patient_ids")) == [([], [10**15])]
        assert list(mine.filter(event="test.without").values_list("payer_ids", "row_count")) == [([], 0)]
