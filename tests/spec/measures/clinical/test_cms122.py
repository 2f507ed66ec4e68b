"""Glycemic status above 9%: lower is better, and no test counts as above."""

import pytest

SEEN = """
    1970-06-01    born
    2026-03-01    visit 99213
    2020-01-01..  diagnosis E11.9
"""


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ("", "IDN"),
        ("2026-05-01 lab 4548-4 9.1 %", "IDN"),
        ("2026-05-01 lab 4548-4 9.0 %", "ID"),
        ("2026-05-01 lab 4548-4", "IDN"),  # without a result
        ("2026-05-01 lab 97506-0 8.0 %", "ID"),  # glucose management indicator
        ("2026-05-01 lab 4548-4 8 %\n2026-05-02 lab 4548-4 9.5 %", "IDN"),  # the last day counts
        ("2026-05-02 lab 4548-4 9.5 %\n2026-05-02 lab 4548-4 8 %", "ID"),  # and its lowest result
        ("2026-05-02 lab 4548-4 8 %\n2026-05-02 lab 4548-4", "IDN"),  # an absent result is lowest of all
        ("2026-12-31T23:59:59Z lab 4548-4 8 %", "ID"),
        ("2027-01-01 lab 4548-4 8 %", "IDN"),
        ("2025-12-31 lab 4548-4 8 %", "IDN"),
        ("2026-05-01 lab 4548-4 8 % status=preliminary", "IDN"),
        ("2026-05-01 lab 4548-4 8 % status=entered-in-error", "IDN"),
        ("2026-05-01 lab 4548-4 8 mmol/mol", "ID"),  # no percentage: neither above nor absent
        ("2026-05-01 exam 4548-4 8 %", "IDN"),  # not of the laboratory
    ],
)
def test_the_result_that_counts(counts, tests, expected):
    assert counts("cms122", SEEN + tests) == expected


@pytest.mark.parametrize(
    ("born", "expected"),
    [("2009-01-01", "-"), ("2008-12-31", "IDN"), ("1951-01-01", "IDN"), ("1950-12-31", "-")],
)
def test_eighteen_to_seventy_five_on_the_last_day(counts, born, expected):
    assert counts("cms122", SEEN.replace("1970-06-01", born)) == expected


@pytest.mark.parametrize(
    ("diabetes", "expected"),
    [
        ("2020-01-01..2025-12-31 diagnosis E11.9", "-"),
        ("2020-01-01..2026-01-01 diagnosis E11.9", "IDN"),
        ("2026-12-31.. diagnosis E11.9", "IDN"),
        ("2027-01-01.. diagnosis E11.9", "-"),
        ("2020-01-01.. problem E11.9", "-"),  # a problem list alone
        ("2020-01-01.. diagnosis E11.9 verified=entered-in-error", "-"),
        ("2020-01-01.. diagnosis E11.9 verified=refuted", "-"),
        ("2020-01-01.. diagnosis E11.9 verified=provisional", "IDN"),
        ("2020-01-01.. diagnosis E11.9 clinical=resolved", "-"),  # ended, nobody says when
        ("2026-02-01.. diagnosis E11.9 clinical=resolved", "IDN"),  # began in the period
        ("2026 diagnosis E11.9", "IDN"),  # a year is enough
    ],
)
def test_diabetes_that_is_there_in_the_period(counts, diabetes, expected):
    assert counts("cms122", f"1970-06-01 born\n2026-03-01 visit 99213\n{diabetes}") == expected


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ("2026-01-01 visit 99213", "IDN"),
        ("2026-12-31 visit G0271", "IDN"),
        ("2026-12-31..2027-01-01 visit 99213", "-"),  # ends after the period
        ("2026-03-01.. visit 99213", "-"),  # goes on
        ("2026-03-01 visit 99213 status=cancelled", "-"),
        ("2026-03-01 visit 99281", "-"),  # emergency
    ],
)
def test_a_visit_of_the_period(counts, visit, expected):
    assert counts("cms122", f"1970-06-01 born\n2020-01-01.. diagnosis E11.9\n{visit}") == expected
