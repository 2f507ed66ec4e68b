"""What a set of claim events comes to. Versions are paid dates: a later one overtakes an earlier one."""

import pytest

from patients.claims.models import Fill, PharmacyEvent

from .feeds import claim, claims_file, counts, exported, load, span, spans_file, states, withdraw

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def member(payer):
    load(payer, spans_file(span("M1"), span("M2")))


def test_a_claim_is_paid(payer):
    load(payer, claims_file(claim("A", paid_date="2025-03-05")))
    (line,) = exported(payer)
    assert line == (
        "acme", "A", "1", "M1", "paid", "20152", "2025-03-01", "00071015523", "30", "30", "1000"
    )  # fmt: skip


def test_a_reversal_takes_the_claim_away_and_a_later_version_brings_it_back(payer, as_owner):
    load(payer, claims_file(claim("A", paid_date="2025-03-05")))
    load(payer, claims_file(claim("A", paid_date="2025-03-05", transaction_code="B2")))
    assert states(payer) == {"A": "reversed"}
    with as_owner():
        assert not Fill.objects.exists()
    load(payer, claims_file(claim("A", paid_date="2025-03-09", quantity="60", transaction_code="B1")))
    (line,) = exported(payer)
    assert (line.state, line.quantity) == ("paid", "60")
    with as_owner():
        assert Fill.objects.get().quantity == 60


def test_a_reversal_that_comes_400_days_late_still_finds_its_claim(payer):
    load(payer, claims_file(claim("A", paid_date="2025-03-05")))
    load(payer, claims_file(claim("A", paid_date="2026-04-09", transaction_code="B2")))
    assert states(payer) == {"A": "reversed"}


def test_a_reversal_before_its_claim_is_pending_and_then_holds(payer):
    early = load(payer, claims_file(claim("A", paid_date="2025-03-05", transaction_code="B2")))
    assert states(payer) == {"A": "reversed_pending"}
    assert counts(early) == (1, 1, 0, 0, 0, 0)
    load(payer, claims_file(claim("A", paid_date="2025-03-05")))
    assert states(payer) == {"A": "reversed"}


def test_a_reversal_of_an_older_version_does_not_touch_a_newer_one(payer):
    load(
        payer,
        claims_file(
            claim("A", paid_date="2025-03-09"),
            claim("A", paid_date="2025-03-05"),
            claim("A", paid_date="2025-03-06", transaction_code="B2"),
        ),
    )
    assert states(payer) == {"A": "paid"}


def test_a_reversal_without_a_date_takes_the_lowest_version(payer):
    load(payer, claims_file(claim("A", paid_date="2025-03-05"), claim("A", transaction_code="B2")))
    assert states(payer) == {"A": "reversed"}
    load(payer, claims_file(claim("A", paid_date="2025-03-06")))
    assert states(payer) == {"A": "paid"}


def test_a_reversal_under_its_own_id_names_the_claim(payer):
    load(payer, claims_file(claim("R", transaction_code="B2", original_claim_id="A", paid_date="2025-03-05")))
    assert states(payer) == {"R": "reversed_pending"}
    load(payer, claims_file(claim("A", paid_date="2025-03-05")))
    assert states(payer) == {"A": "reversed"}


def test_a_rebill_reverses_the_claim_that_it_names_and_is_one_itself(payer):
    load(payer, claims_file(claim("A", paid_date="2025-03-05")))
    load(
        payer,
        claims_file(claim("B", transaction_code="B3", original_claim_id="A", paid_date="2025-03-07", quantity="20")),
    )
    assert states(payer) == {"A": "reversed", "B": "paid"}


def test_a_reversal_without_a_name_is_matched_by_prescription(payer):
    rx = {"rx_number": "77", "fill_number": "1"}
    load(
        payer, claims_file(claim("A", paid_date="2025-03-05", **rx), claim("B", paid_date="2025-03-05", rx_number="78"))
    )
    load(payer, claims_file(claim("R", paid_date="2025-03-06", transaction_code="B2", **rx)))
    assert states(payer) == {"A": "reversed", "B": "paid"}


