"""Medicines at hand at once: opioid with benzodiazepine, several anticholinergics, several CNS medicines, duplicates."""

import pytest

pytestmark = pytest.mark.django_db

OPIOID = """
    2025-03-01  fill  30  oxycodone
    2025-03-31  fill  30  oxycodone
"""


def counts(result):
    """(in the denominator, in the numerator, days together)"""
    return result.denominator, result.numerator, result.value_milli // 1000


def test_an_opioid_for_sixty_days_and_a_benzodiazepine_for_thirty_of_them(evaluate):
    table = """
        2025-03-10  fill  15  alprazolam
        2025-03-25  fill  15  diazepam
    """
    result = evaluate("cob", OPIOID + table)
    assert counts(result) == (True, True, 30)
    assert [(run["from"], run["to"], run["days"]) for run in result.evidence["overlaps"]] == [
        ("2025-03-10", "2025-04-08", 30)
    ]
    assert (result.on("value_day"), result.limit_milli) == ("2025-03-10", 30_000)


@pytest.mark.parametrize(
    ("second_benzodiazepine", "days"),
    [
        ("2025-03-25  fill  14  alprazolam", 29),
        ("2025-03-20  fill  15  alprazolam", 25),  # an early refill is not moved: those days overlap and count once
        ("2025-04-25  fill  30  alprazolam", 20),  # five days until the opioid ends on 29 April
        ("2025-06-01  fill  30  alprazolam", 15),  # after the opioid
    ],
)
def test_days_together_are_calendar_days(evaluate, second_benzodiazepine, days):
    result = evaluate("cob", OPIOID + "2025-03-10 fill 15 alprazolam\n" + second_benzodiazepine)
    assert counts(result) == (True, False, days)


def test_two_fills_of_a_benzodiazepine_are_asked_for_on_two_days(evaluate):
    assert counts(evaluate("cob", OPIOID + "2025-03-10 fill 60 alprazolam")) == (True, False, 0)
    same_day = "2025-03-10 fill 60 alprazolam\n 2025-03-10 fill 60 diazepam"
    assert counts(evaluate("cob", OPIOID + same_day)) == (True, False, 0)


def test_two_supplies_of_one_medicine_are_not_two_medicines(evaluate):
    table = OPIOID + "2025-06-01 fill 30 alprazolam\n 2025-06-11 fill 30 diazepam\n 2025-06-21 fill 30 oxycodone"
    assert counts(evaluate("cob", table)) == (True, False, 20)  # 21 June to 10 July
    assert counts(evaluate("poly_ach", ANTICHOLINERGICS.replace("hydroxyzine", "oxybutynin"))) == (True, False, 0)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("2025-03-01 fill 30 oxycodone", "one_fill"),
        ("2025-03-01 fill 7 oxycodone\n 2025-03-09 fill 7 morphine", "short_supply"),
        ("2025-03-01 fill 7 oxycodone\n 2025-03-09 fill 8 morphine", ""),
        ("2025-12-02 fill 30 oxycodone\n 2025-12-20 fill 30 oxycodone", ""),
        ("2025-12-03 fill 30 oxycodone\n 2025-12-20 fill 30 oxycodone", "late_first_fill"),
        (OPIOID + "2007-01-02 born", "under_age"),
        (OPIOID + "2007-01-01 born", ""),
        (OPIOID + "2025-01-01 cover 2025-02-15", "no_coverage"),
    ],
)
def test_who_is_asked_about(evaluate, table, why):
    assert evaluate("cob", table).not_in_denominator == why


@pytest.mark.parametrize(
    ("fact", "exclusion"),
    [
        ("2025-06-01 dx C50919 carrier", "cancer"),
        ("2025-06-01 dx D5700 carrier", "sickle_cell"),
        ("2025-06-01 dx D573 carrier", ""),  # the trait alone
        ("2025-06-01 dx Z515 carrier", "palliative_care"),
        ("2025-06-01 stay 2025-06-20 hospice", "hospice"),
        ("2024-12-31 dx C50919 carrier", ""),
    ],
)
def test_exclusions(evaluate, fact, exclusion):
    assert evaluate("cob", OPIOID + fact).exclusion == exclusion


def test_days_after_the_as_of_day_do_not_count_yet(evaluate):
    table = OPIOID + "2025-03-10 fill 15 alprazolam\n 2025-03-25 fill 15 alprazolam"
    assert counts(evaluate("cob", table, as_of="2025-04-07")) == (True, False, 29)
    assert counts(evaluate("cob", table, as_of="2025-04-08")) == (True, True, 30)


def test_an_unknown_supply_leaves_the_result_open_unless_it_is_met_without_it(evaluate):
    unknown = OPIOID + "2025-03-10 fill 15 alprazolam\n 2025-03-26 fill - alprazolam\n"
    assert evaluate("cob", unknown).not_computed == "no_days_supply"
    assert counts(evaluate("cob", unknown + "2025-03-25 fill 15 alprazolam")) == (True, True, 30)


ANTICHOLINERGICS = """
    2025-02-01  fill  30  oxybutynin
    2025-03-03  fill  30  oxybutynin
    2025-02-11  fill  30  hydroxyzine
    2025-03-13  fill  30  hydroxyzine
"""


