"""Supply of one ingredient is used one fill after the other; other ingredients are never moved."""

import pytest

pytestmark = pytest.mark.django_db


def test_same_day_fills_of_one_ingredient_add_up(evaluate):
    result = evaluate(
        "pdc_rasa",
        """
        2025-01-01  fill  30  lisinopril
        2025-01-01  fill  60  lisinopril/HCTZ
        2025-06-01  fill  30  lisinopril
        """,
    )
    assert result.of == (120, 365)
    assert result.supplies()[:2] == ["lisinopril 2025-01-01..2025-01-30", "lisinopril 2025-01-31..2025-03-31"]


def test_other_ingredients_are_never_moved(evaluate):
    result = evaluate(
        "pdc_rasa",
        """
        2025-01-01  fill  90  lisinopril
        2025-01-31  fill  90  losartan
        """,
    )
    assert result.of == (120, 365)
    assert result.runs()[0] == "covered 2025-01-01..2025-04-30"


def test_days_that_count_by_carry_over_only_are_told_apart(evaluate):
    result = evaluate(
        "pdc_rasa",
        """
        2025-01-01  fill  30  lisinopril
        2025-01-21  fill  30  lisinopril
        """,
    )
    assert result.runs() == [
        "covered 2025-01-01..2025-02-19",
        "carried 2025-02-20..2025-03-01",
        "gap 2025-03-02..2025-12-31",
    ]


def test_supply_of_last_year_is_not_carried_in_and_of_this_year_ends_with_it(evaluate):
    result = evaluate(
        "pdc_rasa",
        """
        2024-12-20  fill  90  lisinopril
        2025-02-01  fill  90  lisinopril
        2025-12-01  fill  90  lisinopril
        """,
    )
    assert result.on("index_day") == "2025-02-01"
    assert result.of == (90 + 31, 334)
    assert result.on("supply_ends_day") == "2026-02-28"


def test_a_fill_without_days_supply_cannot_be_computed(evaluate):
    for unknown in ("-", "0"):
        table = f"""
            2025-01-01  fill  90  lisinopril
            2025-04-01  fill  {unknown}   lisinopril
        """
        result = evaluate("pdc_rasa", table)
        assert (result.not_computed, result.denominator, result.numerator) == ("no_days_supply", False, False)
        assert (result.covered_days, result.days_left, result.last_day) == (None, None, None)


def test_exactly_eighty_percent_is_enough_and_a_day_less_is_not(evaluate):
    table = """
        2025-01-01  fill  {}  atorvastatin
        2025-01-02  fill  1  atorvastatin
        2025-01-01  cover 2025-04-10
    """
    met, missed = evaluate("pdc_sta", table.format(79)), evaluate("pdc_sta", table.format(78))
    assert (met.of, met.numerator, met.days_left, met.last_day) == ((80, 100), True, 0, None)
    assert (missed.of, missed.numerator, missed.days_left) == ((79, 100), False, -1)


def test_a_drug_of_no_class_gives_no_result(evaluate):
    assert evaluate("pdc_rasa", "2025-01-01  fill  90  amlodipine") is None
    assert evaluate("pdc_rasa", "2025-01-01  fill  90  sacubitril/valsartan") is None
