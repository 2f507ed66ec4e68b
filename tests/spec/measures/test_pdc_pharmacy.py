"""The pharmacy level: a member counts to the pharmacy with at least 51% of the days' supply of the class."""

import pytest

pytestmark = pytest.mark.django_db

TWO = """
    2025-01-01  fill  {}  atorvastatin  at P1
    2025-06-01  fill  {}  atorvastatin  at P2
"""


def where(result):
    """The pharmacy to which the member counts."""
    found = [
        place["pharmacy_ref"] or place["pharmacy_id"] for place in result.evidence["pharmacies"] if place["counts_here"]
    ]
    assert len(found) < 2
    return found[0] if found else None


@pytest.mark.parametrize(
    ("at_one", "at_two", "counts_to"),
    [(51, 49, 1), (50, 50, None), (49, 51, 2), (255, 245, 1), (254, 246, None), (90, 30, 1)],
)
def test_fifty_one_percent_is_enough_and_anything_less_is_not(evaluate, at_one, at_two, counts_to):
    """255 of 500 days are 51%; 254 are 50.8%. In a tie nobody has enough."""
    assert where(evaluate("pdc_sta", TWO.format(at_one, at_two))) == counts_to


def test_several_pharmacies_and_none_with_enough(evaluate):
    result = evaluate(
        "pdc_rasa",
        """
        2025-01-01  fill  90  lisinopril  at P1
        2025-04-01  fill  60  lisinopril  at P2
        2025-07-01  fill  30  losartan    at P3
        """,
    )
    assert where(result) is None
    shown = [(place["pharmacy_id"], place["days_supply"], place["share_bp"]) for place in result.evidence["pharmacies"]]
    assert shown == [(1, 90, 5000), (2, 60, 3333), (3, 30, 1666)]


def test_the_result_does_not_depend_on_it(evaluate):
    apart, together = (
        evaluate("pdc_sta", TWO.format(90, 90)),
        evaluate("pdc_sta", TWO.format(90, 90).replace("P2", "P1")),
    )
    assert apart.row == together.row and (where(apart), where(together)) == (None, 1)


def test_a_combination_counts_its_days_once(evaluate):
    """60 days of a product with two target ingredients against 61 days of one with one: 50.4%."""
    result = evaluate(
        "pdc_dr",
        """
        2025-01-01  fill  60  metformin+sitagliptin  at P1
        2025-03-01  fill  61  metformin              at P2
        """,
    )
    assert where(result) is None
    assert [place["share_bp"] for place in result.evidence["pharmacies"]] == [5041, 4958]


def test_a_pharmacy_outside_the_directory_goes_by_the_feed_s_name_and_one_without_a_name_is_nobody(evaluate):
    assert where(evaluate("pdc_sta", TWO.format(60, 40).replace("P1", "X77"))) == "X77"
    nobody = """
        2025-01-01  fill  60  atorvastatin  at
        2025-06-01  fill  40  atorvastatin  at P2
    """
    result = evaluate("pdc_sta", nobody)
    assert where(result) is None and [place["share_bp"] for place in result.evidence["pharmacies"]] == [6000, 4000]


def test_medicines_of_other_classes_do_not_count(evaluate):
    assert where(evaluate("pdc_sta", TWO.format(51, 49) + "2025-03-01  fill  90  lisinopril  at P2")) == 1


def test_fills_of_other_years_after_the_day_and_after_the_period_do_not_count(evaluate):
    table = """
        2024-12-01  fill  90  atorvastatin  at P2
        2025-01-01  fill  60  atorvastatin  at P1
        2025-06-01  fill  30  atorvastatin  at P1
        2025-10-01  fill  90  atorvastatin  at P2
        2025-12-01  fill  90  atorvastatin  at P2
    """
    assert where(evaluate("pdc_sta", table)) == 2
    assert where(evaluate("pdc_sta", table, as_of="2025-09-30")) == 1
    assert where(evaluate("pdc_sta", table + "2025-09-30  died")) == 1
    assert where(evaluate("pdc_sta", table + "2025-01-01  cover  2025-09-30")) == 1


def test_as_long_as_a_supply_is_not_known_no_share_is_told(evaluate):
    result = evaluate("pdc_sta", TWO.format(90, "-"))
    assert where(result) is None and {place["share_bp"] for place in result.evidence["pharmacies"]} == {None}


def test_a_measure_without_a_pharmacy_level_says_nothing(evaluate):
    table = """
        2025-01-01  fill  60  quetiapine  at P1
        2025-03-01  fill  60  quetiapine  at P1
    """
    result = evaluate("pdc_antipsychotics", table)
    assert result.fills == 2 and result.evidence["pharmacies"] == []
