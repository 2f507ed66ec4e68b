"""Control of blood sugar: who is asked about, which result counts, and what takes somebody out."""

import pytest

pytestmark = pytest.mark.django_db

DIABETES = """
    1960-05-05  born
    2024-03-01  dx  E119  carrier
    2025-02-01  dx  E1165 outpatient
"""


@pytest.mark.parametrize(
    ("facts", "below_8", "above_9"),
    [
        ("", False, True),
        ("2025-06-01 lab 4548-4 7.9 %", True, False),
        ("2025-06-01 lab 4548-4 8.0 %", False, False),
        ("2025-06-01 lab 4548-4 9.0 %", False, False),
        ("2025-06-01 lab 4548-4 9.1 %", False, True),
        ("2025-06-01 lab 4548-4 >14", False, True),
        ("2025-06-01 lab 4548-4 <4.0", True, False),
        ("2025-06-01 lab 4548-4 pending", False, True),
        ("2025-06-01 lab 4548-4 0.075", False, True),
        ("2025-06-01 lab 97506-0 6.8 %", True, False),
        ("2025-06-01 lab 59261-8 63 mmol/mol", True, False),
        ("2025-06-01 lab 59261-8 64 mmol/mol", False, False),
        ("2025-06-01 lab 59261-8 75 mmol/mol", False, False),
        ("2025-06-01 lab 59261-8 76 mmol/mol", False, True),
        ("2025-06-01 lab 4548-4 53 mmol/mol", True, False),
        ("2025-06-01 service 3044F carrier", True, False),
        ("2025-06-01 service 3051F carrier", True, False),
        ("2025-06-01 service 3052F carrier", False, False),
        ("2025-06-01 service 3046F carrier", False, True),
        ("2025-06-01 service 83036 carrier", False, True),
        ("2024-12-31 lab 4548-4 6.5 %", False, True),
    ],
)
def test_the_result_of_the_year(evaluate, facts, below_8, above_9):
    table = DIABETES + facts
    control, poor = evaluate("gsd_control", table), evaluate("gsd_poor_control", table)
    assert (control.denominator, control.numerator) == (True, below_8)
    assert (poor.denominator, poor.numerator) == (True, above_9)


def test_the_last_counts_and_of_one_day_the_lowest(evaluate):
    two = DIABETES + "2025-03-01 lab 4548-4 6.5 %\n 2025-09-01 lab 4548-4 8.8 %\n"
    late = evaluate("gsd_control", two)
    assert (late.numerator, late.value_milli, late.on("value_day")) == (False, 8800, "2025-09-01")
    same_day = evaluate("gsd_control", two + "2025-09-01 lab 17856-6 7.4 %")
    assert (same_day.numerator, same_day.value_milli) == (True, 7400)


def test_a_later_test_without_a_result_counts_as_none(evaluate):
    table = DIABETES + "2025-03-01 lab 4548-4 6.5 %\n 2025-09-01 service 83036 carrier"
    assert evaluate("gsd_poor_control", table).numerator
    assert not evaluate("gsd_control", table).numerator


@pytest.mark.parametrize(("billed", "numerator"), [("2025-03-08", True), ("2025-03-09", False)])
def test_the_bill_of_a_test_may_come_seven_days_after_the_blood_draw(evaluate, billed, numerator):
    table = DIABETES + f"2025-03-01 lab 4548-4 6.5 %\n {billed} service 83036 carrier"
    assert evaluate("gsd_control", table).numerator is numerator


@pytest.mark.parametrize(
    ("facts", "is_asked"),
    [
        ("2024-01-01 dx E119 carrier\n 2025-12-31 dx E119 carrier", True),
        ("2023-12-31 dx E119 carrier\n 2025-12-31 dx E119 carrier", False),
        ("2025-03-01 dx E119 carrier\n 2025-03-01 dx E1165 outpatient", False),
        ("2025-03-01 dx E119 carrier\n 2025-04-01 dx E119 dme", False),
        ("2025-03-01 dx E119 carrier\n 2024-02-01 fill 30 metformin", True),
        ("2025-03-01 dx E119 carrier\n 2025-02-01 fill 30 insulin_glargine", True),
        ("2025-03-01 fill 30 metformin\n 2025-04-01 fill 30 metformin", False),
        ("2025-03-01 dx R7303 carrier\n 2025-04-01 dx R7303 carrier", False),
    ],
)
def test_who_has_diabetes(evaluate, facts, is_asked):
    result = evaluate("gsd_control", "1960-05-05 born\n" + facts)
    assert (result is not None and result.denominator) is is_asked


