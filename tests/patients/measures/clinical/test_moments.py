"""Times of FHIR: what is certain by day, whatever is left out of them."""

from datetime import date, timedelta
from itertools import combinations_with_replacement, product

import pytest

from patients.measures.clinical import moments
from patients.measures.clinical.moments import NotATime, at, between, days, moment

YEAR = days(date(2026, 1, 1), date(2026, 12, 31))


def span(text):
    first, _, last = text.partition("..")
    return between(first and moment(first), last and moment(last)) if ".." in text else at(moment(first))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-03-01", "2026-03-01", "2026-03-01"),
        ("2026-12-31T23:59:59.999Z", "2026-12-31", "2026-12-31"),
        ("2026-12-31T23:30:00-05:00", "2027-01-01", "2027-01-01"),  # in UTC
        ("2027-01-01T01:00:00+02:00", "2026-12-31", "2026-12-31"),
    ],
)
def test_a_time_is_kept_as_its_first_and_last_instant(text, low, high):
    found = moment(text)
    assert (found.low.date().isoformat(), found.high.date().isoformat()) == (low, high)


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2026-02-30", "26-01-01", "2026-01-01T25:00:00Z", "2026-01-01 10:00", "0001-01-01T00:00:00+99:00"],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(NotATime):
        moment(text)


@pytest.mark.parametrize(
    ("told", "overlaps", "during", "starts_by"),
    [
        ("2026-01-01", True, True, True),
        ("2025-12-31", False, False, True),
        ("2027-01-01", False, False, False),
        ("2025-12-31..2026-01-01", True, False, True),
        ("2026-12-31..2027-01-01", True, False, True),
        ("2026-06-01..", True, False, True),
        ("..2026-06-01", True, False, True),  # nobody knows when it began
        ("..2027-06-01", False, False, False),
        ("2026", True, True, True),
        ("2025-07..2025-12", False, False, True),
    ],
)
def test_questions_asked_of_a_year(told, overlaps, during, starts_by):
    one = span(told)
    answers = moments.overlaps(one, YEAR), moments.during(one, YEAR), moments.starts_by(one, YEAR)
    assert answers == (overlaps, during, starts_by)


@pytest.mark.parametrize(
    ("told", "overlaps"),
    [
        ("2026-03-01T10:00:00Z..", True),
        ("2026-03-01T10:00:01Z..", False),
        ("2026-03-01..", False),  # nobody knows
        ("..2025-01-01", True),
        ("2020-01-01..2025-01-01", True),
        ("2020-01-01..2024-12-31T23:59:59Z", False),
    ],
)
def test_overlap_by_the_instant(told, overlaps):
    window = span("2025-01-01T00:00:00Z..2026-03-01T10:00:00Z")
    assert moments.overlaps_instants(span(told), window) is overlaps
    assert moments.overlaps_instants(span("2026-03-01.."), span("2025-01-01..2026-03-01"))  # told alike


def test_a_missing_time_is_never_in_a_window():
    for question in (
        moments.overlaps,
        moments.overlaps_instants,
        moments.during,
        moments.starts_by,
        moments.starts_during,
        moments.ends_during,
    ):
        assert not question(None, YEAR)


SIX_DAYS = [date(2025, 12, 29) + timedelta(days=number) for number in range(6)]


def test_overlap_is_a_shared_day_for_all_spans_around_new_year():
    spans = list(combinations_with_replacement(SIX_DAYS, 2))
    for (a, b), (c, d) in product(spans, spans):
        shared = any(a <= day <= b and c <= day <= d for day in SIX_DAYS)
        assert moments.overlaps(days(a, b), days(c, d)) is shared
        assert moments.during(days(a, b), days(c, d)) is (c <= a and b <= d)


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [("2008-02-29", "2026-02-28", 17), ("2008-02-29", "2026-03-01", 18), ("1960-12-31", "2026-12-31", 66)],
)
def test_ages(born, day, years):
    assert moments.years_between(date.fromisoformat(born), date.fromisoformat(day)) == years


def test_months_end_with_their_month():
    assert moments.months_later(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert moments.months_later(date(2026, 1, 1), -6) == date(2025, 7, 1)
