"""Who is one person, by cross-references, shared numbers and rulings in any order, withdrawn and sent again: as plain Python says."""

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context
from patients.claims import load as loading
from patients.claims import people
from patients.claims.models import Fill, PersonRuling, PharmacyEvent
from patients.models import Member
from tests.oracles import members_fold
from tests.oracles import people as oracle
from tests.oracles.histories import in_proportion

from .feeds import claim, claims_file, counts, fresh, load, new_payer, span, withdraw
from .formats.fixed_width import cclf
from .test_fold_against_oracle import number, undone
from .test_members_against_oracle import expected, state, told, tuva

pytestmark = pytest.mark.django_db
IDS = "ABCD"
CLAIMS = "tuva_csv", claims_file(*(claim(name, member_id=name) for name in (*IDS, "P")))
span_lines = st.builds(
    span,
    st.sampled_from(IDS),
    person_id=st.sampled_from(["", "P", "A", "B"]),
    birth_date=st.sampled_from(["", "1950-01-01", "1950-01-01", "1951-01-01"]),
    gender=st.sampled_from(["female", "female", "unknown"]),
    enrollment_start_date=st.sampled_from(["2024-01-01", "2025-01-01"]),
    enrollment_end_date=st.sampled_from(["", "2025-03-31"]),
    plan=st.sampled_from(["gold", "gold", "silver"]),
    first_name=st.sampled_from(["", "Ann", "Ann", "Beth"]),
)
pairs = st.permutations(IDS + "P").map(lambda ids: ids[:2])
files = st.one_of(
    st.lists(span_lines, min_size=1, max_size=3).map(lambda lines: tuva(*lines)),
    pairs.map(lambda ids: ("cclf", cclf("CCLF9", {"CRNT_NUM": ids[0], "PRVS_NUM": ids[1]}))),
)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(loading, "announce", lambda *args, **kwargs: None)


def deliver(payer, file):
    return load(payer, file[1], format=file[0])


@in_proportion(30)
@given(sent=st.lists(files, min_size=2, max_size=5), data=st.data())
def test_the_set_of_events_and_rulings_alone_decides_who_is_one_person(sent, data, as_owner):
    with undone():
        check(sent, data, as_owner)


def check(sent, data, as_owner):
    payer, rulings, taken = new_payer(f"people-{next(number)}"), {}, []
    for file in data.draw(st.permutations([*sent, CLAIMS]), label="order"):
        taken.append((file, deliver(payer, file)))
        _rule(payer, rulings, data)
    agrees(payer, sent, rulings, as_owner)
    gone = data.draw(st.lists(st.integers(0, len(taken) - 1), unique=True, max_size=3), label="withdrawn")
    gone = [index for index in gone if taken[index][0] != CLAIMS]
    for index in gone:
        withdraw(payer, taken[index][1])
    left = [file for index, (file, _) in enumerate(taken) if index not in gone and file != CLAIMS]
    agrees(payer, left, rulings, as_owner)
    for index in gone:
        deliver(payer, taken[index][0])
    agrees(payer, sent, rulings, as_owner)
    for pair in list(rulings):
        _take_back(payer, pair, rulings)
    agrees(payer, sent, rulings, as_owner)
    for _, delivery in taken:
        lines, *others = counts(fresh(payer, delivery))
        assert lines == sum(others)


def test_a_record_that_holds_a_person_lets_go_when_nothing_says_so_any_more(payer, as_owner):
    spans = tuva("A,,female,,,2024-01-01,,medicare,silver,,,,,test", "A,B,female,,,2024-01-01,,medicare,gold,,,,,test")
    reference = ("cclf", b"MC          B          2018-04-012025-05-01            \n")
    first = deliver(payer, spans)
    deliver(payer, reference)
    deliver(payer, CLAIMS)
    agrees(payer, [spans, reference], {}, as_owner)
    withdraw(payer, first)
    agrees(payer, [reference], {}, as_owner)


def span_of(member, beside, starts, *, born="", name="", plan="gold", ends=""):
    return f"{member},{beside},female,{born},,{starts},{ends},medicare,{plan},{name},,,,test"


def test_a_number_that_somebody_parted_is_nobodys_though_its_ids_are_one_person_another_way(payer, as_owner):
    two = tuva(span_of("B", "P", "2025-01-01"), span_of("C", "P", "2024-01-01"))
    one = tuva(span_of("A", "", "2024-01-01"))
    reference = ("cclf", b"MA          B          2018-04-012025-05-01            \n")
    rulings = {}
    deliver(payer, two)
    said(payer, rulings, "B", "C", False)
    deliver(payer, one)
    said(payer, rulings, "A", "C", True)
    deliver(payer, reference)
    deliver(payer, CLAIMS)
    agrees(payer, [two, one, reference], rulings, as_owner)


