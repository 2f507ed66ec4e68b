"""Whoever owns the database can change the trail, and `verify_audit` says so: edit, delete, reorder, insert, cut off, rewrite."""

import json
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from carecoord.kernel.audit import seals, trail
from carecoord.kernel.audit.actions import record
from carecoord.kernel.audit.models import AuditEvent, Seal
from carecoord.kernel.tenancy import context, walls
from tests.sealing import sealed


@pytest.fixture(autouse=True)
def heads(settings, tmp_path):
    settings.AUDIT_HEADS = tmp_path / "audit" / "heads.jsonl"
    return settings.AUDIT_HEADS


def happens(*names):
    for name in names:
        with context.acting_as(context.worker_for()):
            record(event=name, by=None, detail={"word": "ünïcode", "cents": 5})


@contextmanager
def tampered(*statements):
    """What a database administrator could do, taken back afterwards."""
    with context.logged_in("owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("alter table audit_auditevent disable trigger append_only")
        cursor.execute("alter table audit_seal disable trigger append_only")
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement
        yield
        transaction.set_rollback(True)


def problems():
    return " ".join(seals.verify().problems)


FORGE = """
    insert into audit_auditevent (at, login, event, payer_ids, table_name, row_ids, row_count, patient_ids, detail, transaction_id)
    select {at}, login, 'forged', payer_ids, table_name, row_ids, row_count, patient_ids, detail, {transaction}
    from audit_auditevent where event = 'two'
"""
THIRD = "(select id from audit_auditevent where event = 'three')"
SECOND = "(select id from audit_auditevent where event = 'two')"
TAMPERINGS = {
    "edit": (["update audit_auditevent set user_id = 7 where event = 'two'"], "not what they were"),
    "edit of a detail": (["update audit_auditevent set detail = '{}' where event = 'two'"], "not what they were"),
    "backdating": (["update audit_auditevent set at = at - interval '1 s' where event = 'two'"], "not what they were"),
    "delete": (["delete from audit_auditevent where event = 'two'"], "Seal 1 was put on 3 events, and there are 2"),
    "reorder": (
        [
            f"update audit_auditevent set id = -1 where id = {SECOND}",
            f"update audit_auditevent set id = {THIRD} - 1 where id = {THIRD}"
            " and exists (select from audit_auditevent where id = -1)",
            "update audit_auditevent set id = (select id + 1 from audit_auditevent where event = 'three') where id = -1",
        ],
        "not what they were, or not in that order",
    ),
    "insert": ([FORGE.format(at="at", transaction="transaction_id")], "Seal 1 was put on 3 events, and there are 4"),
    "cut off with its seal": (
        ["delete from audit_auditevent where event = 'four'", "delete from audit_seal where number = 2"],
        "Seal 2 is in the file of heads, and not in the database",
    ),
    "cut off": (["delete from audit_auditevent where event = 'four'"], "Seal 2 was put on 1 events, and there are 0"),
    "moved out of its seal": (
        [
            "update audit_auditevent set transaction_id = (select high from audit_seal where number = 2) where event = 'four'"
        ],
        "Seal 2 was put on 1 events, and there are 0",
    ),
    "seal in the middle removed": (
        ["delete from audit_seal where number = 1"],
        "Seal 1 is in the file of heads, and not",
    ),
    "everything rewritten, seals included": (
        [
            "delete from audit_auditevent where event = 'two'",
            "delete from audit_seal",
            "update audit_auditevent set transaction_id = 1",
            "select * from app.seal_events()",
        ],
        "Seal 1 is not what the file of heads says",
    ),
}


@pytest.mark.django_db(transaction=True)
def test_what_is_done_to_a_sealed_trail_is_found(heads, settings):
    happens("one", "two", "three")
    assert sealed().events == 3
    happens("four")
    assert sealed().number == 2 and seals.seal() is None  # nothing new, no seal
    happens("five")  # newer than the last seal
    verdict = seals.verify()
    assert (verdict.problems, verdict.seals, verdict.events, verdict.unsealed) == ([], 2, 4, 1)

    for name, (statements, said) in TAMPERINGS.items():
        with tampered(*statements):
            assert said in problems(), name
    assert problems() == ""  # each was taken back

    _a_late_insert_that_says_it_is_old()
    _the_file(heads, settings)


def _a_late_insert_that_says_it_is_old():
    with tampered(FORGE.format(at="at - interval '2 days'", transaction="transaction_id + 1000000")):
        with connection.cursor() as cursor:  # ... and the sealer runs, as if that transaction were over
            cursor.execute("update audit_seal set high = high + 2000000 where number = 2")
        assert "events of seal 2 say that they are older than the seal before it" in problems()


def _the_file(heads, settings):
    whole = heads.read_text()
    lines = whole.splitlines(keepends=True)
    for text, said in [
        (lines[1], "Line 1 of the file of heads is not signed by our key, or a line is missing"),
        (whole.replace('"events": 3', '"events": 4'), "Line 1 of the file of heads is not signed"),
        (lines[0], "Seal 2 is in the database, and not in the file of heads"),
        ("", "Seal 1 is in the database, and not in the file of heads"),
    ]:
        heads.write_text(text)
        assert said in problems()
    with pytest.raises(seals.HeadsDisagree):  # the file is gone, and nothing is sealed on top of that
        seals.seal()
    heads.write_text(whole)
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert json.loads(out.getvalue())["events"] == 4
    settings.AUDIT_KEY = "another"
    with pytest.raises(SystemExit) as left:
        call_command("verify_audit", stdout=StringIO())
    assert left.value.code == 1


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_falls_behind_no_seal(heads):
    """Bob's event has the lower key and is committed after Alice's was sealed."""
    with context.logged_in("owner"):
        login = connection.get_connection_params()
    with psycopg.connect(**{k: login[k] for k in ("host", "port", "dbname", "user", "password") if k in login}) as bob:
        write = "select app.write_event('bob', '', '{}', 0, '{}', '{}')"
        bob.execute(write)
        happens("alice")
        assert seals.seal() is None  # Bob's transaction is open: nothing above it is final
        bob.commit()
        happens("later")
        assert sealed().events == 3
    assert seals.verify().problems == []


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_died_before_it_wrote_the_head_is_made_good(heads, monkeypatch):
    happens("one")
    with monkeypatch.context() as patched:
        patched.setattr(seals, "_append_heads", lambda: None)
        sealed()
    happens("two")
    sealed()
    assert seals.verify().problems == [] and len(heads.read_text().splitlines()) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*context.ROLES, "owner"])
