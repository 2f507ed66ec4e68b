"""Kidney tests and eye exams of people with diabetes."""

import pytest

pytestmark = pytest.mark.django_db

DIABETES = """
    1960-05-05  born
    2024-03-01  dx  E1165  carrier
    2025-02-01  dx  E1165 outpatient
"""


@pytest.mark.parametrize(
    ("facts", "tests"),
    [
        ("", 0),
        ("2025-03-01 service 80053 carrier", 1),
        ("2025-03-01 lab 98979-8 >60 mL/min", 1),
        ("2025-03-01 lab 9318-7 20 mg/g", 1),
        ("2025-03-01 service 82043 carrier", 0),
        ("2025-03-01 service 82043 carrier\n 2025-03-05 service 82570 carrier", 1),
        ("2025-03-01 service 82043 carrier\n 2025-03-06 service 82570 carrier", 0),
        ("2025-03-06 lab 14957-5 12 mg/L\n 2025-03-01 lab 2161-8 80 mg/dL", 0),
        ("2025-03-05 lab 14957-5 12 mg/L\n 2025-03-01 lab 2161-8 80 mg/dL", 1),
        ("2024-12-31 lab 9318-7 20 mg/g\n 2025-03-01 service 82565 carrier", 1),
        ("2024-12-30 service 82043 carrier\n 2025-01-02 service 82570 carrier", 0),
        ("2025-03-01 lab 9318-7 20 mg/g\n 2025-10-01 service 80048 carrier", 2),
    ],
)
def test_both_tests_of_the_kidneys(evaluate, facts, tests):
    result = evaluate("ked", DIABETES + facts)
    assert (result.denominator, result.numerator, result.value_milli) == (True, tests == 2, tests * 1000)


def test_the_kidney_tests_are_met_on_the_later_day(evaluate):
    table = DIABETES + "2025-03-01 lab 9318-7 20 mg/g\n 2025-10-01 service 80048 carrier"
    assert evaluate("ked", table, as_of="2025-09-01").on("last_day") == "2025-12-31"
    late = evaluate("ked", table, as_of="2025-11-01")
    assert (late.on("value_day"), late.last_day) == ("2025-10-01", None)


def test_dialysis_at_any_time_takes_somebody_out(evaluate):
    assert evaluate("ked", DIABETES + "2017-05-05 service 90999 outpatient").exclusion == "kidney_failure_ever"


@pytest.mark.parametrize(
    ("facts", "numerator"),
    [
        ("", False),
        ("2025-03-01 service 92014 carrier", True),
        ("2025-03-01 service 92229 carrier", True),
        ("2025-03-01 service 2022F carrier", True),
        ("2025-03-01 service 3072F carrier", True),
        ("2024-03-02 service 3072F carrier", False),
        ("2024-03-02 service 2023F carrier", True),
        ("2024-03-02 service 2022F carrier", False),
        ("2024-03-02 service 92014 carrier", False),
        ("2024-03-02 service 92014 carrier\n 2024-03-02 dx E119 carrier", True),
        ("2024-03-02 service 92014 carrier\n 2024-03-03 dx E119 carrier", False),
        ("2023-12-31 service 2023F carrier", False),
        ("2015-03-01 service 08T0XZZ inpatient\n 2016-03-01 service 08T1XZZ inpatient", True),
        ("2015-03-01 service 08T0XZZ inpatient\n 2016-03-01 service 08T0XZZ inpatient", False),
        ("2015-03-01 service 65101 carrier\n 2015-03-15 service 65101 carrier", True),
        ("2015-03-01 service 65101 carrier\n 2015-03-14 service 65101 carrier", False),
        ("2015-03-01 service 65101 carrier\n 2015-03-15 service 08T0XZZ inpatient", True),
        (
            "2015-03-01 service 65101 carrier\n 2015-03-14 service 08T0XZZ inpatient",
            False,
        ),  # may be one eye, told twice
        ("2015-03-01 service 08T1XZZ inpatient\n 2015-03-15 service 65101 carrier", True),
    ],
)
def test_an_eye_exam_of_the_year_or_a_negative_one_of_the_year_before(evaluate, facts, numerator):
    result = evaluate("eed", DIABETES + facts)
    assert (result.denominator, result.numerator) == (True, numerator)
    assert any(one["role"] == "meets" for one in result.evidence["claims"]) is numerator
