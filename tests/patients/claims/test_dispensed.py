"""Fills of a dispensing system beside the payer's claims: which claim is of the same fill, and where the two contradict each other."""

from datetime import date

import pytest

from carecoord.kernel.tenancy import context
from patients.claims import dispensed
from patients.claims.dispensed import Came

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
            return dispensed.found(type("Who", (), {"scope": scope}), today=today)

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


def test_a_reversed_claim_of_what_was_sold_is_a_contradiction_and_comes_first(told):
    claims = [
        claim("C1", rx_number="1234567", fill_number="0"),
        claim("C1", rx_number="1234567", fill_number="0", transaction_code="B2", quantity="-30"),
        claim("C2", rx_number="8", fill_number="0", dispensing_date="2025-03-09"),
    ]
    first, second = told(fill(), fill(rx_number="8", filled_date="2025-03-09", sold_date="2025-03-09"), claims=claims)
    assert (first.claim_id, first.claim, first.is_contradicted) == ("C1", "reversed", True)
    assert (second.claim_id, second.is_contradicted) == ("C2", False)
