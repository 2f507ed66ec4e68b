"""Statins kept up in cardiovascular disease: the days covered of those who meet the first rate."""

import pytest

from patients.measures import definitions

pytestmark = pytest.mark.django_db
DISEASE = "1960-05-05 born\n 2024-03-01 dx I2510 carrier\n 2025-02-01 dx I2510 carrier\n"
YEAR = "2025-01-01 fill 90 atorvastatin_40\n 2025-04-01 fill 90 atorvastatin_40\n 2025-06-30 fill 90 atorvastatin_40\n"


def counts(result):
    return result.denominator, result.numerator, result.of


@pytest.mark.parametrize(
    ("fills", "found"),
    [
        (YEAR + "2025-09-28 fill 22 atorvastatin_40", (True, True, (292, 365))),  # 80% of 365 is 292
        (YEAR + "2025-09-28 fill 21 atorvastatin_40", (True, False, (291, 365))),
        ("2025-12-31 fill 30 atorvastatin_40", (True, True, (1, 1))),  # one fill, on the last day
        ("2025-12-02 fill 24 atorvastatin_40", (True, True, (24, 30))),
        ("2025-12-02 fill 23 atorvastatin_40", (True, False, (23, 30))),
        ("2025-12-02 fill 12 atorvastatin_40\n 2025-12-02 fill 12 atorvastatin_40", (True, True, (24, 30))),
        (
            "2025-12-02 fill 23 atorvastatin_40\n 2025-12-10 fill 5 rosuvastatin_20",
            (True, False, (23, 30)),
        ),  # never moved
        (
            "2025-12-02 fill 23 atorvastatin_40\n 2025-12-26 fill 30 atorvastatin",
            (True, False, (23, 30)),
        ),  # of low intensity
        ("2025-12-02 stay 2025-12-30 inpatient\n 2025-12-02 fill 23 atorvastatin_40", (True, False, (23, 30))),
    ],
)
def test_eighty_of_a_hundred_days_from_the_first_fill_on(evaluate, fills, found):
    assert counts(evaluate("spc_adherence", DISEASE + fills)) == found


@pytest.mark.parametrize(
    ("supply", "last_day", "is_open"),
    [
        (214, "2025-12-31", True),  # from 1 May to 30 November; of 306 days 61 may be missed, and 31 were
        (215, "2026-01-01", False),  # whoever fills nothing more has missed 61
    ],
)
def test_a_supply_that_lasts_long_enough_leaves_no_gap_to_close(evaluate, supply, last_day, is_open):
    fills = f"2025-03-01 fill 30 atorvastatin_40\n 2025-05-01 fill {supply} atorvastatin_40"
    result = evaluate("spc_adherence", DISEASE + fills, as_of="2025-06-01")
    assert (result.of, result.numerator, result.on("last_day")) == ((62, 93), False, last_day)
    assert definitions.find("spc_adherence").is_open(result) is is_open
    done = evaluate("spc_adherence", DISEASE + fills)
    assert (done.numerator, definitions.find("spc_adherence").is_open(done)) == (not is_open, is_open)


@pytest.mark.parametrize("facts", [DISEASE, DISEASE + "2025-02-01 fill 30 atorvastatin", "1960-05-05 born\n" + YEAR])
def test_without_the_disease_or_a_fill_there_is_no_adherence(evaluate, facts):
    assert evaluate("spc_adherence", facts) is None


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ("1986-01-01 born", "under_age"),
        ("2025-08-01 died", "died"),
        ("2024-02-16 cover open", "no_cover_before"),
        ("2024-01-01 cover 2025-06-30\n 2025-08-16 cover open", "no_full_coverage"),
        ("2024-01-01 cover open no_drugs", "no_drug_cover"),
    ],
)
def test_who_is_not_in_the_first_rate_is_not_in_this_one(evaluate, fact, why):
    assert evaluate("spc_adherence", DISEASE + YEAR + fact).not_in_denominator == why


def test_the_exclusions_are_those_of_the_first_rate(evaluate):
    assert evaluate("spc_adherence", DISEASE + YEAR + "2025-02-01 dx M7918 carrier").exclusion == "muscle_pain"


def test_the_last_day_to_fill(evaluate):
    """73 days of 365 may be missed; supply ends on 30 June, so a fill on 12 September keeps it in reach."""
    result = evaluate("spc_adherence", DISEASE + "2025-01-01 fill 181 atorvastatin_40", as_of="2025-07-10")
    assert (result.numerator, result.days_left, result.on("last_day")) == (True, 63, "2025-09-12")


def test_the_evidence_has_the_disease_and_every_fill_with_its_days(evaluate):
    evidence = evaluate(
        "spc_adherence", DISEASE + "2025-12-02 fill 20 atorvastatin_40\n 2025-12-12 fill 20 atorvastatin_40"
    ).evidence
    assert [(claim["role"], claim["day"]) for claim in evidence["claims"]] == [
        ("asks", "2024-03-01"),
        ("asks", "2025-02-01"),
        ("value", "2025-12-02"),
        ("value", "2025-12-12"),
    ]
    assert "covers 2025-12-22 to 2026-01-10" in evidence["claims"][-1]["what"]
