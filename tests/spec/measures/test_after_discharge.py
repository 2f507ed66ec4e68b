"""After a discharge: medicines reconciled in time, and who comes back."""

import pytest

pytestmark = pytest.mark.django_db


def reconciled(evaluate, facts, **more):
    return evaluate("trc_reconciliation", "1960-05-05 born\n" + facts, **more)


def readmitted(evaluate, facts, **more):
    return evaluate("readmission_30", "1960-05-05 born\n" + facts, **more)


STAY = "2025-03-01 stay 2025-03-05 inpatient\n"


@pytest.mark.parametrize(
    ("facts", "done", "of"),
    [
        ("", 0, 1),
        ("2025-03-05 service 1111F carrier", 1, 1),
        ("2025-04-04 service 99495 carrier", 1, 1),
        ("2025-04-05 service 99495 carrier", 0, 1),
        ("2025-03-04 service 1111F carrier", 0, 1),
        ("2025-03-10 service 1111F inpatient", 0, 1),
        ("2025-04-04 stay 2025-04-10 snf\n 2025-03-10 service 1111F carrier", 0, 1),
        ("2025-04-04 stay 2025-04-10 snf\n 2025-05-10 service 1111F carrier", 1, 1),
        ("2025-04-05 stay 2025-04-10 inpatient\n 2025-03-10 service 1111F carrier", 1, 2),
        ("2025-12-01 stay 2025-12-01 inpatient\n 2025-03-10 service 1111F carrier", 1, 2),
        ("2025-12-01 stay 2025-12-02 inpatient\n 2025-03-10 service 1111F carrier", 1, 1),
        ("2025-06-01 stay 2025-06-02 inpatient 20\n 2025-03-10 service 1111F carrier", 1, 1),
    ],
)
def test_each_discharge_is_reconciled_within_thirty_days(evaluate, facts, done, of):
    result = reconciled(evaluate, STAY + facts)
    assert (result.denominator, result.numerator) == (True, done == of)
    assert (result.value_milli, result.second_milli, result.fills) == (done * 1000, of * 1000, of)


def test_the_last_day_to_reconcile(evaluate):
    assert reconciled(evaluate, STAY, as_of="2025-03-20").on("last_day") == "2025-04-04"
    assert reconciled(evaluate, STAY, as_of="2025-04-04").last_day is None
    done = reconciled(evaluate, STAY + "2025-03-06 service 1111F carrier", as_of="2025-03-20")
    assert (done.last_day, done.on("value_day")) == (None, "2025-03-06")
    assert [(one["role"], one["day"]) for one in done.evidence["claims"]] == [
        ("asks", "2025-03-05"),
        ("meets", "2025-03-06"),
    ]


def test_who_is_asked_about_reconciliation(evaluate):
    assert reconciled(evaluate, "2024-12-20 stay 2024-12-31 inpatient") is None
    assert reconciled(evaluate, "2024-12-20 stay 2025-01-01 inpatient").denominator
    covered = STAY + "2025-01-01 cover 2025-04-04"
    assert reconciled(evaluate, covered).denominator
    assert reconciled(evaluate, covered.replace("04-04", "04-03")).not_in_denominator == "not_covered_after"
    assert reconciled(evaluate, STAY + "2025-07-01 died").not_in_denominator == "died"
    assert reconciled(evaluate, STAY + "2025-03-20 dx I10 hospice").exclusion == "hospice"


@pytest.mark.parametrize(
    ("facts", "back", "stays"),
    [
        ("", 0, 1),
        ("2025-04-04 stay 2025-04-10 inpatient", 1, 2),
        ("2025-04-05 stay 2025-04-10 inpatient", 0, 2),
        ("2025-03-05 stay 2025-03-10 inpatient", 0, 1),
        ("2025-03-06 stay 2025-03-10 inpatient", 0, 1),
        ("2025-03-07 stay 2025-03-10 inpatient", 1, 2),
        ("2025-03-20 stay 2025-03-25 snf", 0, 1),
        ("2025-03-20 stay 2025-03-20 inpatient", 1, 1),
        ("2025-03-20 stay 2025-03-25 inpatient\n 2025-03-20 dx Z5111 inpatient first", 0, 2),
        ("2025-03-20 stay 2025-03-25 inpatient\n 2025-03-20 dx Z5111 inpatient", 1, 2),
        ("2025-03-20 stay 2025-03-25 inpatient\n 2025-03-20 service 0TY00Z0 inpatient", 0, 2),
        ("2025-03-20 stay 2025-03-25 inpatient\n 2025-03-20 dx O80 inpatient first", 0, 1),
        ("2025-03-20 stay 2025-03-25 inpatient 07", 1, 1),
        ("2025-03-20 stay 2025-03-25 inpatient 20", 1, 1),
        ("2025-11-28 stay 2025-12-02 inpatient", 0, 1),
        ("2025-03-20 stay 2025-03-25 inpatient\n 2025-04-10 stay 2025-04-12 inpatient", 2, 3),
    ],
)
def test_unplanned_stays_within_thirty_days(evaluate, facts, back, stays):
    result = readmitted(evaluate, STAY + facts)
    assert (result.denominator, result.numerator) == (True, back > 0)
    assert (result.value_milli, result.second_milli) == (back * 1000, stays * 1000)


def test_the_days_after_the_last_discharge(evaluate):
    assert readmitted(evaluate, STAY, as_of="2025-03-20").on("last_day") == "2025-04-04"
    assert readmitted(evaluate, STAY, as_of="2025-04-04").last_day is None


def test_a_stay_that_began_in_the_year_before_keeps_its_diagnosis(evaluate):
    """A claim's diagnoses are of its first day. Childbirth at the turn of the year is no stay to come back from."""
    birth = "2024-12-30 stay 2025-01-03 inpatient\n 2024-12-30 dx O80 inpatient"
    back = "\n 2025-01-20 stay 2025-01-25 inpatient"
    result = readmitted(evaluate, birth + " first" + back)
    assert (result.numerator, result.value_milli, result.second_milli) == (False, 0, 1000)
    result = readmitted(evaluate, birth + back)
    assert (result.numerator, result.value_milli, result.second_milli) == (True, 1000, 2000)
