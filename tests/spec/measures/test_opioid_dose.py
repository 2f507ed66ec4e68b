"""Morphine milligram equivalents a day: the average over the episode, the factors by day of fill, patches and methadone."""

from decimal import Decimal

import pytest

pytestmark = pytest.mark.django_db


def a_day(result):
    """(average of the episode, highest day), in MME."""
    return Decimal(result.value_milli) / 1000, Decimal(result.second_milli) / 1000


def monthly(product, quantity, year=2025):
    """Four fills of thirty days, one after the other: 1 January to 30 April."""
    return "\n".join(f"{year}-{day} fill 30 {product} x{quantity}" for day in ("01-01", "01-31", "03-02", "04-01"))


@pytest.mark.parametrize(
    ("product", "quantity", "mme"),
    [
        ("oxycodone", 180, 90),  # 10 mg, six a day: 60 mg x 1.5
        ("oxycodone/acetaminophen", 120, 30),  # 5 mg, four a day
        ("morphine", 60, 60),  # 30 mg twice a day
        ("tramadol", 120, 40),  # 50 mg, four a day: 200 mg x 0.2
        ("methadone", 90, 141),  # 10 mg, three a day: 30 mg x 4.7
        ("fentanyl_patch", 10, 60),  # 25 micrograms an hour, a patch every 72 hours: 25 x 2.4
        ("fentanyl_patch", 20, 120),  # two at a time
    ],
)
def test_the_dose_of_one_medicine(evaluate, product, quantity, mme):
    result = evaluate("ohd", monthly(product, quantity))
    assert a_day(result) == (mme, mme)
    assert (result.denominator, result.numerator) == (True, mme >= 90)
    assert result.evidence["episode"] == {"from": "2025-01-01", "to": "2025-04-30", "days": 120}
    assert [fill["mme_a_day"] for fill in result.evidence["fills"]] == [str(mme)] * 4


@pytest.mark.parametrize(
    ("product", "quantity", "mme"),
    [
        ("tramadol", 120, 20),
        ("methadone", 60, 80),  # 20 mg a day x 4
        ("methadone", 90, 240),  # 30 mg a day x 8
        ("methadone", 180, 600),  # 60 mg a day x 10
        ("methadone", 240, 960),  # 80 mg a day x 12
        ("oxycodone", 180, 90),
    ],
)
def test_before_november_2022_the_factors_were_those_of_2016(evaluate, product, quantity, mme):
    assert a_day(evaluate("ohd", monthly(product, quantity, 2021), year=2021)) == (mme, mme)


def test_a_fill_keeps_the_factor_of_its_day(evaluate):
    table = "2022-08-01 fill 94 tramadol x376\n 2022-11-03 fill 1 tramadol x4\n 2022-11-04 fill 57 tramadol x228"
    result = evaluate("ohd", table, year=2022)
    assert [fill["mme_a_day"] for fill in result.evidence["fills"]] == ["20", "20", "40"]


def test_two_opioids_at_once_add_up_and_days_without_count(evaluate):
    """60 MME for 30 days and 30 MME beside it for 10, a gap of 30, and 60 MME for 30 more: (1800 + 300 + 1800) / 90."""
    table = """
        2025-01-01  fill  30  morphine                 x60
        2025-01-11  fill  10  oxycodone/acetaminophen  x40
        2025-03-02  fill  30  morphine                 x60
    """
    result = evaluate("opioid_50_mme", table)
    assert a_day(result) == (Decimal("43.333"), 90)
    assert (result.denominator, result.numerator, result.on("value_day")) == (True, False, "2025-01-01")


def test_exactly_ninety_counts_and_less_does_not(evaluate):
    assert evaluate("ohd", monthly("oxycodone", 180)).numerator
    less = monthly("oxycodone", 180).replace("2025-04-01 fill 30 oxycodone x180", "2025-04-01 fill 30 oxycodone x179")
    assert a_day(evaluate("ohd", less))[0] == Decimal("89.875")
    assert not evaluate("ohd", less).numerator


def test_only_days_that_are_past_and_in_the_year_count(evaluate):
    result = evaluate("ohd", monthly("oxycodone", 180), as_of="2025-04-10")
    assert a_day(result) == (90, 90)
    assert result.evidence["episode"]["days"] == 100
    late = "2025-10-01 fill 30 morphine x60\n 2025-12-30 fill 30 morphine x120"
    result = evaluate("ohd", late)  # 30 x 60 and two days of 120 in 92 days
    assert a_day(result) == (Decimal("22.174"), 120)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("2025-01-01 fill 120 morphine x240", "one_fill"),
        ("2025-01-01 fill 7 morphine x14\n 2025-05-01 fill 7 morphine x14", "short_supply"),
        ("2025-01-01 fill 30 morphine x60\n 2025-03-01 fill 30 morphine x60", "short_episode"),  # 89 days
        ("2025-01-01 fill 30 morphine x60\n 2025-03-02 fill 30 morphine x60", ""),
        ("2025-10-03 fill 45 morphine x60\n 2025-11-17 fill 60 morphine x60", ""),
        ("2025-10-04 fill 45 morphine x60\n 2025-11-17 fill 60 morphine x60", "late_first_fill"),
    ],
)
def test_who_is_asked_about(evaluate, table, why):
    assert evaluate("ohd", table).not_in_denominator == why


@pytest.mark.parametrize(
    ("fill", "problem"),
    [
        ("2025-02-10 fill 30 morphine", "no_quantity"),
        ("2025-02-10 fill 30 morphine x20000", "no_quantity"),  # not believed
        ("2025-02-10 fill - morphine x60", "no_days_supply"),
        ("2025-02-10 fill 30 odd_opioid x60", "no_strength"),
    ],
)
def test_what_is_not_known_leaves_the_result_open(evaluate, fill, problem):
    result = evaluate("ohd", monthly("morphine", 60) + "\n" + fill)
    assert (result.denominator, result.not_computed) == (False, problem)


def test_a_dose_that_is_high_enough_without_the_unknown_fill_is_high(evaluate):
    result = evaluate("ohd", monthly("oxycodone", 180) + "\n2025-02-10 fill 30 morphine")
    assert (result.denominator, result.numerator, result.not_computed) == (True, True, "")


def test_cancer_takes_out(evaluate):
    assert evaluate("ohd", monthly("oxycodone", 180) + "\n2025-06-01 dx C50919 carrier").exclusion == "cancer"