@pytest.mark.parametrize(
    ("born", "why"),
    [("2007-12-31", ""), ("2008-01-01", "under_age"), ("1950-01-01", ""), ("1949-12-31", "over_age")],
)
def test_eighteen_to_seventy_five_on_the_thirty_first_of_december(evaluate, born, why):
    assert evaluate("gsd_control", DIABETES + f"{born} born").not_in_denominator == why


@pytest.mark.parametrize(
    ("cover", "why"),
    [
        ("2025-01-01 cover 2025-12-31", ""),
        ("2025-02-15 cover open", ""),
        ("2025-02-16 cover open", "no_full_coverage"),
        ("2025-01-01 cover 2025-06-30\n 2025-08-15 cover open", ""),
        ("2025-01-01 cover 2025-06-30\n 2025-08-16 cover open", "no_full_coverage"),
        ("2025-01-01 cover 2025-12-30", "no_full_coverage"),
        ("2025-01-10 cover 2025-06-30\n 2025-07-10 cover open", "no_full_coverage"),
        ("2025-01-01 cover 2025-06-30\n 2025-07-01 cover open no_drugs", ""),
        ("2024-01-01 cover 2025-06-30\n 2025-01-01 cover 2025-03-01\n 2025-07-01 cover open", ""),
    ],
)
def test_one_gap_of_forty_five_days_and_cover_on_the_last_day(evaluate, cover, why):
    assert evaluate("gsd_control", DIABETES + cover).not_in_denominator == why


@pytest.mark.parametrize(
    ("born", "facts", "exclusion"),
    [
        ("1960-05-05", "2025-06-01 service G9473 outpatient", "hospice"),
        ("1960-05-05", "2025-01-01 cover open hospice", "hospice"),
        ("1960-05-05", "2025-06-01 dx Z515 carrier", "palliative_care"),
        ("1959-12-31", "2025-01-01 cover open institutional", "institutional"),
        ("1960-01-01", "2025-01-01 cover open institutional", ""),
        ("1959-12-31", "FRAIL FRAIL ILL", "frailty_and_illness"),
        ("1959-12-31", "FRAIL FRAIL\n 2024-05-01 fill 30 donepezil", "frailty_and_illness"),
        ("1959-12-31", "FRAIL ILL", ""),
        ("1959-12-31", "FRAIL FRAIL", ""),
        ("1960-01-01", "FRAIL FRAIL ILL", ""),
    ],
)
def test_exclusions(evaluate, born, facts, exclusion):
    facts = facts.replace("FRAIL FRAIL", "2025-03-01 dx R54 carrier\n 2025-04-01 service E0100 dme")
    facts = facts.replace("FRAIL", "2025-03-01 dx R54 carrier\n 2025-03-01 service E0100 dme\n")
    facts = facts.replace("ILL", "\n 2024-03-01 dx I509 carrier\n 2025-03-01 dx I509 carrier")
    result = evaluate("gsd_control", DIABETES + f"{born} born\n" + facts)
    assert (result.exclusion, result.denominator) == (exclusion, not exclusion)
    if exclusion == "frailty_and_illness":
        assert len(result.evidence["exclusions"]) >= 3


def test_somebody_who_died_is_not_counted(evaluate):
    assert evaluate("gsd_control", DIABETES + "2025-08-01 died").not_in_denominator == "died"


def test_the_evidence_shows_diagnoses_medicines_and_every_test(evaluate):
    table = DIABETES + "2025-02-03 fill 30 metformin\n 2025-03-01 lab 4548-4 8.5 %\n 2025-06-01 service 3044F carrier"
    result = evaluate("gsd_control", table, as_of="2025-10-01")
    told = [(one["role"], one["day"], one["code"], one["what"].split(":")[-1]) for one in result.evidence["claims"]]
    assert [one[:3] for one in told if one[0] == "asks"] == [
        ("asks", "2024-03-01", "E119"),
        ("asks", "2025-02-01", "E1165"),
        ("asks", "2025-02-03", "00000000006"),
    ]
    assert [(one[1], one[2]) for one in told if one[0] == "value"] == [
        ("2025-03-01", "4548-4"),
        ("2025-06-01", "3044F"),
    ]
    assert (result.on("index_day"), result.last_day, result.numerator) == ("2025-02-01", None, True)
    open_gap = evaluate("gsd_control", DIABETES, as_of="2025-10-01")
    assert open_gap.on("last_day") == "2025-12-31"
