"""Any order, duplication, split into files, withdrawal and re-delivery: the same claims as a plain Python model makes."""

import io
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import conflicts
from patients.claims import load as loading
from patients.claims.encoding import ENCODERS
from patients.claims.formats import Bad, open_feed
from patients.claims.models import ConflictRuling, Fill, PharmacyEvent
from tests.oracles import claims_fold
from tests.oracles.histories import in_proportion

from .feeds import claim, claims_file, exported, fresh, load, new_payer, span, spans_file, withdraw

pytestmark = pytest.mark.django_db
ACTIONS = {(False, "B1"): "B1", (False, "B3"): "B3", (True, "B2"): "B2"}

lines = st.builds(
    claim,
    st.sampled_from("ABCD"),
    claim_line_number=st.sampled_from("112"),
    member_id=st.sampled_from(["M1", "M1", "M2"]),
    dispensing_date=st.sampled_from(["2025-03-01", "2025-03-01", "2025-03-02"]),
    quantity=st.sampled_from(["30", "60"]),
    paid_date=st.sampled_from(["", "2025-03-05", "2025-03-06", "2025-03-07"]),
    rx_number=st.sampled_from(["", "77", "77", "78"]),
    fill_number=st.sampled_from(["", "1"]),
    transaction_code=st.sampled_from(["B1", "B1", "B2", "B2", "B3"]),
    original_claim_id=st.sampled_from(["", "", "A", "B"]),
    authorization_number=st.sampled_from(["", "", "x", "y"]),
    dispensing_status=st.sampled_from(["", "", "P", "C"]),
)
files = st.lists(st.lists(lines, min_size=1, max_size=6), min_size=1, max_size=4)
number = iter(range(10**6))


def told(content):
    """The events of a file that are accepted, as the oracle takes them."""
    feed = open_feed("tuva_csv", io.BytesIO(content))
    for item in feed:
        if isinstance(item, Bad):
            continue
        row = dict(zip(feed.layout.names, item.row, strict=True))
        shared = {name: row[name] for name in claims_fold.Event.__dataclass_fields__ if name in row}
        action = ACTIONS[row["is_reversal"], row["transaction"]]
        yield claims_fold.Event(**shared, action=action, digest=ENCODERS[feed.kind].encode(item.row)[0])


def standing(payer):
    """The export in the oracle's words."""
    return {
        (line.claim_id, int(line.claim_line_number)): (
            line.state,
            int(line.version),
            line.quantity,
            int(line.paid_cents),
        )
        for line in exported(payer)
    }


def events_of(contents):
    return [event for content in contents for event in told(content)]


def expected(contents, members, rulings=()):
    stand = claims_fold.stand(events_of(contents), members, rulings)
    return {
        record: (state, version, format(quantity.normalize(), "f"), paid)
        for record, (state, version, quantity, paid) in stand.items()
    }


@contextmanager
def undone():
    """Each example starts from nothing: hundreds of loads in one transaction would hold too many locks."""
    start = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(start)
        connection.needs_rollback = False


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """The state `loading` goes through a connection of its own, which cannot see into a test's transaction."""
    monkeypatch.setattr(loading, "announce", lambda *args, **kwargs: None)


@in_proportion(25)
@given(files=files, data=st.data())
def test_the_set_of_events_alone_decides(files, data, as_owner):
    with undone():
        check_any_order(files, data, as_owner)


def check_any_order(files, data, as_owner):
    payer = new_payer(f"payer-{next(number)}")
    contents = [claims_file(*lines) for lines in files]
    again = data.draw(st.lists(st.sampled_from(contents), max_size=2), label="delivered again")
    order = data.draw(st.permutations(contents + again + [None]), label="order")  # None: the eligibility of M1
    taken = [(content, load(payer, content or spans_file(span("M1")))) for content in order]
    claims = [(content, delivery) for content, delivery in taken if content]
    assert standing(payer) == expected([content for content, _ in claims], {"M1"})

    gone = data.draw(st.lists(st.integers(0, len(claims) - 1), unique=True, max_size=2), label="withdrawn")
    for index in gone:
        withdraw(payer, claims[index][1])
    left = [content for index, (content, _) in enumerate(claims) if index not in gone]
    assert standing(payer) == expected(left, {"M1"})
    for index, (_, delivery) in enumerate(claims):
        d = fresh(payer, delivery)
        assert d.lines == d.loaded + d.waiting + d.repeated + d.rejected + d.conflicting
        assert (d.state == "withdrawn") == (index in gone)

    for index in gone:
        load(payer, claims[index][0])
    assert standing(payer) == expected(contents, {"M1"})
    with as_owner():
        in_force = PharmacyEvent.objects.filter(payer=payer, is_withdrawn=False, standing="paid", member_id="M1")
        assert set(Fill.objects.filter(payer=payer).values_list("event_id", flat=True)) == set(
            in_force.values_list("pk", flat=True)
        )


