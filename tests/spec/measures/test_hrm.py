"""High-risk medicines in older adults: two fills of one class on two days, limits of dose and of days, cover all year."""

import pytest

pytestmark = pytest.mark.django_db


def counts(result):
    return result.denominator, result.numerator, result.value_milli // 1000


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("2025-02-01 fill 30 amitriptyline", (True, False, 1)),
        ("2025-02-01 fill 30 amitriptyline\n 2025-02-01 fill 30 amitriptyline", (True, False, 1)),  # one day
        ("2025-02-01 fill 30 amitriptyline\n 2025-06-01 fill 30 amitriptyline", (True, True, 2)),
        ("2025-02-01 fill 30 hydroxyzine\n 2025-06-01 fill 30 cyproheptadine", (True, True, 2)),  # one class
        ("2025-02-01 fill 30 hydroxyzine\n 2025-06-01 fill 30 amitriptyline", (True, False, 1)),  # two classes
        ("2024-12-31 fill 30 amitriptyline\n 2025-06-01 fill 30 amitriptyline", (True, False, 1)),
        ("2025-02-01 fill 30 oxybutynin\n 2025-06-01 fill 30 oxybutynin", (True, False, 0)),  # not on the list
        ("", (True, False, 0)),
    ],
)
def test_two_fills_of_one_class(evaluate, table, found):
    assert counts(evaluate("hrm", table + "\n 1950-05-05 born")) == found


@pytest.mark.parametrize(
    ("tablets", "found"), [("x30", (True, False, 0)), ("x60", (True, True, 2)), ("", (True, False, 0))]
)
def test_digoxin_counts_above_an_eighth_of_a_milligram_a_day(evaluate, tablets, found):
    """Tablets of 0.125 mg; without a quantity the dose is not known and does not count."""
    table = f"2025-02-01 fill 30 digoxin {tablets}\n 2025-06-01 fill 30 digoxin {tablets}"
    assert counts(evaluate("hrm", table)) == found


def test_a_fill_of_no_days_has_no_dose(evaluate):
    table = "2025-02-01 fill 30 digoxin x60\n 2025-06-01 fill {} digoxin x60"
    assert counts(evaluate("hrm", table.format(30))) == (True, True, 2)
    assert counts(evaluate("hrm", table.format(0))) == (True, False, 1)


@pytest.mark.parametrize(("second", "is_met"), [(60, False), (61, True)])
def test_nitrofurantoin_counts_from_more_than_ninety_days(evaluate, second, is_met):
    table = f"2025-02-01 fill 30 nitrofurantoin\n 2025-06-01 fill {second} nitrofurantoin"
    assert counts(evaluate("hrm", table)) == (True, is_met, 2)


TWICE = "2025-02-01 fill 30 amitriptyline\n 2025-06-01 fill 30 amitriptyline\n"


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ("1958-12-31 born", ""),
        ("2025-01-01 cover 2025-06-30\n 2025-08-15 cover open", ""),  # 45 days without
        ("2025-01-01 cover 2025-06-30\n 2025-08-16 cover open", "no_full_coverage"),
        ("2025-01-11 cover 2025-06-30\n 2025-07-11 cover open", "no_full_coverage"),  # two gaps
        ("2025-01-01 cover 2025-12-30", "no_full_coverage"),
        ("2025-11-30 died", "died"),
        ("2025-01-01 cover 2025-11-30\n 2025-12-01 cover open no_drugs", "no_drug_cover"),
        ("2025-01-01 cover 2025-02-15 no_drugs\n 2025-02-16 cover open", "no_drug_cover"),  # 46 days
        ("2025-01-01 cover 2025-02-14 no_drugs\n 2025-02-15 cover open", ""),
    ],
)
def test_who_is_asked_about(evaluate, fact, why):
    assert evaluate("hrm", TWICE + fact).not_in_denominator == why


def test_sixty_seven_on_the_last_of_december(evaluate):
    assert evaluate("hrm", TWICE + "1959-01-01 born") is None


