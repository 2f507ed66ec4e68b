"""The first pharmacy claims of all are indexed and settled at the end: with the same result, and every index back."""

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from carecoord.kernel.tenancy import context
from patients.claims import backfill, reader, staging
from patients.claims import counts as accounts
from patients.claims import load as loading

from .feeds import claim, claims_file, counts, fresh, load, new_payer, span, spans_file, take
from .test_chunks import LINES, told

pytestmark = pytest.mark.django_db
BARE = {"claims_fill_pkey"}


@pytest.fixture
def in_small_chunks(monkeypatch):
    monkeypatch.setattr(reader, "BATCH_ROWS", 1)
    monkeypatch.setattr(staging, "FIRST_ROWS", 2)
    monkeypatch.setattr(staging, "CHUNK_ROWS", 5)


@pytest.fixture
def seen(monkeypatch):
    """The indexes of fills each time that a chunk is put by."""
    found, real = [], backfill.Backfill.keep

    def keep(self, floor):
        found.append(set(indexes("claims_fill")))
        real(self, floor)

    monkeypatch.setattr(backfill.Backfill, "keep", keep)
    return found


def indexes(*tables):
    """{name: definition}"""
    with connection.cursor() as cursor:
        cursor.execute("select indexname, indexdef from pg_indexes where tablename = any(%s)", [list(tables)])
        return dict(cursor.fetchall())


def load_first(payer, content):
    delivery = take(payer, content)
    with context.acting_as(context.worker_for(payer.pk)):
        loading.load(delivery=delivery, is_backfill=True)
    return fresh(payer, delivery)


def test_it_comes_to_the_same_and_leaves_every_index(as_owner, in_small_chunks, seen):
    first, later = new_payer("first"), new_payer("later")
    for payer in (first, later):
        load(payer, spans_file(span("M1")))
    before = indexes("claims_pharmacyevent", "claims_fill")
    found = load_first(first, claims_file(*LINES))
    assert seen and all(names == BARE for names in seen)
    expected = load(later, claims_file(*LINES))
    assert counts(found) == counts(expected) == (34, 23, 8, 1, 1, 1)
    assert told(first, as_owner) == told(later, as_owner)
    assert indexes("claims_pharmacyevent", "claims_fill") == before
    assert counts(load(first, claims_file(*reversed(LINES)))) == (34, 0, 0, 33, 1, 0)


def test_where_claims_are_already_it_is_a_load_like_any_other(payer, as_owner, in_small_chunks, seen):
    other = new_payer("other")
    load(other, spans_file(span("M1")))
    load(payer, spans_file(span("M1")))
    load(other, claims_file(*LINES))
    assert counts(load_first(payer, claims_file(*LINES))) == (34, 23, 8, 1, 1, 1)
    assert not seen
    assert told(payer, as_owner) == told(other, as_owner)


def test_a_file_without_pharmacy_claims_takes_nothing_away(payer):
    before = indexes("claims_pharmacyevent", "claims_fill", "claims_eligibilityevent")
    assert counts(load_first(payer, spans_file(span("M1")))) == (1, 1, 0, 0, 0, 0)
    assert indexes("claims_pharmacyevent", "claims_fill", "claims_eligibilityevent") == before


def test_a_fault_at_the_end_leaves_the_indexes_where_they_were(payer, monkeypatch, in_small_chunks, seen):
    class Broken(Exception):
        pass

    def break_at_the_end(*_):
        raise Broken

    load(payer, spans_file(span("M1")))
    before = indexes("claims_pharmacyevent", "claims_fill")
    monkeypatch.setattr(accounts, "recount", break_at_the_end)
    with pytest.raises(Broken):
        load_first(payer, claims_file(*LINES))
    assert seen
    assert indexes("claims_pharmacyevent", "claims_fill") == before


def test_the_command_asks_for_it(payer, tmp_path, capsys, seen, settings):
    load(payer, spans_file(span("M1")))
    path = tmp_path / "first.csv"
    path.write_bytes(claims_file(claim("A")))
    call_command("load_feed", path, payer=payer.code, format="tuva_csv", backfill=True)
    assert '"loaded": 1' in capsys.readouterr().out
    assert seen


@pytest.mark.parametrize("role", ["portal", "pbm", "api"])
def test_only_a_worker_may_take_indexes_away(role):
    with context.logged_in(role), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select app.drop_indexes('claims_' || 'fill')")


def test_no_other_table_can_be_bared(payer):
    with context.acting_as(context.worker_for(payer.pk)), connection.cursor() as cursor:
        cursor.execute("select app.drop_indexes('patients_member')")
        assert cursor.fetchone() == (False,)
