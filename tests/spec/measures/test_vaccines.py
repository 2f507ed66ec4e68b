"""Vaccines of adults: when a dose counts, and for whom."""

import pytest

from tests.oracles.history import NUMBER

pytestmark = pytest.mark.django_db


def given(evaluate, vaccine, facts, born="1950-05-05", as_of=None):
    return evaluate(f"vaccine_{vaccine}", f"{born} born\n{facts}", as_of=as_of)


@pytest.mark.parametrize(
    ("vaccine", "facts", "numerator"),
    [
        ("influenza", "", False),
        ("influenza", "2024-07-01 vaccine 140", True),
        ("influenza", "2024-06-30 vaccine 140", False),
        ("influenza", "2025-06-30 service 90662 carrier", True),
        ("influenza", "2025-07-01 vaccine 140", False),
        ("influenza", "2025-01-10 vaccine 187", False),
        ("influenza", "2025-01-10 service G0008 carrier", True),
        ("covid19", "2024-10-01 vaccine 309", True),
        ("covid19", "2023-10-01 vaccine 309", False),
        ("td_tdap", "2016-01-01 vaccine 115", True),
        ("td_tdap", "2015-12-31 vaccine 115", False),
        ("td_tdap", "2025-12-31 vaccine 9", True),
        ("zoster", "2020-01-01 vaccine 187", False),
        ("zoster", "2020-01-01 vaccine 187\n 2020-01-29 vaccine 187", True),
        ("zoster", "2020-01-01 vaccine 187\n 2020-01-28 vaccine 187", False),
        ("zoster", "2017-09-30 vaccine 187\n 2020-01-28 vaccine 187", False),
        ("zoster", "2017-10-01 vaccine 187\n 2020-01-28 service 90750 carrier", True),
        ("zoster", "2020-01-01 vaccine 187\n 2020-01-01 service 90750 carrier", False),
        ("zoster", "2020-01-01 vaccine 121\n 2020-03-01 vaccine 121", False),
        ("pneumococcal", "2001-01-01 vaccine 33", True),
        ("pneumococcal", "1968-01-01 vaccine 33", False),
        ("pneumococcal", "1952-05-05 born\n 1971-05-05 vaccine 33", True),  # on the nineteenth birthday: 6,939 days
        ("pneumococcal", "1952-05-05 born\n 1971-05-04 vaccine 33", False),
        ("pneumococcal", "1951-05-05 born\n 1970-05-05 vaccine 33", True),  # 6,940 days
        ("pneumococcal", "1951-05-05 born\n 1970-05-04 vaccine 33", False),
        ("pneumococcal", "2025-03-01 service 90677 carrier", True),
        ("rsv", "2024-09-01 vaccine 305", True),
        ("rsv", "2024-09-01 vaccine 93", False),
        ("influenza", "2024-07-01 fill 1 fluzone", True),
        ("influenza", "2024-06-30 fill 1 fluzone", False),
        ("influenza", "2025-07-01 fill 1 fluzone", False),
        ("influenza", "2024-10-01 cash 1 fluzone", False),
        ("covid19", "2024-10-01 fill - comirnaty", True),
        ("td_tdap", "2016-01-01 fill 1 boostrix", True),
        ("td_tdap", "2015-12-31 fill 1 boostrix", False),
        ("zoster", "2020-01-01 fill 1 shingrix\n 2020-01-29 fill 1 shingrix", True),
        ("zoster", "2020-01-01 fill 1 shingrix\n 2020-01-28 fill 1 shingrix", False),
        ("zoster", "2020-01-01 fill 1 shingrix\n 2020-01-29 vaccine 187", True),
        ("zoster", "2020-01-01 fill 1 shingrix\n 2020-01-01 vaccine 187", False),
        ("zoster", "2017-09-30 fill 1 shingrix\n 2020-01-28 fill 1 shingrix", False),
        ("zoster", "2020-01-01 fill 1 zostavax\n 2020-03-01 fill 1 zostavax", False),
        ("zoster", "2020-01-01 fill 1 shingrix\n 2020-03-01 fill 1 boostrix", False),
        ("pneumococcal", "2001-01-01 fill 1 prevnar", True),
        ("pneumococcal", "1952-05-05 born\n 1971-05-05 fill 1 prevnar", True),
        ("pneumococcal", "1952-05-05 born\n 1971-05-04 fill 1 prevnar", False),
        ("rsv", "2023-09-01 fill 1 arexvy", True),
    ],
)
def test_which_doses_count(evaluate, vaccine, facts, numerator):
    result = given(evaluate, vaccine, facts, born="1949-05-05")
    assert (result.denominator, result.numerator) == (True, numerator)
    assert all(one["role"] == "meets" for one in result.evidence["claims"])


