"""Adherence to antipsychotics: for people with schizophrenia, by mouth and by injection, without dementia."""

import pytest

pytestmark = pytest.mark.django_db

FILLS = """
    2025-01-01  fill  180  risperidone
    2025-06-30  fill  130  risperidone
"""
TWO_VISITS = """
    2025-02-01  dx  F209  carrier
    2025-05-01  dx  F209  carrier
"""


@pytest.mark.parametrize(
    ("coded", "why"),
    [
        (TWO_VISITS, ""),
        ("2025-02-01 dx F209 inpatient", ""),
        ("2025-02-01 dx F209 carrier", "no_diagnosis"),
        ("2025-02-01 dx F209 carrier\n 2025-02-01 dx F259 outpatient", "no_diagnosis"),  # one day
        ("2024-12-01 dx F209 inpatient", "no_diagnosis"),
        ("2025-02-01 dx F329 inpatient", "no_diagnosis"),
    ],
)
def test_schizophrenia_in_a_hospital_or_on_two_days(evaluate, coded, why):
    assert evaluate("pdc_antipsychotics", FILLS + coded).not_in_denominator == why


def test_the_share_of_days_covered(evaluate):
    result = evaluate("pdc_antipsychotics", FILLS + TWO_VISITS)
    assert (result.denominator, result.numerator, result.of) == (True, True, (310, 365))


def test_an_injection_counts_like_a_tablet(evaluate):
    table = "2025-01-01 fill 300 quetiapine\n 2025-12-01 fill 30 risperidone_injection" + TWO_VISITS
    result = evaluate("pdc_antipsychotics", table)
    assert (result.numerator, result.of) == (True, (330, 365))
    assert [fill["ingredient"] for fill in result.evidence["fills"]] == ["quetiapine", "risperidone"]


def test_dementia_takes_out(evaluate):
    assert evaluate("pdc_antipsychotics", FILLS + TWO_VISITS + "2025-03-03 dx G309 carrier").exclusion == "dementia"


def test_hospice_services_take_out(evaluate):
    assert (
        evaluate("pdc_antipsychotics", FILLS + TWO_VISITS + "2025-03-03 service G9473 carrier").exclusion == "hospice"
    )
