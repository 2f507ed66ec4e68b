"""Kidney health in diabetes: eGFR, and urine albumin by creatinine."""

import pytest

SEEN = """
    1970-06-01    born
    2026-03-01    visit 99213
    2020-01-01..  problem E11.9
"""
EGFR = "2026-05-01 lab 48642-3 75 mL/min\n"


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ("", "ID"),
        (EGFR, "ID"),
        ("2026-05-01 lab 9318-7 20 mg/g", "ID"),
        (EGFR + "2026-12-31 lab 9318-7 20 mg/g", "IDN"),
        (EGFR + "2027-01-01 lab 9318-7 20 mg/g", "ID"),
        (EGFR + "2026-05-01 lab 9318-7", "ID"),  # without a result
        ("2026-05-01 lab 48642-3\n2026-05-01 lab 9318-7 20 mg/g", "ID"),
        (EGFR + "2026-05-01 lab 1754-1 5 mg/L\n2026-05-05 lab 2161-8 90 mg/dL", "IDN"),  # four days apart
        (EGFR + "2026-05-05 lab 1754-1 5 mg/L\n2026-05-01 lab 2161-8 90 mg/dL", "IDN"),
        (EGFR + "2026-05-01 lab 1754-1 5 mg/L\n2026-05-06 lab 2161-8 90 mg/dL", "ID"),
        (EGFR + "2026-05-01 lab 1754-1 5 mg/L", "ID"),
        (EGFR + "2026-05-01 lab 9318-7 20 mg/g status=corrected", "IDN"),
        (EGFR + "2026-05-01 lab 9318-7 20 mg/g status=registered", "ID"),
    ],
)
def test_both_tests_with_results(counts, tests, expected):
    assert counts("cms951", SEEN + tests) == expected


@pytest.mark.parametrize(
    ("diabetes", "expected"),
    [
        ("2025-12-31.. problem E11.9", "ID"),
        ("2026-01-01.. problem E11.9", "-"),  # must begin before the period
        ("2020-01-01..2025-12-31 problem E11.9", "-"),
        ("2020-01-01..2026-01-01 diagnosis E11.9", "ID"),
        ("2020-01-01.. problem E11.9 verified=refuted", "-"),
        ("2020-01-01.. problem E11.9 verified=unconfirmed", "ID"),
    ],
)
def test_diabetes_from_before_the_period(counts, diabetes, expected):
    assert counts("cms951", f"1970-06-01 born\n2026-03-01 visit 99243\n{diabetes}") == expected


@pytest.mark.parametrize(
    ("born", "expected"), [("2008-01-01", "ID"), ("2008-01-02", "-"), ("1940-01-02", "ID"), ("1940-01-01", "-")]
)
def test_eighteen_to_eighty_five_on_the_first_day(counts, born, expected):
    assert counts("cms951", SEEN.replace("1970-06-01", born)) == expected


@pytest.mark.parametrize(
    ("what", "expected"),
    [("2026-12-31.. diagnosis N18.6", "IDX"), ("2020-01-01..2025-12-31 problem N18.5", "ID")],
)
def test_kidney_failure_in_the_period(counts, what, expected):
    assert counts("cms951", SEEN + what) == expected
