"""Up to 2025 the days of hospital and nursing stays leave the period and supply waits; from 2026 nothing does."""

import pytest

pytestmark = pytest.mark.django_db

STAY = """
    {year}-01-01  fill  30  lisinopril
    {year}-02-10  fill  30  lisinopril
    {year}-01-11  stay  {year}-01-21  {kind}
"""


@pytest.mark.parametrize(
    ("year", "kind", "covered", "period"),
    [
        (2025, "inpatient", 60, 355),
        (2025, "snf", 60, 355),
        (2025, "hospice_house", 60, 365),
        (2026, "inpatient", 60, 365),
    ],
)
def test_stay_days_leave_numerator_and_denominator(evaluate, year, kind, covered, period):
    result = evaluate("pdc_rasa", STAY.format(year=year, kind=kind), year=year)
    assert result.of == (covered, period)


def test_supply_is_used_after_discharge(evaluate):
    result = evaluate("pdc_rasa", STAY.format(year=2025, kind="inpatient"))
    # Ten days of the first fill are left at admission's end: 1-10 January, 21 January-9 February; then the second fill.
    assert result.supplies() == ["lisinopril 2025-01-01..2025-02-09", "lisinopril 2025-02-10..2025-03-11"]
    assert result.runs() == [
        "covered 2025-01-01..2025-01-10",
        "stay 2025-01-11..2025-01-20",
        "covered 2025-01-21..2025-01-30",
        "carried 2025-01-31..2025-02-09",
        "covered 2025-02-10..2025-03-11",
        "gap 2025-03-12..2025-12-31",
    ]


@pytest.mark.parametrize(
    ("admitted", "supply_ends"),
    [("2025-01-30", "2025-02-04"), ("2025-01-31", "2025-01-30"), ("2025-02-03", "2025-01-30")],
)
def test_a_stay_moves_supply_only_when_it_begins_before_the_supply_ends(evaluate, admitted, supply_ends):
    result = evaluate("pdc_rasa", f"2025-01-01 fill 30 lisinopril\n {admitted} stay 2025-02-04 inpatient")
    assert result.on("supply_ends_day") == supply_ends


def test_a_fill_on_a_stay_day_starts_on_the_first_day_after(evaluate):
    result = evaluate(
        "pdc_rasa",
        """
        2025-01-01  fill  10  lisinopril
        2025-02-05  fill  30  losartan
        2025-02-01  stay  2025-02-08  inpatient
        """,
    )
    assert result.supplies()[1] == "losartan 2025-02-08..2025-03-09"


def test_stays_that_overlap_or_touch_are_counted_once_and_one_day_visits_not_at_all(evaluate):
    result = evaluate(
        "pdc_rasa",
        """
        2025-01-01  fill  90  lisinopril
        2025-04-01  fill  90  lisinopril
        2025-02-01  stay  2025-02-05  inpatient
        2025-02-03  stay  2025-02-08  inpatient
        2025-02-08  stay  2025-02-11  snf
        2025-03-01  stay  2025-03-01  inpatient
        2024-12-01  stay  2025-01-03  snf
        """,
    )
    assert result.stay_days == 10 + 2
    assert result.of == (180, 353)


def test_a_whole_period_in_a_facility_measures_nothing(evaluate):
    table = """
        2025-03-01  fill  30  lisinopril
        2025-04-01  fill  30  lisinopril
        2025-02-01  stay  2026-01-15  snf
    """
    result = evaluate("pdc_rasa", table)
    assert (result.of, result.denominator, result.numerator) == ((0, 0), False, False)
    assert result.not_in_denominator == "all_stay"
    middle = evaluate("pdc_rasa", table, as_of="2025-06-30")
    assert (middle.of, middle.denominator, middle.numerator) == ((0, 0), True, False)
