"""Control of high blood pressure: which reading counts, and who is asked about."""

import pytest

pytestmark = pytest.mark.django_db

HYPERTENSION = """
    1960-05-05  born
    2024-03-01  dx  I10  carrier
    2025-02-01  dx  I10  outpatient
"""


def pressure(day, systolic, diastolic):
    return f"{day} lab 8480-6 {systolic} mmHg\n {day} lab 8462-4 {diastolic} mmHg\n"


@pytest.mark.parametrize(
    ("facts", "numerator", "values"),
    [
        ("", False, (None, None)),
        (pressure("2025-06-01", 139, 89), True, (139_000, 89_000)),
        (pressure("2025-06-01", 140, 89), False, (140_000, 89_000)),
        (pressure("2025-06-01", 139, 90), False, (139_000, 90_000)),
        (pressure("2025-06-01", 150, 95) + pressure("2025-06-01", 138, 97) + pressure("2025-06-01", 160, 85), True, (138_000, 85_000)),
        (pressure("2025-06-01", 120, 70) + pressure("2025-09-01", 141, 70), False, (141_000, 70_000)),
        (pressure("2025-06-01", 120, 70) + "2025-09-01 lab 8480-6 150", True, (120_000, 70_000)),
        (pressure("2025-01-31", 120, 70), False, (None, None)),
        (pressure("2025-06-01", 12, 7), False, (None, None)),
        ("2025-06-01 service 3074F carrier\n 2025-06-01 service 3079F carrier", True, (None, None)),
        ("2025-06-01 service 3075F carrier\n 2025-06-01 service 3080F carrier", False, (None, None)),
        ("2025-06-01 service 3077F carrier\n 2025-06-01 service 3078F carrier", False, (None, None)),
        ("2025-06-01 service 3074F inpatient\n 2025-06-01 service 3078F inpatient", False, (None, None)),
        (pressure("2025-06-01", 120, 70) + "2025-06-01 service 99283 outpatient", False, (None, None)),
        (pressure("2025-06-01", 120, 70) + "2025-06-01 service REV0450 outpatient", False, (None, None)),
        (pressure("2025-06-03", 120, 70) + "2025-05-30 stay 2025-06-03 inpatient", False, (None, None)),
        (pressure("2025-06-04", 120, 70) + "2025-05-30 stay 2025-06-03 inpatient", True, (120_000, 70_000)),
    ],
)  # fmt: skip
def test_the_last_day_with_both_numbers(evaluate, facts, numerator, values):
    result = evaluate("cbp", HYPERTENSION + facts)
    assert (result.denominator, result.numerator) == (True, numerator)
    assert (result.value_milli, result.second_milli) == values


@pytest.mark.parametrize(
    ("facts", "is_asked"),
    [
        ("2024-01-01 dx I10 carrier\n 2025-06-30 dx I10 carrier", True),
        ("2024-01-01 dx I10 carrier\n 2025-07-01 dx I10 carrier", False),
        ("2023-12-31 dx I10 carrier\n 2025-06-30 dx I10 carrier", False),
        ("2025-03-01 dx I10 carrier\n 2025-03-01 dx I10 outpatient", False),
        ("2025-03-01 dx I10 inpatient\n 2025-04-01 dx I10 inpatient", False),
        ("2025-03-01 dx I110 carrier\n 2025-04-01 dx I110 carrier", False),
    ],
)
def test_who_has_hypertension(evaluate, facts, is_asked):
    result = evaluate("cbp", "1960-05-05 born\n" + facts)
    assert (result is not None and result.denominator) is is_asked


@pytest.mark.parametrize(
    ("facts", "exclusion"),
    [
        ("2019-06-01 dx N186 carrier", "kidney_failure_ever"),
        ("2019-06-01 service 90935 outpatient", "kidney_failure_ever"),
        ("2018-01-01 cover 2018-12-31 esrd\n 2019-01-01 cover open", "kidney_failure_ever"),
        ("2015-06-01 service 50360 inpatient", "kidney_replaced"),
        ("2015-06-01 service 0TY00Z0 inpatient", "kidney_replaced"),
        ("2025-06-01 dx Z3400 carrier", "pregnancy"),
        ("2024-06-01 dx Z3400 carrier", ""),
        ("1944-12-31 born\n 2025-03-01 dx R54 carrier\n 2025-04-01 dx W19XXXA carrier", "frailty"),
        ("1945-01-01 born\n 2025-03-01 dx R54 carrier\n 2025-04-01 dx W19XXXA carrier", ""),
    ],
)
def test_exclusions(evaluate, facts, exclusion):
    result = evaluate("cbp", HYPERTENSION + facts)
    assert (result.exclusion, result.denominator) == (exclusion, not exclusion)
    assert bool(result.evidence["exclusions"]) is bool(exclusion)


def test_the_gap_is_open_until_the_end_of_the_year(evaluate):
    result = evaluate("cbp", HYPERTENSION + pressure("2025-06-01", 150, 80), as_of="2025-09-01")
    assert (result.numerator, result.on("last_day")) == (False, "2025-12-31")
    shown = [(one["day"], one["code"]) for one in result.evidence["claims"] if one["role"] == "value"]
    assert shown == [("2025-06-01", "8462-4"), ("2025-06-01", "8480-6")]