def test_two_anticholinergics_with_two_fills_each(evaluate):
    result = evaluate("poly_ach", ANTICHOLINERGICS)
    assert counts(result) == (True, True, 50)
    assert result.evidence["overlaps"][0]["at_hand"] == ["hydroxyzine", "oxybutynin"]


def test_a_second_anticholinergic_filled_once_does_not_count(evaluate):
    table = "\n".join(ANTICHOLINERGICS.strip().splitlines()[:3])
    assert counts(evaluate("poly_ach", table)) == (True, False, 0)


def test_one_of_the_medicines_is_filled_twice_or_nobody_is_asked_about(evaluate):
    assert (
        evaluate("poly_ach", "2025-02-01 fill 30 oxybutynin\n 2025-02-11 fill 30 hydroxyzine").not_in_denominator
        == "no_drug_twice"
    )


@pytest.mark.parametrize(("tablets", "days"), [("x60", 0), ("x90", 20)])
def test_doxepin_counts_above_six_milligrams_a_day(evaluate, tablets, days):
    """Tablets of 3 mg: two a day are 6 mg, three are 9 mg."""
    table = f"""
        2025-02-01  fill  30  oxybutynin
        2025-03-03  fill  30  oxybutynin
        2025-03-13  fill  30  doxepin  {tablets}
        2025-05-13  fill  30  doxepin  {tablets}
    """
    assert evaluate("poly_ach", table).value_milli == 1000 * days


def test_a_combination_counts_for_each_of_its_ingredients(evaluate):
    table = (
        ANTICHOLINERGICS
        + "2025-02-01 fill 60 chlordiazepoxide/clidinium\n 2025-04-02 fill 60 chlordiazepoxide/clidinium"
    )
    assert evaluate("poly_ach", table).value_milli == 70_000  # one of the others is at hand from 1 February to 11 April


def test_sixty_five_on_the_first_of_january(evaluate):
    assert evaluate("poly_ach", ANTICHOLINERGICS + "1960-01-01 born").denominator
    assert evaluate("poly_ach", ANTICHOLINERGICS + "1960-01-02 born").not_in_denominator == "under_age"


THREE = """
    2025-02-01  fill  45  gabapentin
    2025-03-18  fill  45  gabapentin
    2025-02-01  fill  45  sertraline
    2025-03-18  fill  45  sertraline
    2025-03-01  fill  20  oxycodone
    2025-03-21  fill  10  oxycodone
"""


def test_three_medicines_of_the_nervous_system_for_thirty_days(evaluate):
    assert counts(evaluate("poly_cns", THREE)) == (True, True, 30)
    assert evaluate("poly_cns", THREE + "2025-06-01 dx G40909 carrier").exclusion == "seizure_disorder"


def test_two_at_a_time_are_not_three(evaluate):
    later = THREE.replace("2025-03-01  fill  20", "2025-07-01  fill  20").replace(
        "2025-03-21  fill  10", "2025-07-21  fill  10"
    )
    assert counts(evaluate("poly_cns", later)) == (True, False, 0)


def test_ace_inhibitor_with_diuretic_in_one_tablet_and_a_pain_killer(evaluate):
    table = """
        2025-02-01  fill  90  enalapril/HCTZ
        2025-05-02  fill  90  enalapril/HCTZ
        2025-03-01  fill  14  ibuprofen
    """
    assert counts(evaluate("triple_whammy", table)) == (True, True, 14)
    assert counts(evaluate("triple_whammy", table.replace("14  ibuprofen", "13  ibuprofen"))) == (True, False, 13)


def test_two_medicines_of_one_class_are_a_duplicate_and_a_change_is_not(evaluate):
    twice = """
        2025-02-01  fill  30  sertraline
        2025-03-03  fill  30  sertraline
        2025-02-01  fill  30  citalopram
        2025-03-03  fill  30  citalopram
    """
    result = evaluate("duplicate_therapy", twice)
    assert counts(result) == (True, True, 60)
    assert {run["group"] for run in result.evidence["overlaps"]} == {"ssris"}
    change = twice.replace("2025-02-01  fill  30  citalopram", "2025-04-02  fill  30  citalopram")
    change = change.replace("2025-03-03  fill  30  citalopram", "2025-05-02  fill  30  citalopram")
    assert counts(evaluate("duplicate_therapy", change)) == (True, False, 0)


WITH_BENZODIAZEPINE = OPIOID + "2025-03-10 fill 15 alprazolam\n"


@pytest.mark.parametrize(
    ("naloxone", "is_without"),
    [
        ("", True),
        ("2025-05-01 fill 1 naloxone", False),
        ("2024-12-31 fill 1 naloxone", False),
        ("2024-12-30 fill 1 naloxone", True),
    ],
)
def test_naloxone_of_the_last_365_days_protects(evaluate, naloxone, is_without):
    assert evaluate("opioid_benzo_no_naloxone", WITH_BENZODIAZEPINE + naloxone).numerator == is_without


@pytest.mark.parametrize(
    ("naloxone", "has"),
    [
        ("", False),
        ("2025-12-31 fill 1 naloxone", True),
        ("2024-01-02 fill 1 naloxone", True),
        ("2024-01-01 fill 1 naloxone", False),
    ],
)
def test_naloxone_for_people_who_take_opioids(evaluate, naloxone, has):
    result = evaluate("opioid_without_naloxone", OPIOID + naloxone)
    assert (result.denominator, result.numerator) == (True, has)
    assert len(result.evidence["needed"]) == int(has)
