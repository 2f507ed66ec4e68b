"""The yardstick itself: published vectors, the days around every limit, and a second formulation on random lives."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.claims.synthetic import pillbox
from patients.claims.synthetic.pillbox import Fill, Life
from tests.oracles.histories import enough

from .read_back import covered_and_period

# Dates: public worked examples of the PDC family (2018); F and G were made for this project.
# name, fills (date, ingredients, days), in the denominator, covered days, period days (None: not looked at)
VECTORS = [
    ("A", [("01-01", "lisinopril", 90), ("04-01", "losartan", 90)], True, 180, 365),
    ("B", [("01-01", "lisinopril", 90), ("01-01", "losartan", 90)], False, 90, 365),
    ("C", [("03-25", "lisinopril", 90), ("07-05", "lisinopril", 90), ("09-25", "lisinopril", 90)], True, 270, 282),
    (
        "D",
        [("01-01", "lisinopril", 90), ("03-25", "lisinopril", 90), ("07-05", "lisinopril", 90)]
        + [("10-15", "lisinopril", 90)],
        True,
        348,
        365,
    ),
    ("E", [("10-04", "lisinopril", 30), ("11-01", "lisinopril", 30)], False, None, None),
    ("F1", [("10-01", "lisinopril", 30), ("10-31", "lisinopril", 30)], True, 60, 92),
    ("F2", [("10-02", "lisinopril", 30), ("11-01", "lisinopril", 30)], True, 60, 91),
    ("F3", [("10-03", "lisinopril", 30), ("11-02", "lisinopril", 30)], False, None, None),
    (
        "G",
        [("01-01", "metformin", 30), ("01-11", "metformin+sitagliptin", 30), ("02-20", "sitagliptin", 30)],
        True,
        80,
        365,
    ),
]
WHOLE_YEAR = Life(insured=b"\1" * 365, away=bytes(365))


def number(text, year=2018):
    return (date.fromisoformat(f"{year}-{text}") - date(year, 1, 1)).days


def expect(fills, *, life=WHOLE_YEAR, year=2018, today=364):
    made = [Fill(number(at) if isinstance(at, str) else at, tuple(what.split("+")), days) for at, what, days in fills]
    return pillbox.expect(fills=made, life=life, year=year, today=today)


@pytest.mark.parametrize(
    ("name", "fills", "denominator", "covered", "period"), VECTORS, ids=[row[0] for row in VECTORS]
)
def test_worked_example(name, fills, denominator, covered, period):
    result = expect(fills)
    assert result.denominator is denominator
    if covered is not None:
        assert (result.covered_days, result.period_days) == (covered, period)


def test_every_vector_of_the_domain_notes(domain):
    vectors = json.loads((domain / "pdc_test_vectors.json").read_text())["vectors"]
    assert len(vectors) >= 9
    for vector in vectors:
        fills = [(at[5:].replace("/", "-"), what, days) for at, what, days in vector["fills"]]
        result = expect(fills)
        assert result.denominator is vector["eligible"], vector["id"]
        if "covered_days" in vector:
            assert (result.covered_days, result.period_days) == (vector["covered_days"], vector["period_days"])


def test_december_supply_is_not_carried_into_the_year():
    assert (
        expect([(-10, "lisinopril", 90), ("02-01", "lisinopril", 30), ("03-03", "lisinopril", 30)]).period_days == 334
    )


def test_eighty_per_cent_is_not_rounded_up():
    def fills(days):
        return [("01-01", "lisinopril", 100), ("04-11", "lisinopril", days)]

    assert expect(fills(192)).numerator is True  # 292 of 365 = 80%
    assert expect(fills(191)).numerator is False


def test_a_stay_leaves_both_sides_and_stretches_the_supply():
    away = pillbox.calendar(365, [(number("01-11"), number("01-20"))])  # ten nights, home on the 21st
    life = Life(insured=b"\1" * 365, away=away)
    fills = [("01-01", "lisinopril", 30), ("01-15", "lisinopril", 30)]  # the second is dated on a stay day
    result = expect(fills, life=life)
    assert (result.covered_days, result.period_days) == (60, 355)
    later = expect([*fills, ("03-11", "lisinopril", 1)], life=life)  # 10 March is the last covered day: no overlap
    assert later.covered_days == 61


def test_stays_do_not_count_from_2026():
    life = Life(insured=b"\1" * 365, away=pillbox.calendar(365, [(10, 19)]))
    assert expect([(0, "lisinopril", 30), (40, "lisinopril", 30)], life=life, year=2026).period_days == 365


def test_a_stay_that_ends_on_its_first_day_takes_nothing_away():
    assert sum(pillbox.calendar(365, [(100, 99)])) == 0


def test_the_period_ends_with_coverage_and_the_last_day_counts():
    life = Life(insured=pillbox.calendar(365, [(0, 90)]), away=bytes(365))
    fills = [(0, "lisinopril", 90), (80, "lisinopril", 90)]
    assert expect(fills, life=life).period_days == 91
    assert expect(fills, life=life).denominator is True
    shorter = Life(insured=pillbox.calendar(365, [(0, 89), (120, 364)]), away=bytes(365))
    assert expect(fills, life=shorter).reason == "late_first_fill"


def test_a_fill_after_the_period_is_no_second_fill():
    life = Life(insured=pillbox.calendar(365, [(0, 120), (200, 364)]), away=bytes(365))
    assert expect([(0, "lisinopril", 90), (210, "lisinopril", 90)], life=life).reason == "one_fill"


def test_a_fill_without_days_supply_cannot_be_computed():
    result = expect([(0, "lisinopril", 30), (30, "lisinopril", None), (60, "lisinopril", 30)])
    assert (result.not_computed, result.denominator, result.covered_days) == ("no_days_supply", False, None)


def test_to_date_counts_to_the_day_but_judges_the_whole_period():
    result = expect([(200, "lisinopril", 30), (230, "lisinopril", 30)], today=239)
    assert (result.denominator, result.covered_days, result.period_days) == (True, 40, 40)
    assert expect([(280, "lisinopril", 30), (290, "lisinopril", 30)], today=300).reason == "late_first_fill"


def test_the_first_exclusion_is_named_and_leaves_the_denominator():
    life = Life(insured=b"\1" * 365, away=bytes(365), exclusions=("hospice", "insulin"))
    result = expect([(0, "metformin", 90), (90, "metformin", 90)], life=life)
    assert (result.exclusion, result.denominator, result.numerator) == ("hospice", False, False)


def test_nobody_under_eighteen():
    life = Life(insured=b"\1" * 365, away=bytes(365), age=17)
    assert expect([(0, "metformin", 90), (90, "metformin", 90)], life=life).reason == "under_age"


FILLS = st.lists(
    st.tuples(
        st.integers(0, 364),
        st.sampled_from([("a",), ("b",), ("a", "b"), ("c",)]),
        st.sampled_from([1, 7, 30, 90, 100]),
    ),
    min_size=1,
    max_size=14,
)
STAYS = st.lists(st.tuples(st.integers(0, 364), st.integers(0, 30)), max_size=4)


@enough(members=1)
@given(fills=FILLS, stays=STAYS, length=st.integers(0, 200))
def test_a_second_formulation_agrees_on_random_lives(fills, stays, length):
    first = min(fill[0] for fill in fills)
    last = max(364 - length, max(fill[0] for fill in fills))
    away = pillbox.calendar(365, [(admitted, admitted + nights - 1) for admitted, nights in stays])
    new_year = date(2025, 1, 1)

    def at(day):
        return new_year + timedelta(days=day)

    told = [(at(day), ingredients, days) for day, ingredients, days in fills]
    nights = {at(day) for day, out in enumerate(away) if out}
    assert pillbox.doses([Fill(*fill) for fill in fills], first, last, away) == covered_and_period(
        told, at(first), at(last), nights
    )