@pytest.mark.parametrize(
    "attack",
    ["update audit_seal set root = ''", "delete from audit_seal", "truncate audit_seal"],
)
def test_nobody_changes_a_seal(role, attack):
    with context.logged_in(role), transaction.atomic(), pytest.raises(psycopg.Error, match="denied|append-only"):
        with connection.connection.transaction(), connection.connection.cursor() as cursor:
            cursor.execute(attack)


@pytest.mark.django_db
@pytest.mark.parametrize("role", context.ROLES)
def test_only_the_sealer_seals(role):
    with context.logged_in(role), transaction.atomic(), pytest.raises(psycopg.Error, match="denied"):
        with connection.connection.transaction(), connection.connection.cursor() as cursor:
            cursor.execute("insert into audit_seal values (9, 0, 1, 0, '', now())")


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted({*context.ROLES} - {"worker"}))
def test_only_the_worker_calls_the_sealer_after_every_migrate(role):
    with context.logged_in("owner"):
        walls.sync()  # grants all functions of the schema, the trail's of the migrate before among them
        trail.sync()
    with context.logged_in(role), transaction.atomic(), pytest.raises(psycopg.Error, match="denied"):
        with connection.connection.transaction(), connection.connection.cursor() as cursor:
            cursor.execute("select app.seal_events()")


@pytest.mark.django_db
def test_a_restored_trail_goes_on_counting(as_owner):
    """On another cluster transactions count from elsewhere; `migrate` makes new events newer than all that are there."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("insert into audit_auditevent (at, login, event, payer_ids, table_name, row_ids, row_count, patient_ids, detail,"
                       " transaction_id) values (now(), 'x', 'x', '{}', '', '{}', 0, '{}', '{}', 10 ^ 15)")  # fmt: skip
        cursor.execute(trail._TRANSACTIONS_BEFORE)
        record(event="after", by=None)
        assert AuditEvent.objects.get(event="after").transaction_id > 10**15
        assert Seal.objects.count() == 0