@in_proportion(12)
@given(all_lines=st.lists(lines, min_size=2, max_size=12), data=st.data())
def test_one_file_or_many_it_is_the_same(all_lines, data, as_owner):
    with undone():
        check_split(all_lines, data, as_owner)


def check_split(all_lines, data, as_owner):
    whole, split = new_payer(f"payer-{next(number)}"), new_payer(f"payer-{next(number)}")
    load(whole, claims_file(*all_lines))
    shuffled = data.draw(st.permutations(all_lines), label="shuffled")
    cut = data.draw(st.integers(1, len(all_lines) - 1), label="cut")
    for part in (shuffled[:cut], shuffled[cut:], all_lines[:1]):
        load(split, claims_file(*part))
    load(split, spans_file(span("M2")))
    load(whole, spans_file(span("M2")))
    assert standing(whole) == standing(split) == expected([claims_file(*all_lines)], {"M2"})
    with as_owner():
        conflicts = [
            sorted(PharmacyEvent.objects.filter(payer=p, in_conflict=True).values_list("content_hash", flat=True))
            for p in (whole, split)
        ]
    assert conflicts[0] == conflicts[1]


twice = st.builds(
    claim,
    st.sampled_from("AAB"),
    quantity=st.sampled_from(["30", "60", "90"]),
    paid_date=st.sampled_from(["", "2025-03-05", "2025-03-05", "2025-03-06"]),
    rx_number=st.sampled_from(["", "77"]),
    transaction_code=st.sampled_from(["B1", "B1", "B1", "B2", "B3"]),
    original_claim_id=st.sampled_from(["", "", "B"]),
)
clashing = st.lists(st.lists(twice, min_size=1, max_size=6), min_size=2, max_size=3)


@in_proportion(25)
@given(files=clashing, data=st.data())
def test_rulings_are_part_of_the_set(files, data, as_owner):
    with undone():
        check_rulings(files, data, as_owner)


def check_rulings(files, data, as_owner):
    payer, contents, rulings, taken = new_payer(f"payer-{next(number)}"), [claims_file(*one) for one in files], {}, []
    load(payer, spans_file(span("M1")))
    for content in contents:
        taken.append((content, load(payer, content)))
        _rule_one(payer, rulings, data)
        _agrees(payer, [content for content, _ in taken], rulings, as_owner)
    gone = data.draw(st.integers(0, len(taken) - 1), label="withdrawn")
    withdraw(payer, taken[gone][1])
    _agrees(payer, [content for index, (content, _) in enumerate(taken) if index != gone], rulings, as_owner)
    taken.append((taken[gone][0], load(payer, taken[gone][0])))
    _agrees(payer, contents, rulings, as_owner)
    if rulings and data.draw(st.booleans(), label="taken back"):
        key = data.draw(st.sampled_from(sorted(rulings, key=str)), label="which")
        _take_back(payer, key, rulings)
        _agrees(payer, contents, rulings, as_owner)
    for index, (_, delivery) in enumerate(taken):
        d = fresh(payer, delivery)
        assert d.lines == d.loaded + d.waiting + d.repeated + d.rejected + d.conflicting or index == gone


def _rule_one(payer, rulings, data):
    with context.acting_as(context.worker_for(payer.pk)):
        found = list(
            PharmacyEvent.objects.filter(payer=payer, in_conflict=True, is_withdrawn=False).order_by("content_hash")
        )
        if not found or not data.draw(st.booleans(), label="ruled"):
            return
        event = data.draw(st.sampled_from(found), label="chosen")
        ruling = conflicts.rule(event=event, reason="The pharmacy says so", by=None)
    jobs.drain()
    key = (event.record_id, event.record_line, event.version, ("B1", "B3", "B2")[event.action])
    against = frozenset(each.hex for each in ruling.against)
    rulings[key] = claims_fold.Ruling(key, event.content_hash.hex, against)


def _take_back(payer, key, rulings):
    del rulings[key]
    with context.acting_as(context.worker_for(payer.pk)):
        record_id, line, version, action = key
        asked = {"record_id": record_id, "record_line": line, "version": version} | {"revoked_at": None}
        ruling = ConflictRuling.objects.get(action=("B1", "B3", "B2").index(action), **asked)
        conflicts.revoke(ruling=ruling, reason="By mistake", by=None)
    jobs.drain()


def _agrees(payer, contents, rulings, as_owner):
    assert standing(payer) == expected(contents, {"M1"}, rulings.values())
    with as_owner():
        clash = PharmacyEvent.objects.filter(payer=payer, in_conflict=True, is_withdrawn=False)
        clash = sorted(each.hex for each in clash.values_list("content_hash", flat=True))
        in_force = PharmacyEvent.objects.filter(payer=payer, is_withdrawn=False, standing="paid", member_id="M1")
        fills = set(Fill.objects.filter(payer=payer).values_list("event_id", flat=True))
        assert fills == set(in_force.values_list("pk", flat=True))
    assert clash == claims_fold.in_conflict(events_of(contents), rulings.values())
