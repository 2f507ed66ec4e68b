"""NCPDP D.0 through the database: what is billed, reversed and rebilled meets, in any order and however it is split."""

from itertools import permutations

import pytest

from patients.claims.models import Fill

from .feeds import counts, exported, load, span, spans_file, states, withdraw
from .formats.transmissions import approved, batch, claim, lines, paid, request, response, reversal

pytestmark = pytest.mark.django_db
KEY = "1679576722-1234567-0-20250301"


def answered(authorization, **fields):
    return [request(claim(**fields)), response(paid(authorization))]


def undone(*more):
    return [request(reversal("1234567", "0", *more), code="B2"), response(approved(), code="B2")]


def rebilled(authorization, **fields):
    return [request(claim(**fields), code="B3"), response(paid(authorization), code="B3")]


def sent(payer, *transmissions):
    return load(payer, lines(*transmissions), format="ncpdp_d0")


def supplies(payer, as_owner):
    with as_owner():
        return sorted(Fill.objects.filter(payer=payer).values_list("days_supply", flat=True))


STEPS = [answered("A1"), undone(), answered("A2", E7="60000", D5="60")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_billed_reversed_and_billed_again_the_same_day(payer, as_owner, order):
    load(payer, spans_file(span("M1")))
    for place in order:
        assert counts(sent(payer, *STEPS[place])) == (1, 1, 0, 0, 0, 0)
    assert states(payer) == {f"{KEY}-A1": "reversed", f"{KEY}-A2": "paid"}
    assert supplies(payer, as_owner) == [60]


def test_a_second_delivery_adds_nothing_and_a_withdrawn_reversal_is_gone(payer, as_owner):
    load(payer, spans_file(span("M1")))
    sent(payer, *STEPS[0])
    taken = sent(payer, *STEPS[1])
    assert supplies(payer, as_owner) == []
    requests, answers = zip(*STEPS[:2], strict=True)
    again = load(payer, batch(*requests) + batch(*answers, kind="R"), format="ncpdp_d0")
    assert counts(again) == (2, 0, 0, 2, 0, 0)
    withdraw(payer, again)
    assert supplies(payer, as_owner) == []
    withdraw(payer, taken)
    assert states(payer) == {f"{KEY}-A1": "paid"} and supplies(payer, as_owner) == [30]


def test_a_reversal_that_comes_first_waits_for_its_claim(payer):
    load(payer, spans_file(span("M1")))
    sent(payer, *undone())
    assert states(payer) == {f"reversal-{KEY}": "reversed_pending"}
    sent(payer, *answered("A1"))
    assert states(payer) == {f"{KEY}-A1": "reversed"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_rebill_takes_the_place_of_the_claim_and_can_be_reversed(payer, as_owner, order):
    load(payer, spans_file(span("M1")))
    steps = [answered("Z9"), rebilled("A2", D5="60"), undone()]
    for place in (one for one in order if one < 2):
        sent(payer, *steps[place])
    assert supplies(payer, as_owner) == [60]
    sent(payer, *steps[2])
    assert supplies(payer, as_owner) == []


def test_a_rebill_of_a_claim_that_never_came_stands(payer, as_owner):
    load(payer, spans_file(span("M1")))
    sent(payer, *rebilled("A2"))
    assert supplies(payer, as_owner) == [30]


def test_the_two_parts_of_a_fill_are_reversed_one_by_one(payer, as_owner):
    load(payer, spans_file(span("M1")))
    parts = lines(
        request(claim(HD="P", D5="10"), claim(HD="C", D5="20")),
        response(paid("A1"), paid("A2")),
    )
    load(payer, parts, format="ncpdp_d0")
    assert supplies(payer, as_owner) == [10, 20]
    load(payer, lines(request(reversal(HD="P"), code="B2")), format="ncpdp_d0")
    assert supplies(payer, as_owner) == [20]
    load(payer, lines(request(reversal(HD="C"), code="B2")), format="ncpdp_d0")
    assert supplies(payer, as_owner) == []


def test_a_service_goes_with_the_medical_claims(payer):
    load(payer, spans_file(span("M1")))
    service = claim("77", EM="2", E1="09", D7="G0108", E7="1000")
    load(payer, lines(request(service, code="S1")), format="ncpdp_d0")
    assert [(one.claim_id, one.state) for one in exported(payer, "medical")] == [
        ("service-1679576722-77-0-20250301", "paid")
    ]
    load(payer, lines(request(service, code="S2")), format="ncpdp_d0")
    assert [one.state for one in exported(payer, "medical")] == ["reversed"]
