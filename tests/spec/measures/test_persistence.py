"""Staying on a new treatment: antidepressants for twelve weeks and six months, medicines for opioid use disorder."""

from datetime import date, timedelta

import pytest

pytestmark = pytest.mark.django_db

BEGIN = """
    1980-05-05  born
    2025-02-10  dx    F322  carrier
    2025-02-01  fill  30  sertraline
"""


def of(result):
    return result.denominator, result.numerator, result.value_milli // 1000, result.second_milli // 1000


def test_eighty_four_of_a_hundred_and_fifteen_days(evaluate):
    table = BEGIN + "2025-03-03 fill 30 sertraline\n 2025-04-12 fill 24 sertraline"
    result = evaluate("antidepressant_acute", table)
    assert of(result) == (True, True, 84, 21)
    assert [(fill["covers_from"], fill["covers_to"]) for fill in result.evidence["fills"]][0] == (
        "2025-02-01",
        "2025-03-02",
    )
    assert [(gap["from"], gap["days"]) for gap in result.evidence["gaps"]] == [("2025-04-02", 10), ("2025-05-06", 21)]
    assert of(evaluate("antidepressant_acute", table.replace("fill 24", "fill 23"))) == (True, False, 83, 22)
    assert evaluate("antidepressant_continuation", table).numerator is False


def test_an_early_refill_is_carried_over(evaluate):
    table = BEGIN + "2025-02-21 fill 30 sertraline\n 2025-03-23 fill 24 sertraline"
    assert of(evaluate("antidepressant_acute", table)) == (True, True, 84, 31)


def test_a_change_of_antidepressant_is_the_same_treatment(evaluate):
    table = BEGIN + "2025-03-03 fill 30 citalopram\n 2025-04-02 fill 30 citalopram"
    assert of(evaluate("antidepressant_acute", table)) == (True, True, 90, 25)


def test_the_last_day_to_fill(evaluate):
    """Thirty-one days may be missed: supply ends on 2 March, so a fill on 3 April keeps it in reach."""
    result = evaluate("antidepressant_acute", BEGIN, as_of="2025-03-01")
    assert (result.numerator, result.on("last_day"), result.on("period_end_day")) == (False, "2025-04-03", "2025-05-26")
    assert evaluate("antidepressant_acute", BEGIN, as_of="2025-04-02").on("last_day") == "2025-04-03"
    assert evaluate("antidepressant_acute", BEGIN, as_of="2025-04-03").last_day is None


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (BEGIN.replace("dx    F322", "dx    I10"), "no_diagnosis"),
        (BEGIN.replace("2025-02-10", "2024-12-03"), ""),  # sixty days before
        (BEGIN.replace("2025-02-10", "2024-12-02"), "no_diagnosis"),
        (BEGIN + "2024-12-03 cover open", ""),  # from 105 days before on, 19 October, 45 of them without cover
        (BEGIN + "2024-12-04 cover open", "no_cover_follow_up"),
        (BEGIN + "2024-10-19 cover 2025-08-06", ""),  # 231 days after the first fill is 20 September
        (BEGIN + "2024-10-19 cover 2025-08-05", "no_cover_follow_up"),
        (BEGIN + "2024-10-19 cover 2025-03-01\n 2025-03-20 cover open", ""),
        (BEGIN + "2024-10-20 cover 2025-03-01\n 2025-03-20 cover open", "no_cover_follow_up"),  # two gaps
        (
            BEGIN + "2024-01-01 cover 2025-01-31\n 2025-02-02 cover open",
            "no_cover_follow_up",
        ),  # not on the day of the fill
        (BEGIN + "2025-12-31 died", "died"),
        (BEGIN + "2026-01-01 died", ""),
        (BEGIN + "2007-01-02 born", "under_age"),
        (BEGIN + "2025-03-15 died", "died"),
    ],
)
def test_who_is_asked_about(evaluate, table, why):
    assert evaluate("antidepressant_acute", table).not_in_denominator == why


def test_both_phases_are_about_the_same_people(evaluate):
    """Who leaves between the twelve weeks and the six months is in neither."""
    for code in ("antidepressant_acute", "antidepressant_continuation"):
        result = evaluate(code, BEGIN + "2024-01-01 cover 2025-06-01")
        assert result.not_in_denominator == "no_cover_follow_up"


@pytest.mark.parametrize(("before", "is_new"), [("2024-02-17", False), ("2024-02-16", True)])
def test_new_is_a_hundred_and_five_days_without_a_fill(evaluate, before, is_new):
    table = f"{before} fill 30 citalopram\n 2024-06-01 fill 30 sertraline"
    assert (evaluate("antidepressant_acute", table) is not None) == is_new


def test_the_first_fill_of_the_intake_decides(evaluate):
    """A fill on 1 May that is not new leaves nobody, though a later one would be."""
    table = "2024-04-01 fill 30 sertraline\n 2024-05-01 fill 30 sertraline\n"
    assert evaluate("antidepressant_acute", table + BEGIN) is None


@pytest.mark.parametrize(
    ("first", "is_in"), [("2024-05-01", True), ("2024-04-30", False), ("2025-04-30", True), ("2025-05-01", False)]
)
def test_the_intake_goes_from_may_to_april(evaluate, first, is_in):
    assert (evaluate("antidepressant_acute", f"{first} fill 30 sertraline") is not None) == is_in