@pytest.mark.parametrize(
    ("fact", "exclusion"),
    [
        ("2025-03-01 dx Z515 carrier", "palliative_care"),
        ("2025-03-01 service G9054 carrier", "palliative_care"),
        ("2025-03-01 stay 2025-03-09 hospice", "hospice"),
        ("2025-03-01 service G9473 carrier", "hospice"),
    ],
)
def test_exclusions(evaluate, fact, exclusion):
    assert evaluate("hrm", TWICE + fact).exclusion == exclusion


def test_the_evidence_counts_by_class(evaluate):
    evidence = evaluate("hrm", TWICE + "2025-03-01 fill 30 hydroxyzine").evidence
    assert [(one["class"], one["fill_days"]) for one in evidence["classes"]] == [
        ("hrm_antidepressants", 2),
        ("hrm_antihistamines", 1),
    ]
    assert [claim["day"] for claim in evidence["claims"]] == ["2025-02-01", "2025-03-01", "2025-06-01"]


SEDATED = "2025-02-01 fill 30 alprazolam\n 2025-06-01 fill 30 diazepam\n"
PSYCHOTIC = "2025-02-01 fill 30 quetiapine\n 2025-06-01 fill 30 risperidone\n"


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (SEDATED, (True, True, 2)),
        (PSYCHOTIC, (True, True, 2)),
        ("2025-02-01 fill 30 alprazolam\n 2025-06-01 fill 30 quetiapine", (True, False, 1)),  # two classes
        (SEDATED + "2025-02-01 dx F411 carrier", (True, False, 0)),  # on the day of the first fill
        (SEDATED + "2024-01-01 dx G40909 carrier", (True, False, 0)),
        (SEDATED + "2023-12-31 dx G40909 carrier", (True, True, 2)),
        (SEDATED + "2025-02-02 dx F411 carrier", (True, True, 2)),  # after the first fill
        (SEDATED + "2024-11-01 dx F10239 inpatient", (True, False, 0)),
        (SEDATED + "2024-11-01 dx F1020 inpatient", (True, True, 2)),  # alcohol, without withdrawal
        (SEDATED + "2024-11-01 dx F209 carrier", (True, True, 2)),  # a reason for the other class
        (PSYCHOTIC + "2024-11-01 dx F319 carrier", (True, False, 0)),
        (PSYCHOTIC + SEDATED + "2024-11-01 dx F209 carrier", (True, True, 2)),  # sedated without a reason
        (TWICE, (True, False, 0)),
    ],
)
def test_antipsychotics_and_benzodiazepines_without_a_diagnosis(evaluate, table, found):
    assert counts(evaluate("hrm_unless_diagnosed", table)) == found


@pytest.mark.parametrize(
    ("table", "is_met"),
    [
        (TWICE, True),
        (SEDATED, True),
        (SEDATED + "2025-02-01 dx F411 carrier", False),
        (PSYCHOTIC + TWICE, True),
        ("", False),
    ],
)
def test_the_total_is_either(evaluate, table, is_met):
    assert evaluate("hrm_total", table).numerator is is_met


def test_the_evidence_names_a_reason_unless_some_reasons_of_the_class_are_substance_use(evaluate):
    table = (
        PSYCHOTIC
        + SEDATED
        + "2024-11-01 dx F209 carrier\n 2024-12-01 dx F10239 carrier\n 2024-06-01 fill 30 alprazolam"
    )
    evidence = evaluate("hrm_unless_diagnosed", table).evidence
    reasons = [claim for claim in evidence["claims"] if claim["role"] == "reason"]
    assert [(one["day"], one["code"]) for one in reasons] == [("2024-11-01", "F209"), ("2024-12-01", "")]
    assert "F10239" not in str(evidence) and "lcohol" not in str(evidence)
    assert [(one["class"], one["fill_days"], one["has_reason"]) for one in evidence["classes"]] == [
        ("antipsychotics", 2, True),
        ("benzodiazepines", 2, True),
    ]
