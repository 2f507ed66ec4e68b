"""Fills paid in cash: no claim, so no part of the plan's PDC; beside it stands what they cover."""

import pytest

pytestmark = pytest.mark.django_db

FILLS = """
    2025-01-01  fill  90  atorvastatin
    2025-07-01  fill  90  atorvastatin
"""
PLAN = (180, 365)


def with_cash(result):
    found = result.evidence["with_cash"]
    return found and (found["covered_days"], found["period_days"])


def test_a_cash_fill_covers_beside_the_plans_number_and_never_in_it(evaluate):
    """1 January to 31 March, 1 April to 30 June in cash, 1 July to 28 September."""
    alone, both = evaluate("pdc_sta", FILLS), evaluate("pdc_sta", FILLS + "2025-04-01  cash  91  atorvastatin")
    assert alone.row == both.row and both.of == PLAN
    assert (with_cash(alone), with_cash(both)) == (None, (271, 365))
    assert [fill["day"] for fill in both.evidence["with_cash"]["fills"]] == ["2025-04-01"]
    assert [fill["day"] for fill in both.evidence["fills"]] == ["2025-01-01", "2025-07-01"]


def test_a_cash_fill_makes_nobody_a_member_of_the_measure(evaluate):
    """One claim and one cash fill are one fill to the plan."""
    result = evaluate("pdc_sta", "2025-01-01  fill  90  atorvastatin\n2025-04-01  cash  90  atorvastatin")
    assert (result.not_in_denominator, result.fills, with_cash(result)) == ("one_fill", 1, (180, 365))
    assert evaluate("pdc_sta", "2025-01-01  cash  90  atorvastatin") is None


def test_supply_of_one_ingredient_is_carried_over_between_both(evaluate):
    """Filled on 1 March in cash, a month early: the cash fill is used from 1 April on, the next claim from 1 July."""
    assert with_cash(evaluate("pdc_sta", FILLS + "2025-03-01  cash  91  atorvastatin")) == (271, 365)


def test_a_cash_fill_before_the_first_claim_counts_for_the_days_of_the_period(evaluate):
    """The period begins with the claim of 1 March; the 90 days of 1 February are used first, those of the claim follow."""
    table = """
        2025-02-01  cash  90  atorvastatin
        2025-03-01  fill  30  atorvastatin
        2025-09-01  fill  30  atorvastatin
    """
    result = evaluate("pdc_sta", table)
    assert result.of == (60, 306)
    assert with_cash(result) == (62 + 30 + 30, 306)  # 1 March to 1 May, 2 to 31 May, 1 to 30 September


def test_the_payers_claim_of_the_same_fill_counts_once_and_so_does_a_fill_told_twice(evaluate):
    same = evaluate("pdc_sta", FILLS + "2025-07-01  cash  90  atorvastatin")
    assert (same.of, with_cash(same)) == (PLAN, None)
    twice = evaluate("pdc_sta", FILLS + "2025-04-01  cash  30  atorvastatin\n2025-04-01  cash  30  atorvastatin")
    assert with_cash(twice) == (210, 365)


def test_a_combination_covers_both_ingredients_from_one_cash_fill(evaluate):
    table = """
        2025-01-01  fill  30  metformin
        2025-02-01  fill  30  sitagliptin
        2025-06-01  cash  30  metformin+sitagliptin
    """
    result = evaluate("pdc_dr", table)
    assert with_cash(result) == (result.covered_days + 30, 365)
    assert [fill["ingredient"] for fill in result.evidence["with_cash"]["fills"]] == ["metformin", "sitagliptin"]


def test_cash_fills_of_other_classes_years_and_later_days_are_not_looked_at(evaluate):
    table = (
        FILLS
        + """
        2025-04-01  cash  90  lisinopril
        2024-12-31  cash  90  atorvastatin
        2025-10-01  cash  90  atorvastatin
    """
    )
    assert with_cash(evaluate("pdc_sta", table, as_of="2025-09-30")) is None


def test_a_supply_that_is_not_known_is_shown_and_not_counted(evaluate):
    result = evaluate("pdc_sta", FILLS + "2025-04-01  cash  -  atorvastatin")
    assert with_cash(result) == PLAN and len(result.evidence["with_cash"]["fills"]) == 1