OUD = """
    1980-05-05  born
    2025-02-10  dx    F1120  carrier
    2025-02-01  fill  60  buprenorphine/naloxone
"""


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("2025-04-02", (True, True, 180, 0)),
        ("2025-04-09", (True, True, 173, 7)),  # seven days without
        ("2025-04-10", (True, False, 172, 8)),
    ],
)
def test_six_months_without_a_gap_of_eight_days(evaluate, second, found):
    assert of(evaluate("pod", OUD + f"{second} fill 150 buprenorphine/naloxone")) == found


@pytest.mark.parametrize(
    ("coded", "why"),
    [("2025-01-01", ""), ("2024-12-31", "no_diagnosis"), ("2025-12-29", ""), ("2025-12-30", "no_diagnosis")],
)
def test_the_diagnosis_lies_within_half_a_year(evaluate, coded, why):
    """As far back as the year before is read for a treatment that began on the first day of the intake."""
    table = f"1980-05-05 born\n 2025-07-01 fill 60 buprenorphine/naloxone\n {coded} dx F1120 carrier"
    assert evaluate("pod", table, year=2026).not_in_denominator == why


@pytest.mark.parametrize(("died", "why"), [("2025-04-01", "died"), ("2025-12-31", "died"), ("2026-01-01", "")])
def test_nobody_stays_on_it_who_died(evaluate, died, why):
    result = evaluate("pod", OUD + f"2025-04-02 fill 150 buprenorphine/naloxone\n {died} died")
    assert (result.not_in_denominator, result.denominator, result.numerator) == (why, not why, not why)


def test_it_is_met_at_the_end_and_not_before(evaluate):
    table = OUD + "2025-04-02 fill 150 buprenorphine/naloxone"
    assert evaluate("pod", table, as_of="2025-07-29").numerator is False
    assert evaluate("pod", table, as_of="2025-07-30").numerator is True
    assert evaluate("pod", OUD, as_of="2025-04-01").on("last_day") == "2025-04-09"


def test_a_supply_that_reaches_into_the_month_before_is_not_a_new_treatment(evaluate):
    assert evaluate("pod", OUD + "2024-11-15 fill 60 naltrexone").on("index_day") != "2025-02-01"
    assert evaluate("pod", OUD + "2024-06-15 fill 14 naltrexone").on("index_day") == "2025-02-01"


GIVEN = OUD.replace("fill  60  buprenorphine/naloxone", "service  {}  outpatient")


def weeks(code, first, count):
    """So many lines of a service, a week apart."""
    days = (date.fromisoformat(first) + timedelta(days=7 * week) for week in range(count))
    return "".join(f"{day} service {code} outpatient\n" for day in days)


@pytest.mark.parametrize(
    ("first", "rest", "found"),
    [
        ("G2067", weeks("G2067", "2025-02-08", 25), (True, True, 180, 0)),  # a bundle of methadone each week
        ("G2067", weeks("G2067", "2025-02-08", 23), (True, False, 168, 12)),
        ("G2067", weeks("G2067", "2025-02-15", 24), (True, True, 173, 7)),  # one week without
        (
            "G2067",
            "2025-02-01 service G2078 outpatient\n" + weeks("G2067", "2025-02-15", 24),
            (True, True, 180, 0),
        ),  # take-home
        ("J0570", "", (True, True, 180, 0)),  # an implant
        ("J2315", "2025-03-04 service J2315 outpatient", (True, False, 62, 118)),
        ("Q9991", "2025-02-01 service Q9991 carrier", (True, False, 31, 149)),  # one dose, billed twice
    ],
)
def test_a_dose_given_as_a_service_lasts_as_long_as_its_list_says(evaluate, first, rest, found):
    assert of(evaluate("pod", GIVEN.format(first) + rest)) == found


def test_a_dose_and_a_fill_do_not_move_each_other(evaluate):
    """The injection of 1 March lasts to 31 March whatever is at home, and the evidence shows it."""
    result = evaluate("pod", OUD + "2025-03-01 service Q9991 outpatient", as_of="2025-05-31")
    assert of(result) == (True, False, 60, 60)
    assert [(dose["covers_from"], dose["covers_to"]) for dose in result.evidence["doses"]] == [
        ("2025-03-01", "2025-03-31")
    ]
    assert [claim["code"] for claim in result.evidence["claims"] if claim["day"] == "2025-03-01"] == ["Q9991"]


def test_a_dose_in_the_month_before_is_not_a_new_treatment(evaluate):
    assert evaluate("pod", OUD + "2025-01-20 service H0020 outpatient").on("index_day") == "2025-01-20"
    assert evaluate("pod", OUD + "2024-06-15 service J2315 outpatient").on("index_day") == "2025-02-01"


@pytest.mark.parametrize(
    ("code", "table"), [("antidepressant_acute", BEGIN), ("antidepressant_continuation", BEGIN), ("pod", OUD)]
)
def test_hospice_services_take_out(evaluate, code, table):
    assert evaluate(code, table + "2025-03-03 service G9473 carrier").exclusion == "hospice"
