"""Protocols: what each form needs before the service counts, and what it bills."""

from datetime import date, timedelta

import pytest

from patients.care import protocols, vaccines
from patients.care.answers import UnknownAnswer, cleaned
from patients.care.protocol import ChartFacts

TODAY = date(2026, 11, 21)
CALL = {
    "service_on": "2026-11-21", "medicine": "Lisinopril 20 mg", "outcome": "reached", "talked_with": "patient",
    "agreed": "yes", "barriers": ["forgets"], "plan": ["delivery"], "minutes": "12",
}  # fmt: skip
SHOT = {
    "service_on": "2026-11-21", "screened": "yes", "agreed": "yes", "vis_edition_on": "2025-01-31", "vis_on": "2026-11-21",
    "cvx": "135", "product": "High dose", "lot": "U7781A", "expires_on": "2027-06-30", "site": "left_arm", "route": "im",
    "administered_by": "Alice",
}  # fmt: skip


def missing(code, answers):
    return {each.field for each in protocols.find(code).missing(answers, today=TODAY)}


def test_every_protocol_is_reviewed_and_named_after_its_file():
    assert set(protocols.every()) == {
        "adherence_call",
        "bp_check",
        "comprehensive_review",
        "medication_review",
        "nutrition_counselling",
        "vaccination",
    }
    for protocol in protocols.every().values():
        assert protocol.source
        assert protocol.reviewed_on < protocol.review_due <= protocol.reviewed_on + timedelta(days=366)
        assert len(protocol.by_name) == len(protocol.fields)
        assert isinstance(protocol.summary({}, {}), str)  # the chart's timeline asks for it
    with pytest.raises(protocols.UnknownProtocol, match="There are: adherence_call"):
        protocols.find("moonwalk")


def test_a_whole_call_lacks_nothing_and_a_whole_shot_neither():
    assert missing("adherence_call", CALL) == set()
    assert missing("vaccination", SHOT) == set()


@pytest.mark.parametrize(("day", "said"), [("1999-01-01", "two years ago"), ("2026-11-22", "not come yet")])
def test_the_day_of_service_is_neither_long_past_nor_to_come(day, said):
    (found,) = protocols.find("adherence_call").missing(CALL | {"service_on": day}, today=TODAY)
    assert found.field == "service_on" and said in found.sentence
    lately = {"service_on": (TODAY - timedelta(days=731)).isoformat()}
    assert protocols.find("adherence_call").missing(CALL | lately, today=TODAY) == ()


@pytest.mark.parametrize(
    "field", ["service_on", "medicine", "outcome", "talked_with", "agreed", "barriers", "plan", "minutes"]
)
def test_a_call_needs(field):
    assert field in missing("adherence_call", {k: v for k, v in CALL.items() if k != field})


@pytest.mark.parametrize("field", sorted(SHOT))
def test_a_vaccination_needs(field):
    assert field in missing("vaccination", {k: v for k, v in SHOT.items() if k != field})


def test_a_call_that_nobody_took_needs_no_more_and_bills_nothing():
    answers = {"service_on": "2026-11-21", "medicine": "Lisinopril", "outcome": "message"}
    call = protocols.find("adherence_call")
    assert missing("adherence_call", answers) == set()
    assert not call.given(answers)
    assert call.lines(answers, "medicare") == ()
    assert call.lines(CALL, "medicare") == (("99606", 1),)
    assert call.minutes(CALL) == 12


WRONG = """
    field            value        protocol
    minutes          0            adherence_call
    minutes          241          adherence_call
    minutes          twelve       adherence_call
    minutes          ١٢           adherence_call
    outcome          maybe        adherence_call
    next_contact_on  2026-11-20   adherence_call
    service_on       2026-11-22   adherence_call
    service_on       2026-13-40   adherence_call
    service_on       yesterday    adherence_call
    expires_on       2026-11-20   vaccination
    vis_on           2026-11-22   vaccination
    vis_edition_on   2026-11-22   vaccination
    cvx              999          vaccination
    route            nasal        vaccination
    site             tail         vaccination
"""


@pytest.mark.parametrize("row", [line.split() for line in WRONG.strip().splitlines()[1:]], ids=" ".join)
def test_a_wrong_answer_is_named_beside_its_field(row):
    field, value, code = row
    right = CALL if code == "adherence_call" else SHOT
    assert field in missing(code, right | {field: value})


def test_a_lot_is_good_on_its_last_day():
    assert missing("vaccination", SHOT | {"expires_on": "2026-11-21"}) == set()


BILLED = """
    cvx   payer       code
    135   medicare    G0008
    135   commercial  90471
    140   medicaid    90471
    216   medicare    G0009
    33    medicare    G0009
    216   commercial  90471
    43    medicare    G0010
    187   medicare    90471
    309   medicare    90480
    111   commercial  90473
    111   medicare    G0008
"""


@pytest.mark.parametrize("row", [line.split() for line in BILLED.strip().splitlines()[1:]], ids=" ".join)
def test_who_pays_decides_the_code_for_giving_it(row):
    cvx, payer, code = row
    assert vaccines.administration_code(cvx, payer) == code
    assert protocols.find("vaccination").lines({"cvx": cvx}, payer) == ((code, 1),)


def test_a_form_is_filled_in_from_claims():
    facts = ChartFacts(
        today=TODAY,
        person="Alice",
        medicines=("Lisinopril 20 mg",),
        last_fill_on=date(2026, 10, 6),
        supply_ends_on=date(2026, 11, 14),
    )
    call = protocols.find("adherence_call").prefill(facts)
    assert call == {
        "service_on": "2026-11-21",
        "medicine": "Lisinopril 20 mg",
        "last_fill_on": "2026-10-06",
        "supply_ends_on": "2026-11-14",
    }
    assert protocols.find("vaccination").prefill(facts)["administered_by"] == "Alice"


def test_answers_are_kept_as_typed_and_nothing_else_is():
    call = protocols.find("adherence_call")
    assert cleaned(call, {"minutes": " abc ", "note": "a\x00b\nc", "plan": [], "outcome": ""}) == {
        "minutes": "abc",
        "note": "ab\nc",
    }
    for wrong in (
        {"is_admin": "yes"},
        {"plan": "delivery"},
        {"minutes": ["1"]},
        {"minutes": 12},
        {"medicine": "x" * 201},
        {"plan": ["delivery"] * 50},
    ):
        with pytest.raises(UnknownAnswer) as refusal:
            cleaned(call, wrong)
        assert "is_admin" not in str(refusal.value)