def test_cover_follows_the_id_of_today_when_a_ruling_is_taken_back(payer, as_owner):
    reference = ("cclf", b"MA          B          2018-04-012025-05-01            \n")
    spans = tuva(span_of("B", "P", "2025-01-01"), span_of("D", "P", "2024-01-01"), span_of("A", "", "2024-01-01"))
    rulings = {}
    deliver(payer, reference)
    deliver(payer, spans)
    said(payer, rulings, "A", "B", False)
    deliver(payer, CLAIMS)
    said(payer, rulings, "A", "D", True)
    agrees(payer, [reference, spans], rulings, as_owner)
    for pair in list(rulings):
        _take_back(payer, pair, rulings)
    agrees(payer, [reference, spans], {}, as_owner)


def said(payer, rulings, one, other, is_same):
    with context.acting_as(context.worker_for(payer.pk)):
        found = {member.member_id: member for member in Member.objects.filter(payer=payer)}
        people.rule(one=found[one], other=found[other], is_same=is_same, reason="They said so", by=None)
    jobs.drain()
    rulings[frozenset((one, other))] = is_same


def _rule(payer, rulings, data):
    if not data.draw(st.booleans(), label="ruled"):
        return
    with context.acting_as(context.worker_for(payer.pk)):
        found = list(Member.objects.filter(payer=payer).order_by("member_id"))
        if len(found) < 2:
            return
        one, other = data.draw(st.permutations(found), label="whom")[:2]
        pair, is_same = frozenset((one.member_id, other.member_id)), data.draw(st.booleans(), label="same")
        if rulings.get(pair) == is_same:
            return
        people.rule(one=one, other=other, is_same=is_same, reason="They said so", by=None)
    jobs.drain()
    rulings[pair] = is_same


def _take_back(payer, pair, rulings):
    one, other = sorted(pair)
    with context.acting_as(context.worker_for(payer.pk)):
        people.revoke(ruling=people.ruling_on(payer.pk, one, other), reason="By mistake", by=None)
    jobs.drain()
    del rulings[pair]


def agrees(payer, sent, rulings, as_owner):
    same = [sorted(pair) for pair, is_same in rulings.items() if is_same]
    different = [sorted(pair) for pair, is_same in rulings.items() if not is_same]
    with as_owner():
        assert state(payer) == expected(sent, same=same, different=different)
        today = {m.patient_id: m.id_now for m in Member.objects.filter(payer=payer, merged_into=None)}
        events = PharmacyEvent.objects.filter(payer=payer)
        assert {e.member_id: today.get(e.patient_id) for e in events} == whose(sent, same, different)
        fills = Fill.objects.filter(payer=payer).values_list("event_id", "patient_id")
        assert set(fills) == {(e.pk, e.patient_id) for e in events if e.patient_id}


def whose(sent, same, different):
    """{id of a claim's member: that person's id of today, or None}"""
    rows = [row for row, _ in sorted(members_fold.in_force(told(sent)), key=members_fold._newest_first)]
    groups, former = oracle.one_person(rows, same, different)
    found = dict.fromkeys((*IDS, "P"))
    for ids in groups:
        found |= dict.fromkeys(ids & set(found), oracle.id_of_today(ids, rows, former))
    return found


def test_the_programmes_decide_anew_in_minutes_once_for_many_rulings(payer):
    deliver(payer, tuva(span("A"), span("B"), span("C")))
    with time_machine.travel("2026-11-21T15:04:00+00:00", tick=False):
        with context.acting_as(context.worker_for(payer.pk)):
            one, other, third = Member.objects.order_by("member_id")
            people.rule(one=one, other=other, is_same=True, reason="x", by=None)
            people.rule(one=one, other=third, is_same=True, reason="x", by=None)
        jobs.drain()
        with context.acting_as(context.worker_for(payer.pk)):
            row = Outbox.objects.get(topic="payer.due", payer_id=payer.pk)
            assert (row.done_at, row.next_try_at.minute, row.next_try_at.second) == (None, 10, 0)
    with time_machine.travel("2026-11-21T15:10:01+00:00", tick=False):
        jobs.drain()
        with context.acting_as(context.worker_for(payer.pk)):
            assert Outbox.objects.get(pk=row.pk).done_at is not None


def test_rulings_need_a_reason_and_two_ids_of_one_payer(payer):
    deliver(payer, tuva(span("A"), span("B")))
    with context.acting_as(context.worker_for(payer.pk)):
        one, other = Member.objects.order_by("member_id")
        for ids, reason in ((one, other), " "), ((one, one), "x"):
            with pytest.raises(people.CannotRule):
                people.rule(one=ids[0], other=ids[1], is_same=True, reason=reason, by=None)
        people.rule(one=one, other=other, is_same=True, reason="x", by=None)
        with pytest.raises(people.CannotRule, match="already"):
            people.rule(one=other, other=one, is_same=True, reason="x", by=None)
        people.rule(one=one, other=other, is_same=False, reason="x", by=None)
        assert PersonRuling.objects.filter(revoked_at=None).count() == 1
