"""The worked examples of the public PDC-RASA page (A to E), and boundaries made for this project (F, G). Year 2018."""

import pytest

pytestmark = pytest.mark.django_db

A = """
    2018-01-01  fill  90  lisinopril
    2018-04-01  fill  90  losartan
"""
B = """
    2018-01-01  fill  90  lisinopril
    2018-01-01  fill  90  losartan
"""
C = """
    2018-03-25  fill  90  lisinopril
    2018-07-05  fill  90  lisinopril
    2018-09-25  fill  90  lisinopril
"""
D = """
    2018-01-01  fill  90  lisinopril
    2018-03-25  fill  90  lisinopril
    2018-07-05  fill  90  lisinopril
    2018-10-15  fill  90  lisinopril
"""
E = """
    2018-10-04  fill  30  lisinopril
    2018-11-01  fill  30  lisinopril
"""
F1 = """
    2018-10-01  fill  30  lisinopril
    2018-10-31  fill  30  lisinopril
"""
F2 = """
    2018-10-02  fill  30  lisinopril
    2018-11-01  fill  30  lisinopril
"""
F3 = """
    2018-10-03  fill  30  lisinopril
    2018-11-02  fill  30  lisinopril
"""
G = """
    2018-01-01  fill  30  metformin
    2018-01-11  fill  30  metformin+sitagliptin
    2018-02-20  fill  30  sitagliptin
"""


@pytest.mark.parametrize(
    ("measure", "table", "covered", "period", "not_in_denominator", "percent"),
    [
        ("pdc_rasa", A, 180, 365, "", "49.32"),
        ("pdc_rasa", B, 90, 365, "one_fill", "24.66"),
        ("pdc_rasa", C, 270, 282, "", "95.74"),
        ("pdc_rasa", D, 348, 365, "", "95.34"),
        ("pdc_rasa", E, 60, 89, "late_first_fill", "67.42"),
        ("pdc_rasa", F1, 60, 92, "", "65.22"),
        ("pdc_rasa", F2, 60, 91, "", "65.93"),
        ("pdc_rasa", F3, 60, 90, "late_first_fill", "66.67"),
        ("pdc_dr", G, 80, 365, "", "21.92"),
    ],
    ids=["A", "B", "C", "D", "E", "F1", "F2", "F3", "G"],
)
def test_vector(evaluate, measure, table, covered, period, not_in_denominator, percent):
    result = evaluate(measure, table, year=2018)
    assert result.of == (covered, period)
    assert result.not_in_denominator == not_in_denominator
    assert result.denominator == (not_in_denominator == "")
    assert result.numerator == (result.denominator and covered * 5 >= period * 4)
    assert f"{round(covered * 10000 / period) / 100:.2f}" == percent


def test_c_the_early_refill_starts_when_the_last_supply_ends(evaluate):
    assert evaluate("pdc_rasa", C, year=2018).supplies() == [
        "lisinopril 2018-03-25..2018-06-22",
        "lisinopril 2018-07-05..2018-10-02",
        "lisinopril 2018-10-03..2018-12-31",
    ]


def test_g_a_combination_feeds_a_chain_for_each_ingredient(evaluate):
    assert evaluate("pdc_dr", G, year=2018).supplies() == [
        "metformin 2018-01-01..2018-01-30",
        "metformin 2018-01-31..2018-03-01",
        "sitagliptin 2018-01-11..2018-02-09",
        "sitagliptin 2018-02-20..2018-03-21",
    ]
