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
    ],
)
def test_who_is_asked_about(evaluate, fact, why):
    assert evaluate("hrm", TWICE + fact).not_in_denominator == why


def test_sixty_seven_on_the_last_of_december(evaluate):
    assert evaluate("hrm", TWICE + "1959-01-01 born") is None


@pytest.mark.parametrize(
    ("fact", "exclusion"),
    [("2025-03-01 dx Z515 carrier", "palliative_care"), ("2025-03-01 stay 2025-03-09 hospice", "hospice")],
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
