"""Opioids from four or more prescribers and four or more pharmacies within 180 days."""

import pytest

pytestmark = pytest.mark.django_db

FOUR = """
    2025-01-10  fill  30  oxycodone  at P1 by D1
    2025-03-01  fill  30  oxycodone  at P2 by D2
    2025-05-01  fill  30  morphine   at P3 by D3
    2025-07-08  fill  30  morphine   at P4 by D4
"""


def hands(result):
    return result.numerator, result.value_milli // 1000, result.second_milli // 1000


def test_four_of_each_in_a_hundred_and_eighty_days(evaluate):
    """10 January to 8 July are 180 days, both counted."""
    result = evaluate("omp", FOUR)
    assert (result.denominator, hands(result)) == (True, (True, 4, 4))
    window = result.evidence["window"]
    assert (window["from"], window["to"]) == ("2025-01-10", "2025-07-08")
    assert (window["prescribers"], window["pharmacies"]) == (["D1", "D2", "D3", "D4"], ["P1", "P2", "P3", "P4"])


def test_a_day_later_it_is_three(evaluate):
    assert hands(evaluate("omp", FOUR.replace("2025-07-08", "2025-07-09"))) == (False, 3, 3)


@pytest.mark.parametrize(
    ("last", "found"),
    [("at P3 by D4", (False, 4, 3)), ("at P4 by D3", (False, 3, 4)), ("at P4 by D5", (True, 4, 4))],
)
def test_both_limits_count(evaluate, last, found):
    assert hands(evaluate("omp", FOUR.replace("at P4 by D4", last))) == found


def test_the_window_slides(evaluate):
    """A fill long before does not hide the window that counts."""
    early = "2025-01-01 fill 30 oxycodone at P9 by D9\n"
    later = (
        FOUR.replace("2025-01-10", "2025-04-10").replace("2025-03-01", "2025-06-01").replace("2025-05-01", "2025-08-01")
    )
    assert hands(evaluate("omp", early + later.replace("2025-07-08", "2025-09-08"))) == (True, 4, 4)


def test_who_is_asked_about(evaluate):
    short = "\n".join(
        line.replace("2025-03", "2025-01").replace("2025-05", "2025-02") for line in FOUR.strip().splitlines()[:3]
    )
    assert evaluate("omp", short).not_in_denominator == "short_episode"
    assert evaluate("omp", FOUR + "2025-02-02 dx D5700 carrier").exclusion == "sickle_cell"
    assert evaluate("omp", FOUR + "2025-02-02 dx Z515 carrier").denominator
