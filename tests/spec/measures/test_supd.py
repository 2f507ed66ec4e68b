"""Statin use in diabetes: who is asked about, what closes it, and what takes somebody out."""

import pytest

pytestmark = pytest.mark.django_db

TWO_FILLS = """
    1960-05-05  born
    2025-01-10  fill  90  metformin
    2025-04-10  fill  90  metformin
"""


def test_no_statin_is_a_gap_with_a_last_day(evaluate):
    result = evaluate("supd", TWO_FILLS, as_of="2025-11-01")
    assert (result.denominator, result.numerator, result.on("last_day")) == (True, False, "2025-12-31")
    assert [one["day"] for one in result.evidence["fills"]] == ["2025-01-10", "2025-04-10"]
    assert result.evidence["needed"] == []


@pytest.mark.parametrize("day", ["2025-01-02", "2025-12-31"])
def test_one_statin_fill_of_the_year_closes_it_also_before_the_first_diabetes_fill(evaluate, day):
    result = evaluate("supd", TWO_FILLS + f"{day} fill 30 atorvastatin")
    assert (result.denominator, result.numerator, result.last_day) == (True, True, None)
    assert [one["day"] for one in result.evidence["needed"]] == [day]


def test_a_statin_of_december_before_does_not_count(evaluate):
    assert not evaluate("supd", TWO_FILLS + "2024-12-31 fill 90 atorvastatin").numerator


def test_insulin_counts_and_one_day_does_not_suffice(evaluate):
    both = "1960-05-05 born\n 2025-02-01 fill 30 insulin_glargine\n"
    assert evaluate("supd", both + "2025-02-01 fill 30 metformin").not_in_denominator == "one_fill"
    assert evaluate("supd", both + "2025-02-02 fill 30 metformin").denominator


@pytest.mark.parametrize(
    ("born", "why"),
    [("1985-01-01", ""), ("1985-01-02", "under_age"), ("1949-01-01", "over_age"), ("1949-01-02", "")],
)
def test_forty_to_seventy_five_on_the_first_of_january(evaluate, born, why):
    assert evaluate("supd", TWO_FILLS + f"{born} born").not_in_denominator == why


@pytest.mark.parametrize(("first", "why"), [("2025-10-03", ""), ("2025-10-04", "late_first_fill")])
def test_ninety_days_both_ends_counted(evaluate, first, why):
    table = f"1960-05-05 born\n {first} fill 30 metformin\n 2025-11-10 fill 30 metformin"
    assert evaluate("supd", table).not_in_denominator == why


@pytest.mark.parametrize(
    ("back", "last_day"),
    [("2025-07-31", "2025-12-31"), ("2025-08-01", "2025-12-31"), ("2025-08-02", "2025-06-30")],
)
def test_thirty_one_days_without_cover_are_allowed(evaluate, back, last_day):
    cover = f"2025-01-01 cover 2025-06-30\n {back} cover open"
    assert evaluate("supd", TWO_FILLS + cover).on("period_end_day") == last_day


@pytest.mark.parametrize(
    ("fact", "exclusion"),
    [
        ("2025-06-01 dx N185 carrier", "kidney_failure"),
        ("2025-06-01 service 90999 outpatient", "kidney_failure"),
        ("2025-06-01 dx M60811 carrier", "muscle_disease"),
        ("2025-06-01 dx K7460 carrier", "cirrhosis"),
        ("2025-06-01 dx E282 carrier", "polycystic_ovaries"),
        ("2025-06-01 dx R7303 carrier", "prediabetes"),
        ("2025-06-01 dx O24410 carrier", "pregnancy"),
        ("2025-06-01 fill 5 clomiphene", "fertility"),
        ("2025-01-01 cover open hospice", "hospice"),
        ("2024-12-31 dx R7303 carrier", ""),
    ],
)
def test_exclusions(evaluate, fact, exclusion):
    result = evaluate("supd", TWO_FILLS + fact)
    assert (result.exclusion, result.denominator) == (exclusion, not exclusion)
