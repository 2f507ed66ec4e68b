"""A large file is merged in chunks, in one transaction: what comes of it does not depend on where they are cut."""

import pytest

from carecoord.kernel.tenancy import context
from patients.claims import counts as accounts
from patients.claims import load as loading
from patients.claims import reader, staging
from patients.claims.models import Fill, Reject
from patients.models import Patient

from .feeds import claim, claims_file, counts, exported, load, new_payer, span, spans_file, take

pytestmark = pytest.mark.django_db

LINES = [
    *(claim(f"C{i:02}", quantity=str(i + 1), paid_date="2025-03-02") for i in range(20)),
    claim("C03", quantity="4", paid_date="2025-03-02"),  # again
    claim("C05", quantity="-6", paid_date="2025-03-09", paid_amount="-10.00", transaction_code="B2"),
    claim("C07", quantity="999", paid_date="2025-03-02"),  # same key, other words
    claim("BAD", quantity="x"),
    claim("C09", quantity="12", paid_date="2025-03-20"),  # a later version
    claim("R11", transaction_code="B2", original_claim_id="C11", paid_date="2025-03-20"),
    *(claim(f"D{i:02}", member_id="M9", paid_date="2025-03-02") for i in range(8)),  # nobody knows M9
]


def told(payer, as_owner):
    with as_owner():
        facts = Fill.objects.filter(payer=payer).order_by("day", "quantity", "event_id")
        facts = list(facts.values_list("day", "quantity", "days_supply", "paid_cents"))
        rejects = list(Reject.objects.filter(payer=payer).values_list("line_number", "field", "code"))
    return [line[1:] for line in exported(payer)], facts, rejects


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_chunks_of_any_size_come_to_the_same(as_owner, monkeypatch, rows):
    whole, cut = new_payer("whole"), new_payer("cut")
    for payer in (whole, cut):
        load(payer, spans_file(span("M1")))
    expected = load(whole, claims_file(*LINES))
    monkeypatch.setattr(reader, "BATCH_ROWS", 1)
    monkeypatch.setattr(staging, "CHUNK_ROWS", rows)
    found = load(cut, claims_file(*LINES))
    assert counts(found) == counts(expected) == (34, 23, 8, 1, 1, 1)
    assert found.totals == expected.totals
    assert told(cut, as_owner) == told(whole, as_owner)
    again = load(cut, claims_file(*reversed(LINES)))
    assert counts(again) == (34, 0, 0, 33, 1, 0)


@pytest.mark.parametrize("rows", [1, 50])
def test_claims_that_come_after_their_reversals_are_reversed_however_many_these_are(payer, monkeypatch, rows):
    monkeypatch.setattr(reader, "BATCH_ROWS", 1)
    monkeypatch.setattr(staging, "FIRST_ROWS", rows)
    monkeypatch.setattr(staging, "CHUNK_ROWS", rows)
    load(payer, spans_file(span("M1")))
    by_id = [claim(f"R{i}", transaction_code="B2", original_claim_id=f"C{i}") for i in range(6)]
    by_rx = [claim(f"S{i}", transaction_code="B2", rx_number=f"77{i}", fill_number="1") for i in range(6)]
    load(payer, claims_file(*by_id, *by_rx))
    originals = [claim(f"C{i}") for i in range(8)]
    originals += [claim(f"D{i}", rx_number=f"77{i}", fill_number="1") for i in range(8)]
    load(payer, claims_file(*originals))
    found = {line.claim_id: line.state for line in exported(payer) if line.claim_id[0] in "CD"}
    assert {name for name, state in found.items() if state == "paid"} == {"C6", "C7", "D6", "D7"}
    assert len(found) == 16 and set(found.values()) == {"paid", "reversed"}


def test_what_goes_wrong_in_a_late_chunk_leaves_nothing_of_the_early_ones(payer, as_owner, monkeypatch):
    load(payer, spans_file(span("M1")))
    before = told(payer, as_owner)
    delivery = take(payer, claims_file(*LINES))

    class Broken(Exception):
        pass

    def break_at_the_end(*_):
        raise Broken

    with monkeypatch.context() as patched:
        patched.setattr(reader, "BATCH_ROWS", 1)
        patched.setattr(staging, "CHUNK_ROWS", 5)
        patched.setattr(accounts, "recount", break_at_the_end)
        with context.acting_as(context.worker_for(payer.pk)):
            with pytest.raises(Broken):
                loading.load(delivery=delivery)
    assert told(payer, as_owner) == before


def test_control_totals_are_those_of_what_was_not_rejected(payer):
    delivery = load(payer, claims_file(claim("A", quantity="30.5"), claim("B", quantity="x"), claim("C", quantity="2")))
    assert delivery.totals == {"pharmacy_claim": {"rows": 2, "quantity": "32.500", "paid_cents": "2000"}}


def test_facts_about_a_stranger_stop_the_load(payer, as_owner, monkeypatch):
    stranger = new_payer("stranger")
    load(stranger, spans_file(span("M1")))
    delivery = take(payer, claims_file(claim("A")))
    with as_owner():
        patient_id = Patient.objects.get(payer=stranger).pk
    real = loading._touch

    def touch(cursor, ids, values=None):
        real(cursor, ids, values)
        cursor.execute("insert into touched_people values (%s) on conflict do nothing", [patient_id])

    monkeypatch.setattr(loading, "_touch", touch)
    with context.acting_as(context.worker_for(payer.pk)):
        with pytest.raises(loading.NotItsMember):
            loading.load(delivery=delivery)
