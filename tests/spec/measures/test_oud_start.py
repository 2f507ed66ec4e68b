"""Opioid use disorder: a medicine for it in the year, filled or given as a service."""

import pytest

pytestmark = pytest.mark.django_db
OUD = "1980-05-05 born\n 2025-03-10 dx F1120 carrier\n"


@pytest.mark.parametrize(
    ("fact", "is_met"),
    [
        ("", False),
        ("2025-01-02 fill 28 buprenorphine/naloxone", True),  # before the diagnosis
        ("2025-12-31 fill 30 naltrexone", True),
        ("2024-12-31 fill 28 buprenorphine/naloxone", False),
        ("2025-05-05 fill 30 methadone", False),  # a pharmacy dispenses it for pain
        ("2025-05-05 service H0020 outpatient", True),  # methadone of a treatment programme
        ("2025-05-05 service G2067 carrier", True),
        ("2025-05-05 service J2315 carrier", True),
        ("2025-05-05 service Q9992 carrier", True),
        ("2025-05-05 service G2071 outpatient", False),  # an implant is taken out
        ("2025-05-05 service J1230 outpatient", False),  # for pain
    ],
)
def test_one_fill_or_one_dose(evaluate, fact, is_met):
    result = evaluate("oud_start", OUD + fact)
    assert (result.denominator, result.numerator) == (True, is_met)
    assert ("meets" in [claim["role"] for claim in result.evidence["claims"]]) == is_met


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (OUD + "2007-01-01 born", ""),
        (OUD + "2007-01-02 born", "under_age"),
        (OUD + "1960-01-02 born", ""),
        (OUD + "1960-01-01 born", "over_age"),
        (OUD + "2025-01-01 cover 2025-06-30\n 2025-08-16 cover open", "no_full_coverage"),
        (OUD + "2025-09-01 died", "died"),
        (OUD + "2025-03-01 stay 2025-03-09 hospice", ""),  # the public description names no exclusion
    ],
)
def test_who_is_asked_about(evaluate, table, why):
    assert evaluate("oud_start", table).not_in_denominator == why


@pytest.mark.parametrize(
    "diagnosis", ["2024-12-31 dx F1120 carrier", "2025-03-10 dx F1121 carrier", "2025-03-10 dx F1120 dme"]
)
def test_a_diagnosis_of_the_year_that_is_not_in_remission(evaluate, diagnosis):
    assert evaluate("oud_start", f"1980-05-05 born\n {diagnosis}") is None


def test_until_when_it_can_be_closed(evaluate):
    assert evaluate("oud_start", OUD, as_of="2025-06-30").on("last_day") == "2025-12-31"
    assert evaluate("oud_start", OUD + "2025-05-05 service H0020 outpatient", as_of="2025-06-30").last_day is None