def test_the_authorization_number_decides_when_both_have_one(payer):
    rx = {"rx_number": "77", "fill_number": "1", "paid_date": "2025-03-05"}
    load(payer, claims_file(claim("A", authorization_number="1", **rx), claim("B", authorization_number="2", **rx)))
    load(payer, claims_file(claim("R", authorization_number="2", transaction_code="B2", **rx)))
    assert states(payer) == {"A": "paid", "B": "reversed"}


def test_two_reversals_of_a_day_take_two_claims_of_that_day(payer):
    rx = {"rx_number": "77", "paid_date": "2025-03-05"}
    lines = [claim(f"R{i}", transaction_code="B2", **rx) for i in (1, 2)] + [claim(c, **rx) for c in "ABC"]
    load(payer, claims_file(*lines))
    assert states(payer) == {"A": "reversed", "B": "reversed", "C": "paid"}


def test_of_two_reversals_that_contradict_each_other_each_takes_the_claim_of_its_prescription(payer):
    load(payer, claims_file(claim("A", rx_number="77"), claim("B", rx_number="78")))
    for rx_number in ("77", "78"):
        load(payer, claims_file(claim("R", rx_number=rx_number, transaction_code="B2", paid_date="2025-03-09")))
    assert (states(payer)["A"], states(payer)["B"]) == ("reversed", "reversed")


def test_lines_of_a_claim_stand_for_themselves(payer):
    load(payer, claims_file(claim("A"), claim("A", claim_line_number="2")))
    load(payer, claims_file(claim("A", claim_line_number="2", transaction_code="B2")))
    assert [(line.claim_line_number, line.state) for line in exported(payer)] == [("1", "paid"), ("2", "reversed")]


def test_a_line_without_a_code_and_below_zero_is_a_reversal(payer):
    load(payer, claims_file(claim("A"), claim("A", quantity="-30", paid_amount="-10.00")))
    assert states(payer) == {"A": "reversed"}


def test_the_same_words_again_are_repeated(payer, as_owner):
    lines = claims_file(claim("A", paid_date="2025-03-05"), claim("B"), claim("B"))
    assert counts(load(payer, lines)) == (3, 2, 0, 1, 0, 0)
    assert counts(load(payer, lines)) == (3, 0, 0, 3, 0, 0)
    with as_owner():
        assert PharmacyEvent.objects.count() == 2


def test_the_same_key_with_other_words_is_a_conflict_that_both_show(payer, as_owner):
    first = load(payer, claims_file(claim("A", paid_date="2025-03-05", quantity="30")))
    second = load(payer, claims_file(claim("A", paid_date="2025-03-05", quantity="90")))
    assert (counts(first), counts(second)) == ((1, 1, 0, 0, 0, 0), (1, 0, 0, 0, 0, 1))
    with as_owner():
        assert list(PharmacyEvent.objects.values_list("in_conflict", flat=True)) == [True, True]
        chosen = PharmacyEvent.objects.order_by("content_hash").first()
    assert exported(payer)[0].quantity == format(chosen.quantity.normalize(), "f")
    withdraw(payer, first)
    assert exported(payer)[0].quantity == "90"
    with as_owner():
        second.refresh_from_db()
        assert counts(second) == (1, 1, 0, 0, 0, 0)
        assert not PharmacyEvent.objects.filter(is_withdrawn=False, in_conflict=True).exists()


def test_a_conflict_has_the_same_winner_in_either_order(payer):
    lines = [claim("A", quantity="30"), claim("A", quantity="90")]
    both = load(payer, claims_file(*lines))
    assert counts(both) == (2, 1, 0, 0, 0, 1)
    winner = exported(payer)[0].quantity
    withdraw(payer, both)
    assert exported(payer) == []
    load(payer, claims_file(*reversed(lines)))
    assert exported(payer)[0].quantity == winner
