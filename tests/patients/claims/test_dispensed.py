"""Fills of a dispensing system beside the payer's claims: which claim is of the same fill, and where the two contradict each other."""

from datetime import date

import pytest

from carecoord.kernel.tenancy import context
from patients.claims import dispensed
from patients.claims.dispensed import Came
from patients.claims.models import Crosswalk, PharmacyEvent
from patients.models import Member

from .feeds import claim, claims_file, load, span, spans_file
from .formats.reading import lines
from .formats.test_pharmacy_dispensing import HEADER, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(payer):
    """What is found after these lines and claims have come."""

    def of(*fills, claims=(), today=date(2025, 3, 10)):
        load(payer, spans_file(span("M1")))
        load(payer, lines(HEADER, *fills), format="pharmacy_dispensing")
        if claims:
            load(payer, claims_file(*claims))
        scope = context.worker_for(payer.pk)
        with context.acting_as(scope):
            return dispensed.found(type("Who", (), {"scope": scope}), today=today)[0]

    return of


def test_the_payers_claim_of_the_same_fill_is_named_and_no_other(told):
    same = claim("C1", rx_number="0001234567", fill_number="0")
    others = [
        claim("C2", rx_number="1234567", fill_number="1"),
        claim("C3", rx_number="1234567", fill_number="0", dispensing_date="2025-03-02"),
        claim("C4", rx_number="7", fill_number="0"),
        claim("C5", rx_number="1234567", fill_number="0", dispensing_provider_npi="1234567893"),
        claim("C6", rx_number="1234567", fill_number="0", member_id="M2"),
    ]
    (one,) = told(fill(), claims=[*others, same])
    assert (one.claim_id, one.claim, one.came, one.is_contradicted) == ("C1", "paid", Came.SOLD, False)
    assert one.patient_id is not None


def test_without_a_claim_of_the_payer(told):
    (one,) = told(fill(paid_by="cash"))
    assert (one.claim_id, one.is_cash, one.is_contradicted) == ("", True, False)


@pytest.mark.parametrize(
    ("words", "today", "came", "is_contradicted"),
    [
        ({"sold_date": ""}, date(2025, 3, 15), Came.WAITS, False),
        ({"sold_date": ""}, date(2025, 3, 16), Came.NOT_SOLD, True),
        ({"sold_date": "", "returned_to_stock_date": "2025-03-09"}, date(2025, 3, 10), Came.RETURNED, True),
    ],
)
def test_a_claim_that_stands_for_what_nobody_took_is_a_contradiction(told, words, today, came, is_contradicted):
    (one,) = told(fill(**words), claims=[claim("C1", rx_number="1234567", fill_number="0")], today=today)
    assert (one.came, one.is_contradicted) == (came, is_contradicted)


def test_a_reversed_claim_of_what_was_sold_is_a_contradiction(told):
    claims = [
        claim("C1", rx_number="1234567", fill_number="0"),
        claim("C1", rx_number="1234567", fill_number="0", transaction_code="B2", quantity="-30"),
        claim("C2", rx_number="8", fill_number="0", dispensing_date="2025-03-09"),
    ]
    newest, older = told(fill(), fill(rx_number="8", filled_date="2025-03-09", sold_date="2025-03-09"), claims=claims)
    assert (older.claim_id, older.claim, older.is_contradicted) == ("C1", "reversed", True)
    assert (newest.claim_id, newest.is_contradicted) == ("C2", False)


def test_a_claim_that_names_the_same_pharmacy_by_another_id_is_of_the_same_fill(told, payer, cast, as_owner):
    npi, ncpdp = cast.a.pharmacy.npi, "0101234"
    same = claim("C1", rx_number="1234567", fill_number="0", dispensing_provider_npi=ncpdp)
    other = claim("C2", rx_number="1234567", fill_number="0", dispensing_provider_npi="0109999")
    (one,) = told(fill(pharmacy_id=npi), claims=[same, other])
    assert one.claim_id == ""
    with as_owner():
        Crosswalk.objects.create(payer=payer, feed_pharmacy_id=ncpdp, pharmacy=cast.a.pharmacy)
        Crosswalk.objects.create(payer=payer, feed_pharmacy_id="0109999", pharmacy=cast.b.pharmacy)
    (one,) = asked(payer)
    assert one.claim_id == "C1"


def test_a_claim_under_another_id_of_the_person_is_of_the_same_fill(told, payer, as_owner):
    same = claim("C1", rx_number="1234567", fill_number="0", member_id="OLD")
    load(payer, spans_file(span("OLD")))
    (one,) = told(fill(), claims=[same])
    assert one.claim_id == ""
    with as_owner():
        person = Member.objects.get(payer=payer, member_id="M1").patient_id
        Member.objects.filter(payer=payer, member_id="OLD").update(merged_into=person)
        PharmacyEvent.objects.filter(payer=payer, member_id="OLD").update(patient=person)
    (one,) = asked(payer)
    assert one.claim_id == "C1"


def asked(payer, **more):
    scope = context.worker_for(payer.pk)
    with context.acting_as(scope):
        return dispensed.found(type("Who", (), {"scope": scope}), today=date(2025, 3, 10), **more)[0]


def test_pages_follow_each_other_and_contradictions_come_alone(told, payer, monkeypatch):
    monkeypatch.setattr(dispensed, "SIZE", 2)
    monkeypatch.setattr(dispensed, "LOOKED_AT", 3)
    fills = [
        fill(rx_number=str(number), filled_date=f"2025-03-0{number}", sold_date=f"2025-03-0{number}")
        for number in range(1, 8)
    ]
    gone = fill(rx_number="8", filled_date="2025-02-01", sold_date="", returned_to_stock_date="2025-02-20")
    told(*fills, gone, claims=[claim("C8", rx_number="8", fill_number="0", dispensing_date="2025-02-01")])
    scope = context.worker_for(payer.pk)
    who, seen, alone, looks = type("Who", (), {"scope": scope}), [], [], 0
    with context.acting_as(scope):
        found, after = dispensed.found(who)
        while found:
            seen += [one.rx_number for one in found]
            found, after = dispensed.found(who, after=after) if after else ((), None)
        while after or not looks:
            found, after = dispensed.found(who, after=after, contradicted=True)
            alone += [one.rx_number for one in found]
            looks += 1
    assert seen == ["7", "6", "5", "4", "3", "2", "1", "8"]
    assert (alone, looks) == (["8"], 3)