@pytest.mark.parametrize(
    ("facts", "numerator"),
    [
        ("2020-01-01 vaccine 43\n 2020-02-01 vaccine 43", False),
        ("2020-01-01 vaccine 43\n 2020-02-01 vaccine 43\n 2020-07-01 service 90746 carrier", True),
        ("2020-01-01 vaccine 189\n 2020-01-29 vaccine 189", True),
        ("2020-01-01 vaccine 189\n 2020-01-28 vaccine 189", False),
        ("2012-01-01 dx B181 carrier", True),
        ("2011-01-01 fill 1 engerix\n 2011-02-01 fill 1 engerix", False),
        ("2011-01-01 fill 1 engerix\n 2011-02-01 fill 1 engerix\n 2011-07-01 vaccine 43", True),
        ("2020-01-01 fill 1 heplisav\n 2020-01-29 fill 1 heplisav", True),
        ("2020-01-01 fill 1 heplisav\n 2020-01-29 fill 1 engerix", False),
        ("2020-01-01 fill 1 heplisav\n 2020-01-28 vaccine 189", False),
    ],
)
def test_hepatitis_b(evaluate, facts, numerator):
    assert given(evaluate, "hepatitis_b", facts, born="1980-05-05").numerator is numerator


def test_a_pharmacy_claim_is_one_dose_and_is_shown_once(evaluate):
    """Comirnaty is in the set by its generic name and by its substance."""
    result = given(evaluate, "covid19", "2024-10-01 fill 1 comirnaty\n 2024-10-01 vaccine 309")
    assert (result.numerator, result.value_milli, result.on("value_day")) == (True, 1000, "2024-10-01")
    registry, fill = sorted(result.evidence["claims"], key=lambda one: one["list"])
    assert fill == {
        "role": "meets", "day": "2024-10-01", "event_id": 1000, "what": "COVID-19 vaccine billed by a pharmacy",
        "code": f"{NUMBER['comirnaty']:011d}", "list": "vaccine_covid19_products",
    }  # fmt: skip
    assert (registry["code"], registry["list"]) == ("309", "vaccine_covid19")


@pytest.mark.parametrize(
    ("vaccine", "born", "is_asked"),
    [
        ("influenza", "2006-01-01", True),
        ("influenza", "2006-01-02", False),
        ("zoster", "1975-01-01", True),
        ("zoster", "1975-01-02", False),
        ("pneumococcal", "1960-01-01", True),
        ("pneumococcal", "1960-01-02", False),
        ("covid19", "1960-01-02", False),
        ("rsv", "1950-01-01", True),
        ("rsv", "1950-01-02", False),
        ("hepatitis_b", "1965-01-02", True),
        ("hepatitis_b", "1965-01-01", False),
    ],
)
def test_ages_are_those_of_the_first_of_january(evaluate, vaccine, born, is_asked):
    result = given(evaluate, vaccine, "", born=born)
    assert (result is not None and result.denominator) is is_asked


def test_the_season_ends_on_the_thirtieth_of_june(evaluate):
    assert given(evaluate, "influenza", "", as_of="2025-03-01").on("last_day") == "2025-06-30"
    assert given(evaluate, "influenza", "", as_of="2025-06-30").last_day is None
    assert given(evaluate, "zoster", "2020-01-01 vaccine 187", as_of="2025-06-30").on("last_day") == "2025-12-31"


def test_hospice_death_and_cover(evaluate):
    assert given(evaluate, "influenza", "2025-01-01 cover open hospice").exclusion == "hospice"
    assert given(evaluate, "influenza", "2025-08-01 died").not_in_denominator == "died"
    assert given(evaluate, "influenza", "2025-02-16 cover open").not_in_denominator == "no_full_coverage"
    assert given(evaluate, "influenza", "2020-01-01 cover 2024-12-31") is None
