"""Statins in cardiovascular disease: who is asked about, and which fill counts."""

import pytest

pytestmark = pytest.mark.django_db

DISEASE = "2024-03-01 dx I2510 carrier\n 2025-02-01 dx I2510 carrier\n"


@pytest.mark.parametrize(
    ("facts", "is_asked"),
    [
        (DISEASE, True),
        ("2024-03-01 dx I2510 carrier\n 2024-06-01 dx I2510 carrier", False),
        ("2025-03-01 dx I2510 carrier\n 2025-06-01 dx I2510 carrier", False),
        ("2024-03-01 dx I214 inpatient", True),
        ("2024-03-01 dx I214 carrier", False),
        ("2023-12-31 dx I214 inpatient", False),
        ("2025-03-01 dx I214 inpatient", False),
        ("2024-03-01 service 33533 carrier", True),
        ("2024-03-01 service 92928 outpatient", True),
        ("2024-03-01 service 0210093 inpatient", True),
        ("2024-03-01 service 37221 outpatient", True),
    ],
)
def test_an_event_of_the_year_before_or_a_disease_in_both_years(evaluate, facts, is_asked):
    result = evaluate("spc", "1960-05-05 born\n" + facts)
    assert (result is not None and result.denominator) is is_asked


@pytest.mark.parametrize(
    ("facts", "numerator"),
    [
        ("2025-02-01 fill 30 atorvastatin_40", True),
        ("2025-02-01 fill 30 atorvastatin", False),
        ("2024-12-31 fill 90 atorvastatin_40", False),
    ],
)
def test_one_fill_of_at_least_moderate_intensity(evaluate, facts, numerator):
    result = evaluate("spc", "1960-05-05 born\n" + DISEASE + facts)
    assert (result.denominator, result.numerator) == (True, numerator)


@pytest.mark.parametrize(
    ("born", "why"),
    [
        ("2004-12-31 born\n 2004-12-31 male", ""),
        ("2005-01-01 born\n 2005-01-01 male", "under_age"),
        ("1985-12-31 born", ""),
        ("1986-01-01 born", "under_age"),
        ("1950-01-01 born", ""),
        ("1949-12-31 born", "over_age"),
    ],
)
def test_men_from_twenty_one_and_women_from_forty(evaluate, born, why):
    assert evaluate("spc", DISEASE + born).not_in_denominator == why


@pytest.mark.parametrize(
    ("cover", "why"),
    [
        ("2024-02-15 cover open", ""),
        ("2024-02-16 cover open", "no_cover_before"),
        ("2023-01-01 cover 2024-05-31\n 2024-07-01 cover open", ""),
        (
            "2023-01-01 cover 2024-05-31\n 2024-07-01 cover 2024-10-31\n 2024-11-15 cover open",
            "no_cover_before",
        ),  # two gaps
        ("2023-01-01 cover 2024-11-30\n 2025-01-15 cover open", ""),  # one gap, of 31 and of 14 days
        ("2024-01-01 cover open no_drugs", "no_drug_cover"),
        ("2024-01-01 cover 2025-06-30\n 2025-08-16 cover open", "no_full_coverage"),
    ],
)
def test_cover_in_both_years_and_of_medicines(evaluate, cover, why):
    assert evaluate("spc", "1960-05-05 born\n" + DISEASE + cover).not_in_denominator == why


@pytest.mark.parametrize(
    ("facts", "exclusion"),
    [
        ("2024-02-01 dx Z3400 carrier", "pregnancy_two_years"),
        ("2024-02-01 service S4015 outpatient", "in_vitro_fertilization"),
        ("2023-12-31 service S4015 outpatient", ""),
        ("2024-02-01 dx N186 carrier", "kidney_failure_two_years"),
        ("2024-02-01 dx K7460 carrier", "cirrhosis_two_years"),
        ("2025-02-01 dx M7918 carrier", "muscle_pain"),
        ("2024-02-01 dx M7918 carrier", ""),
        ("2024-02-01 fill 5 clomiphene", "fertility_two_years"),
    ],
)
def test_exclusions(evaluate, facts, exclusion):
    assert evaluate("spc", "1960-05-05 born\n" + DISEASE + facts).exclusion == exclusion


@pytest.mark.parametrize(
    ("stay", "code_of", "is_asked"),
    [
        ("2024-12-28 stay 2024-12-31", "2024-12-28", True),
        ("2024-12-28 stay 2025-01-01", "2024-12-28", False),  # the event of the year that follows
        ("2023-12-28 stay 2024-01-01", "2023-12-28", True),
        ("2023-12-28 stay 2023-12-31", "2023-12-28", False),
    ],
)
def test_a_heart_attack_is_of_the_year_of_the_discharge(evaluate, stay, code_of, is_asked):
    result = evaluate("spc", f"1960-05-05 born\n {stay} inpatient\n {code_of} dx I214 inpatient")
    assert (result is not None) == is_asked
