"""Nutrition counselling: minutes become units of the programme's own code, never of a dietitian's."""

from datetime import date

import pytest

from patients.care import protocols

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
TALK = {
    "service_on": "2026-11-21", "minutes": "30", "agreed": "yes", "topics": ["salt", "labels"],
    "goal_1": "No salt at the table", "follow_up_on": "2026-12-19",
}  # fmt: skip
COUNSELLING = protocols.find("nutrition_counselling")


def missing(answers):
    return {each.field for each in COUNSELLING.missing(answers, today=TODAY)}


@pytest.mark.parametrize("minutes, units", [(7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3), (60, 4), (120, 4)])
def test_units_come_from_minutes(minutes, units):
    answers = TALK | {"minutes": str(minutes)}
    assert COUNSELLING.lines(answers, "medicare") == ((("NUTR-15", units),) if units else ())
    assert COUNSELLING.result(answers, TODAY)["units"] == units


def test_a_whole_talk_lacks_nothing():
    assert missing(TALK) == set()
    timed = {k: v for k, v in TALK.items() if k != "minutes"} | {"started_at": "14:05", "ended_at": "14:43"}
    assert missing(timed) == set()
    assert (COUNSELLING.minutes(timed), COUNSELLING.lines(timed, "")) == (38, (("NUTR-15", 3),))
    assert missing(timed | {"minutes": "38"}) == set()


@pytest.mark.parametrize("field", sorted(TALK))
def test_a_talk_needs(field):
    assert field in missing({k: v for k, v in TALK.items() if k != field})


WRONG = """
    answers                                       field
    started_at=14:05 ended_at=14:00 minutes=      ended_at
    started_at=14:05 ended_at=14:20               minutes
    started_at=14:05 minutes=                     ended_at
    started_at=25:00                              started_at
    started_at=01:00 ended_at=23:00 minutes=      ended_at
    minutes=abc                                   minutes
    follow_up_on=2026-11-21                       follow_up_on
    follow_up_on=2099-01-01                       follow_up_on
    confidence=11                                 confidence
"""


@pytest.mark.parametrize("row", [line.split() for line in WRONG.strip().splitlines()[1:]], ids=" ".join)
def test_a_wrong_answer_is_named_beside_its_field(row):
    *pairs, field = row
    assert field in missing(TALK | dict(pair.split("=") for pair in pairs))


def test_no_dietitians_code_is_ever_billed():
    codes = {code for minutes in range(1, 240) for code, _ in COUNSELLING.lines(TALK | {"minutes": str(minutes)}, "")}
    assert codes == {"NUTR-15"}
