"""Blood pressure: which readings count, what they come to, and what an emergency asks for."""

from datetime import date

import pytest

from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import bill, protocols
from patients.care.setting import Setting
from patients.claims.models import Reading
from pharmacies.models import Fee

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
BEFORE = {"service_on": "2026-11-21", "rested": "yes", "position": "sitting", "arm": "left", "cuff": "adult"}
CRISIS = {"symptoms": ["none"], "crisis_action": "prescriber", "referred_to": "Dr. Hall, 304-555-0199", "told": "yes"}
CHECK = protocols.find("bp_check")


def readings(text):
    """'150/90/72 144/86@2' -> answers; after @ the minutes since the one before."""
    answers = {}
    for n, each in enumerate(text.split(), 1):
        numbers, _, minutes = each.partition("@")
        for name, value in zip(("systolic", "diastolic", "pulse"), numbers.split("/"), strict=False):
            answers[f"{name}_{n}"] = value
        if minutes:
            answers[f"minutes_{n}"] = minutes
    return answers


def missing(answers):
    return {each.field for each in CHECK.missing(answers, today=TODAY)}


AVERAGED = """
    readings                               average  counted
    150/90 144/86@1                        147/88   1,2
    150/90 145/87@1                        148/89   1,2
    150/90 145/87@0                        150/90   1
    160/95 140/80@1 142/84@1               141/82   2,3
    160/95 140/80@1 142/84@1 138/82@2      140/82   2,3,4
    160/95 140/80@0 142/84@5               151/90   1,3
"""


@pytest.mark.parametrize("row", [line.split() for line in AVERAGED.strip().splitlines()[1:]], ids=" ".join)
def test_the_readings_that_count_are_averaged_a_half_upwards(row):
    *text, average, counted = row
    result = CHECK.result(BEFORE | readings(" ".join(text)), TODAY)
    assert f"{result['systolic']}/{result['diastolic']}" == average
    assert ",".join(map(str, result["counted"])) == counted


def test_the_rule_is_a_parameter_of_the_day_and_the_result_keeps_it(as_owner):
    answers = BEFORE | readings("160/95 140/80@1 142/84@1")
    with as_owner():
        ParameterValue.objects.create(
            code="care.bp_first_reading_dropped_from", value=99, since=date(2026, 11, 1), reason="A study."
        )
    result = CHECK.result(answers, TODAY)
    assert (result["systolic"], result["limits"]["care.bp_first_reading_dropped_from"]) == (147, 99)
    assert CHECK.result(answers, date(2026, 10, 31))["systolic"] == 141


def test_a_whole_check_lacks_nothing():
    assert missing(BEFORE | readings("150/90/72 144/86/70@1")) == set()


@pytest.mark.parametrize("field", sorted(BEFORE))
def test_a_check_needs(field):
    assert field in missing({k: v for k, v in (BEFORE | readings("150/90 144/86@1")).items() if k != field})


WRONG = """
    readings               field
    150/90                 systolic_2
    150/90 144/86@0        systolic_3
    150/90 144/86          minutes_2
    90/150 144/86@1        diastolic_1
    150/90 144@1           diastolic_2
    999/90 144/86@1        systolic_1
    150/90/9 144/86@1      pulse_1
    abc/90 144/86@1        systolic_1
"""


@pytest.mark.parametrize("row", [line.split() for line in WRONG.strip().splitlines()[1:]], ids=" ".join)
def test_a_wrong_reading_is_named_beside_its_field(row):
    *text, field = row
    assert field in missing(BEFORE | readings(" ".join(text)))


@pytest.mark.parametrize("text", ["180/90 150/90@1", "150/120 150/90@1", "150/90 150/90@1 181/95@1"])
def test_a_crisis_is_not_completed_without_its_questions(text):
    answers = BEFORE | readings(text)
    assert missing(answers) == {"symptoms", "crisis_action", "referred_to", "told"}
    assert missing(answers | CRISIS) == set()
    assert any(note.tone == "urgent" for note in CHECK.notes(answers, TODAY, Setting()))
    assert CHECK.result(answers | CRISIS, TODAY)["is_crisis"]


def test_just_below_is_no_crisis():
    answers = BEFORE | readings("179/119 150/90@1")
    assert missing(answers) == set()
    assert not any(note.tone == "urgent" for note in CHECK.notes(answers, TODAY, Setting()))


def test_a_symptom_in_a_crisis_means_emergency_help_and_one_reading_is_then_enough():
    answers = BEFORE | readings("190/110") | CRISIS | {"symptoms": ["chest_pain"]}
    assert missing(answers) == {"crisis_action", "systolic_2"}
    assert missing(answers | {"crisis_action": "emergency"}) == set()
    assert "symptoms" in missing(answers | {"symptoms": ["none", "vision"]})


def test_what_was_measured_is_on_record_for_the_chart_and_billed_by_the_contracts_own_code(cast, story, as_owner):
    with as_owner():
        Fee.objects.create(
            contract=cast.contract, code="BP-CHECK", label="Pressure", amount_cents=1500, since=date(2020, 1, 1)
        )
    with context.acting_as(cast.alice.scope):
        visit = care.start(patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol="bp_check", by=cast.alice)
        answers = BEFORE | readings("150/90/72 144/86/70@1")
        visit = care.save(encounter=visit, answers=answers, revision=0, by=cast.alice)
        done = care.complete(encounter=visit, by=cast.alice)
        claim = bill.claim_of(cast.alice, done)
        rows = Reading.objects.visible_to(cast.alice).order_by("number", "code").values_list("number", "code", "value")
        assert [(n, code, int(value)) for n, code, value in rows] == [
            (0, "8462-4", 88), (0, "8480-6", 147), (0, "8867-4", 71), (1, "8462-4", 90), (1, "8480-6", 150), (1, "8867-4", 72),
            (2, "8462-4", 86), (2, "8480-6", 144), (2, "8867-4", 70),
        ]  # fmt: skip
        assert [line.code for line in claim.lines.all()] == ["BP-CHECK"]
    assert (claim.status, claim.charge_cents) == ("submitted", 1500)
    with context.acting_as(cast.charlie.scope):
        assert not Reading.objects.filter(patient=cast.a.patient)
