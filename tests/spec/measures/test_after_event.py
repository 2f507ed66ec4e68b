"""A controller within thirty days after asthma or COPD was treated in hospital or emergency."""

import pytest

pytestmark = pytest.mark.django_db
ATTACK = "1990-05-05 born\n 2025-03-01 dx J4550 outpatient first\n 2025-03-01 service 99283 outpatient\n"


@pytest.mark.parametrize(
    ("fill", "has"),
    [
        ("", False),
        ("2025-03-31 fill 30 fluticasone_inhaler", True),  # thirty days after
        ("2025-04-01 fill 30 fluticasone_inhaler", False),
        ("2025-01-30 fill 30 fluticasone_inhaler", False),  # ended the day before
        ("2025-01-31 fill 30 fluticasone_inhaler", True),  # lasts to the day of the attack
        ("2024-12-15 fill 90 montelukast", True),
        ("2025-03-02 fill 30 albuterol_inhaler", False),
    ],
)
def test_at_hand_or_within_thirty_days(evaluate, fill, has):
    result = evaluate("asthma_controller_after", ATTACK + fill)
    assert (result.denominator, result.numerator) == (True, has)
    assert len([claim for claim in result.evidence["claims"] if claim["role"] == "meets"]) == int(has)


def test_the_last_day_to_fill(evaluate):
    assert evaluate("asthma_controller_after", ATTACK, as_of="2025-03-10").on("last_day") == "2025-03-31"
    assert evaluate("asthma_controller_after", ATTACK, as_of="2025-03-31").last_day is None


def test_the_newest_attack_counts(evaluate):
    table = ATTACK + "2025-03-02 fill 30 fluticasone_inhaler\n 2025-09-01 dx J4550 inpatient first"
    result = evaluate("asthma_controller_after", table)
    assert (result.on("index_day"), result.fills, result.numerator) == ("2025-09-01", 2, False)


@pytest.mark.parametrize(
    ("day", "year", "as_of", "is_asked"),
    [
        ("2025-12-01", 2025, "2025-12-31", True),  # the thirty days end with the year
        ("2025-12-02", 2025, "2025-12-31", False),
        ("2025-12-02", 2025, "2025-12-30", True),  # while the year goes on
        ("2025-12-02", 2026, "2026-01-01", True),
        ("2025-12-01", 2026, "2026-01-01", False),
    ],
)
def test_each_attack_is_followed_in_one_year(evaluate, day, year, as_of, is_asked):
    attack = f"1990-05-05 born\n {day} dx J4550 inpatient first"
    assert (evaluate("asthma_controller_after", attack, year=year, as_of=as_of) is not None) == is_asked


def test_a_fill_in_january_follows_an_attack_in_december(evaluate):
    attack = "1990-05-05 born\n 2025-12-20 dx J4550 inpatient first\n 2026-01-10 fill 30 fluticasone_inhaler"
    assert evaluate("asthma_controller_after", attack, year=2026).numerator
    assert evaluate("asthma_controller_after", attack, as_of="2025-12-28").on("last_day") == "2026-01-19"


@pytest.mark.parametrize("dx", ["J4550 outpatient", "J4550 carrier first", "I10 inpatient first"])
def test_what_is_not_an_attack(evaluate, dx):
    assert evaluate("asthma_controller_after", f"1990-05-05 born\n 2025-03-01 dx {dx}") is None


def test_copd(evaluate):
    attack = "1950-05-05 born\n 2025-03-01 dx J449 inpatient first\n"
    assert not evaluate("copd_controller_after", attack + "2025-03-05 fill 30 albuterol_inhaler").numerator
    assert evaluate("copd_controller_after", attack + "2025-03-05 fill 30 tiotropium_inhaler").numerator
    assert (
        evaluate("copd_controller_after", attack + "2025-01-01 cover 2025-03-15").not_in_denominator
        == "no_cover_follow_up"
    )
