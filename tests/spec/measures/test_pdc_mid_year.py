"""Before the year is over: value to date, days that may still be missed, and the last day to act."""

import pytest

pytestmark = pytest.mark.django_db

# 365 days: 73 may be missed.
THREE_FILLS = """
    2025-01-01  fill  30  lisinopril
    2025-02-10  fill  30  lisinopril
    2025-03-12  fill  30  lisinopril
"""


def test_value_to_date_and_what_is_left(evaluate):
    result = evaluate("pdc_rasa", THREE_FILLS, as_of="2025-03-31")
    assert result.of == (30 + 30 + 20, 90)
    assert (result.full_period_days, result.days_left) == (365, 73 - 10)
    assert result.on("supply_ends_day") == "2025-04-10"
    assert result.on("next_refill_day") == "2025-04-11"
    assert result.on("last_day") == "2025-06-13"  # 63 days without supply from 11 April on, then a fill
    assert result.reachable_days == 355


def test_the_last_day_is_the_last(evaluate):
    on_time = THREE_FILLS + "2025-06-13 fill 202 lisinopril"
    too_late = THREE_FILLS + "2025-06-14 fill 202 lisinopril"
    assert evaluate("pdc_rasa", on_time).numerator
    assert not evaluate("pdc_rasa", too_late).numerator


def test_in_a_gap_the_days_count_from_today(evaluate):
    result = evaluate("pdc_rasa", THREE_FILLS, as_of="2025-05-31")
    assert result.days_left == 73 - 10 - 51
    assert result.on("last_day") == "2025-06-13"


def test_failed_already(evaluate):
    result = evaluate("pdc_rasa", THREE_FILLS, as_of="2025-06-13")
    assert (result.days_left, result.has_failed, result.last_day) == (-1, True, None)


def test_secured_when_the_supply_reaches_far_enough(evaluate):
    table = "2025-01-01 fill 180 lisinopril\n 2025-06-20 fill 180 lisinopril"
    assert evaluate("pdc_rasa", table, as_of="2025-07-01").is_secured
    assert not evaluate("pdc_rasa", THREE_FILLS, as_of="2025-03-31").is_secured


def test_after_the_end_there_is_nothing_left_to_do(evaluate):
    for as_of in ("2025-12-31", "2026-03-01"):
        result = evaluate("pdc_rasa", THREE_FILLS, as_of=as_of)
        assert (result.of, result.days_left, result.last_day) == ((90, 365), -202, None)


def test_one_fill_so_far_is_not_in_the_denominator_yet(evaluate):
    assert evaluate("pdc_rasa", THREE_FILLS, as_of="2025-02-09").not_in_denominator == "one_fill"
    assert evaluate("pdc_rasa", THREE_FILLS, as_of="2025-02-10").denominator


def test_the_evidence_names_rule_limits_and_claims(evaluate):
    evidence = evaluate("pdc_rasa", THREE_FILLS, as_of="2025-03-31").evidence
    assert (evidence["measure"], evidence["version"], evidence["as_of"]) == ("pdc_rasa", "2025.1", "2025-03-31")
    assert evidence["limits"]["threshold_bp"] == 8000
    assert evidence["limits"]["stay_adjustment"] is True
    assert [fill["event_id"] for fill in evidence["fills"]] == [1000, 1001, 1002]
    assert evidence["fills"][0]["ndc"] == "00000000001"
    assert evidence["uncovered"] == [{"from": "2025-01-31", "to": "2025-02-09", "days": 10, "state": "gap"}]
