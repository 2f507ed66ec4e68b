"""Who is in the denominator, and for how long."""

import pytest

pytestmark = pytest.mark.django_db

TWO_FILLS = """
    2025-01-10  fill  90  lisinopril
    2025-04-10  fill  90  lisinopril
"""


@pytest.mark.parametrize(
    ("cover", "period_end", "not_in_denominator"),
    [
        ("2025-01-01 cover open", "2025-12-31", ""),
        ("2025-01-10 cover 2025-07-31", "2025-07-31", ""),
        ("2025-01-11 cover open", "2025-12-31", "no_coverage"),
        ("2024-01-01 cover 2025-01-09", "2025-12-31", "no_coverage"),
        ("2025-01-01 cover 2025-04-09", "2025-04-09", "late_first_fill"),
        ("2025-01-01 cover 2025-04-10", "2025-04-10", ""),
        ("2025-01-01 cover 2025-01-10", "2025-01-10", "late_first_fill"),
        # Spans that touch or leave one day between them are one; two days end the period.
        ("2025-01-01 cover 2025-05-31\n 2025-06-01 cover 2025-08-31", "2025-08-31", ""),
        ("2025-01-01 cover 2025-05-31\n 2025-06-02 cover 2025-08-31", "2025-08-31", ""),
        ("2025-01-01 cover 2025-05-31\n 2025-06-03 cover 2025-08-31", "2025-05-31", ""),
        ("2025-01-01 cover 2025-05-31\n 2025-06-01 cover open no_drugs", "2025-05-31", ""),
        ("2025-01-01 cover open no_drugs", "2025-12-31", "no_coverage"),
        ("2025-01-01 cover 2025-09-30\n 2025-02-01 cover 2025-03-31", "2025-09-30", ""),
    ],
)
def test_coverage(evaluate, cover, period_end, not_in_denominator):
    result = evaluate("pdc_rasa", TWO_FILLS + cover)
    assert (result.on("period_end_day"), result.not_in_denominator) == (period_end, not_in_denominator)


def test_death_ends_the_period(evaluate):
    result = evaluate("pdc_rasa", TWO_FILLS + "2025-06-30 died")
    assert result.on("period_end_day") == "2025-06-30"
    assert result.of == (172, 172)


def test_fills_after_the_period_do_not_count(evaluate):
    result = evaluate(
        "pdc_rasa",
        """
        2025-01-10  fill  30  lisinopril
        2025-08-01  fill  30  lisinopril
        2025-01-01  cover 2025-06-30
        """,
    )
    assert (result.fills, result.not_in_denominator) == (1, "one_fill")


@pytest.mark.parametrize(
    ("born", "not_in_denominator"), [("2007-01-01", ""), ("2007-01-02", "under_age"), ("1930-06-01", "")]
)
def test_eighteen_on_the_first_of_january(evaluate, born, not_in_denominator):
    assert evaluate("pdc_rasa", TWO_FILLS + f"{born} born").not_in_denominator == not_in_denominator


@pytest.mark.parametrize(
    ("measure", "fact", "exclusion"),
    [
        ("pdc_rasa", "2025-06-01 dx I10 carrier", ""),
        ("pdc_rasa", "2025-06-01 dx N186 carrier", "esrd"),
        ("pdc_rasa", "2025-12-31 dx Z992 dme", "esrd"),
        ("pdc_rasa", "2024-12-31 dx N186 carrier", ""),
        ("pdc_rasa", "2026-01-01 dx N186 carrier", ""),
        ("pdc_rasa", "2025-06-01 dx N185 carrier", ""),
        ("pdc_rasa", "2025-06-01 service 90999 outpatient", "esrd"),
        ("pdc_rasa", "2025-06-01 service 99213 carrier", ""),
        ("pdc_rasa", "2025-01-01 cover open esrd", "esrd"),
        ("pdc_rasa", "2025-06-01 dx C349 hospice", "hospice"),
        ("pdc_rasa", "2025-06-01 service Q5001 hospice", "hospice"),
        ("pdc_rasa", "2024-12-20 stay 2025-01-04 hospice", "hospice"),
        ("pdc_rasa", "2024-12-20 stay 2024-12-31 hospice", ""),
        ("pdc_rasa", "2025-01-01 cover open hospice", "hospice"),
        ("pdc_rasa", "2025-11-01 fill 30 sacubitril/valsartan", "sacubitril_valsartan"),
        ("pdc_rasa", "2024-11-01 fill 30 sacubitril/valsartan", ""),
        ("pdc_rasa", "2025-11-01 fill 30 insulin_glargine", ""),
    ],
)
def test_exclusions(evaluate, measure, fact, exclusion):
    result = evaluate(measure, TWO_FILLS + fact)
    assert (result.exclusion, result.denominator) == (exclusion, not exclusion)
    assert [one["exclusion"] for one in result.evidence["exclusions"]] == [exclusion] * bool(exclusion)


def test_an_insulin_with_a_second_ingredient_excludes_and_counts(evaluate):
    result = evaluate("pdc_dr", "2025-01-10 fill 90 insulin_degludec/liraglutide")
    assert (result.exclusion, result.supplies()) == ("insulin", ["liraglutide 2025-01-10..2025-04-09"])


def test_what_is_dated_after_the_as_of_day_is_not_known(evaluate):
    table = TWO_FILLS + "2025-06-01 dx N186 carrier\n 2025-07-01 fill 90 lisinopril"
    early, late = evaluate("pdc_rasa", table, as_of="2025-05-31"), evaluate("pdc_rasa", table)
    assert (early.exclusion, early.fills) == ("", 2)
    assert (late.exclusion, late.fills) == ("esrd", 3)


@pytest.mark.parametrize(
    ("fill", "second", "not_computed"),
    [
        ("2025-02-10  fill   -  lisinopril", "2025-03-10  fill  30  lisinopril", "no_days_supply"),
        ("2025-02-10  fill  30  lisinopril", "2025-03-10  fill   -  lisinopril", ""),
        ("2025-01-10  fill  30  lisinopril", "2025-03-10  fill   -  lisinopril", ""),
        ("2025-01-10  fill  30  lisinopril", "2025-01-31  fill   -  lisinopril", "no_days_supply"),
    ],
)
def test_a_supply_that_is_not_known_matters_in_the_period_and_on_its_first_day(evaluate, fill, second, not_computed):
    """Died on the last of January: fills after that do not count, but the first one of the year is always looked at."""
    result = evaluate("pdc_rasa", f"{fill}\n{second}\n2025-01-31 died")
    assert (result.not_computed, result.denominator) == (not_computed, False)
    assert bool(result.evidence["fills"]) == (fill.startswith("2025-01") or bool(not_computed))
