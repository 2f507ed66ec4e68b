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
