"""Which pharmacy a member uses most, as a table, and against a slow twin."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.periods import day_number
from patients.programs.attribution import Attribution, Place, Unattributed, attribute
from tests.oracles.attribution import main_pharmacy
from tests.oracles.histories import enough

ASH, BIRCH, CEDAR = "1000000001", "1000000002", "feed-77"
NAMES = {ASH: "Ash Street Pharmacy", BIRCH: "Birch Road Pharmacy", CEDAR: ""}


def place(key, day, supply=30):
    number = day_number(date.fromisoformat(day)) if isinstance(day, str) else day
    pharmacy_id = {ASH: 1, BIRCH: 2}.get(key)
    return Place(key, pharmacy_id, NAMES.get(key, ""), 1, number, number, supply)


def read(text):
    """'2026-01-05 ash 30' a line."""
    keys = {"ash": ASH, "birch": BIRCH, "feed-77": CEDAR}
    rows = [line.split() for line in text.strip().splitlines()]
    return [place(keys[name], day, int(supply)) for day, name, supply in rows]


CASES = [
    ("most fills win, though the others are newer", ASH, """
        2026-01-05 ash 30
        2026-02-05 ash 30
        2026-03-05 birch 90"""),
    ("a tie goes to the most recent fill", BIRCH, """
        2026-01-05 ash 90
        2026-03-05 ash 90
        2026-01-07 birch 30
        2026-03-07 birch 30"""),
    ("then to the most days supply", ASH, """
        2026-01-05 ash 90
        2026-03-07 ash 30
        2026-01-07 birch 30
        2026-03-07 birch 30"""),
    ("then to the lowest NPI", ASH, """
        2026-01-05 birch 30
        2026-03-07 birch 30
        2026-01-07 ash 30
        2026-03-07 ash 30"""),
    ("a pharmacy that nobody knows counts like all others", CEDAR, """
        2026-01-05 feed-77 30
        2026-02-05 feed-77 30
        2026-03-05 feed-77 30
        2026-01-07 ash 30
        2026-03-07 ash 30"""),
    ("one fill is not enough", None, "2026-01-05 ash 90"),
    ("one fill here and one there are not enough either", None, """
        2026-01-05 ash 90
        2026-02-05 birch 90"""),
]  # fmt: skip


@pytest.mark.parametrize("title, winner, fills", CASES, ids=[case[0] for case in CASES])
def test_the_rule(title, winner, fills):
    found = attribute(read(fills), least_fills=2)
    assert (found.place.key if isinstance(found, Attribution) else None) == winner


def test_the_sentence_that_a_pharmacist_reads():
    fills = [place(ASH, f"2026-0{month}-02") for month in range(1, 6)] + [place(BIRCH, f"2026-1{m}-20") for m in (0, 1)]
    found = attribute(fills, least_fills=2)
    assert found.sentence == "5 of 7 retail fills between 2 Jan and 20 Nov 2026 were at Ash Street Pharmacy."
    assert [(p["name"], p["fills"]) for p in found.data["pharmacies"]] == [
        ("Ash Street Pharmacy", 5),
        ("Birch Road Pharmacy", 2),
    ]
    assert found.data["tie_broken_by"] == ""


def test_a_tie_says_what_decided():
    found = attribute(read(CASES[1][2]), least_fills=2)
    assert found.data["tie_broken_by"] == "most recent fill"
    assert found.sentence.endswith("Birch Road Pharmacy (as many as elsewhere; the most recent fill decided).")


def test_years_are_named_when_they_differ_and_one_day_is_one_day():
    apart = attribute([place(ASH, "2025-12-30"), place(ASH, "2026-01-29")], least_fills=2)
    assert "between 30 Dec 2025 and 29 Jan 2026" in apart.sentence
    same = attribute([place(ASH, "2026-01-29"), place(ASH, "2026-01-29")], least_fills=2)
    assert same.sentence == "2 of 2 retail fills on 29 Jan 2026 were at Ash Street Pharmacy."


def test_nobody_is_attributed_without_fills():
    assert attribute([], least_fills=2) == Unattributed(
        "No retail fill in the look-back.", {"pharmacies": [], "least_fills": 2, "tie_broken_by": ""}
    )


FILLS = st.lists(
    st.tuples(st.sampled_from([ASH, BIRCH, CEDAR, "9"]), st.integers(20_000, 20_006), st.sampled_from([30, 90])),
    max_size=9,
)


@enough(members=1)
@given(FILLS, st.integers(1, 3), st.randoms(use_true_random=False))
def test_it_agrees_with_the_slow_twin_in_any_order(fills, least, random: Random):
    shuffled = random.sample(fills, len(fills))
    found = attribute([place(*one) for one in shuffled], least_fills=least)
    assert (found.place.key if isinstance(found, Attribution) else None) == main_pharmacy(fills, least)
