"""A vaccination: what the screening asks for, what the state allows, what comes off the shelf and what may not."""

from datetime import date

import pytest

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import authority, protocols, shelf, vaccines
from patients.care.actions import stock
from patients.care.models import LotChange, VaccineLot
from patients.care.setting import Setting, Shelved
from patients.claims.models import DoseGiven

from .test_protocols import SHOT

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
VACCINATION = protocols.find("vaccination")
FLU, MMR, RSV = "135", "03", "305"
GTIN = "00349281125652"


def missing(answers, **setting):
    return {each.field for each in VACCINATION.missing(answers, today=TODAY, setting=Setting(**setting))}


SCREENED = """
    yes               cvx  asks-for
    -                 135
    ill               135  decision,clarified
    reaction          135  decision,clarified
    immune            135
    immune            03   decision,clarified
    pregnant          03   decision,clarified
    pregnant          135
    pregnant          305  decision,clarified
    guillain_barre    135  decision,clarified
    guillain_barre    216
    blood             03   decision,clarified
    heart             309  decision,clarified
"""


@pytest.mark.parametrize("row", [line.split() for line in SCREENED.strip().splitlines()[1:]], ids=" ".join)
def test_a_yes_asks_for_more_where_it_matters(row):
    yes, cvx, *asked = row
    answers = SHOT | {"cvx": cvx, "screening": [] if yes == "-" else [yes]}
    assert missing(answers) == (set(asked[0].split(",")) if asked else set())


def test_against_a_contraindication_a_pharmacists_reason_is_needed():
    said = {"screening": ["reaction"], "clarified": "Hives after a tetanus shot", "decision": "give"}
    assert missing(SHOT | said) == {"reason"}
    assert missing(SHOT | said | {"reason": "Another vaccine without the ingredient."}) == set()
    assert missing(SHOT | said | {"screening": ["ill"]}) == set()
    tones = {note.tone for note in VACCINATION.notes(SHOT | said, TODAY, Setting(state="WV"))}
    assert "urgent" in tones


def test_what_was_postponed_needs_no_lot_and_bills_nothing():
    answers = {k: SHOT[k] for k in ("service_on", "cvx", "screened")}
    answers |= {"screening": ["ill"], "clarified": "Fever", "decision": "postpone"}
    assert missing(answers) == set()
    assert not VACCINATION.given(answers)
    assert VACCINATION.lines(answers, "medicare") == ()
    assert VACCINATION.dose(answers) is None


def test_every_question_matters_for_some_vaccine_and_names_known_groups():
    groups = {each.group for each in vaccines.every().values()} | {"live"}
    from patients.care import screening

    for question in screening.QUESTIONS:
        assert question.stops | question.asks <= groups
        assert any(question.outcome(each) for each in vaccines.every().values())
    assert {each.cvx for each in vaccines.every().values() if each.is_live} == {"03", "21", "111"}


def test_the_table_of_states_is_whole_and_marks_what_nobody_read():
    rows = authority.every()
    assert len({each.state for each in rows}) == 51
    assert all(each.source and each.since <= TODAY for each in rows)
    assert authority.rule_for("WV", "zoster", TODAY).minimum_age == 18
    assert authority.rule_for("XX", "zoster", TODAY) is None
    assert authority.rule_for("WV", "zoster", date(2020, 1, 1)) is None


def test_an_unverified_rule_is_shown_and_a_verified_one_stops(monkeypatch):
    child = Setting(age=12, state="WV")
    assert missing(SHOT, age=12, state="WV") == set()
    assert any("not verified" in note.sentence for note in VACCINATION.notes(SHOT, TODAY, child))
    rows = [
        authority.Authority(
            state="WV", group=group, minimum_age=age, needs=needs, since=date(2024, 1, 1), until=None, source="x", is_verified=True
        )
        for group, age, needs in [("*", 18, "protocol"), ("zoster", 50, "prescription")]
    ]  # fmt: skip
    monkeypatch.setattr(authority, "every", lambda: tuple(rows))
    assert missing(SHOT, age=12, state="WV") == {"cvx"}
    assert missing(SHOT, age=18, state="WV") == set()
    assert missing(SHOT | {"cvx": "187"}, age=49, state="WV") == {"cvx", "order"}
    assert missing(SHOT | {"cvx": "187", "order": "Dr. Hall"}, age=50, state="WV") == set()


def shelved(**more):
    facts = {
        "ref": "r1", "cvx": FLU, "ndc": "49281012565", "product": "High dose", "lot": "U7781A",
        "expires_on": date(2027, 6, 30), "left": 3, "is_recalled": False,
    }  # fmt: skip
    return Shelved(**facts | more)


@pytest.mark.parametrize(
    "fault, said",
    [
        ({"is_recalled": True}, "recalled"),
        ({"expires_on": date(2026, 11, 20)}, "expired"),
        ({"left": 0}, "nothing is left"),
    ],
)
@pytest.mark.parametrize("answers, field", [({"lot_ref": "r1"}, "lot_ref"), ({}, "lot")])
def test_a_lot_that_may_not_be_used_is_refused(fault, said, answers, field):
    setting = Setting(lots=lambda: (shelved(**fault),))
    found = VACCINATION.missing(SHOT | answers, today=TODAY, setting=setting)
    assert [(each.field, said in each.sentence) for each in found] == [(field, True)]
    assert not VACCINATION.missing(SHOT | answers, today=TODAY, setting=Setting(lots=lambda: (shelved(),)))


def test_a_chosen_lot_and_a_scanned_code_fill_the_form_in_once():
    setting = Setting(lots=lambda: (shelved(),))
    filled = VACCINATION.fill({}, {"lot_ref": "r1"}, setting)
    assert (filled["cvx"], filled["lot"], filled["expires_on"]) == (FLU, "U7781A", "2027-06-30")
    assert VACCINATION.fill(filled, filled | {"lot": "typed over"}, setting)["lot"] == "typed over"
    code = f"(01){GTIN}(17)270630(10)U7781A(21)77"
    scanned = VACCINATION.fill({}, {"barcode": code}, setting)
    assert (scanned["lot_ref"], scanned["serial"], scanned["product"]) == ("r1", "77", "High dose")
    other = VACCINATION.fill({}, {"barcode": code.replace("U7781A", "NEW1")}, setting)
    assert (other["lot"], other["product"], other["lot_ref"]) == ("NEW1", "High dose", "")
    assert VACCINATION.fill({}, {"barcode": "nonsense"}, setting) == {"barcode": "nonsense"}
    assert missing(SHOT | {"barcode": "nonsense"}) == {"barcode"}
    assert missing(SHOT | {"barcode": code.replace("U7781A", "OTHER")}) == {"lot"}
    assert missing(SHOT | {"ndc": "1234567890"}) == {"ndc"}


@pytest.fixture
def lot(cast, story):
    with context.acting_as(cast.bob.scope):
        return stock.receive(
            pharmacy=cast.a.pharmacy, cvx=FLU, product="High dose", lot="u7781a", expires_on=date(2027, 6, 30), doses=2, by=cast.bob
        )  # fmt: skip


def vaccinate(cast, **more):
    visit = care.start(patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol="vaccination", by=cast.alice)
    visit = care.save(encounter=visit, answers=SHOT | more, revision=visit.revision, by=cast.alice)
    return care.complete(encounter=visit, by=cast.alice)


def test_a_dose_given_counts_itself_off_and_is_found_by_its_lot(cast, lot):
    with context.acting_as(cast.alice.scope):
        vaccinate(cast, lot_ref=str(lot.public_id))
        lot.refresh_from_db()
        assert (lot.lot, lot.doses_left) == ("U7781A", 1)
        assert [c.kind for c in lot.changes.order_by("id")] == ["received", "given"]
        (dose,) = shelf.who_received(cast.alice, lot=" u7781A ")
        assert (dose.patient_name, dose.cvx, dose.given_by) == ("Okafor, Ngozi", FLU, "Alice")
        assert not shelf.who_received(cast.alice, lot="U7781A", cvx="187")
    with context.acting_as(cast.charlie.scope):
        assert not shelf.who_received(cast.charlie, lot="U7781A")


def test_the_last_dose_is_given_once(cast, lot):
    with context.acting_as(cast.alice.scope):
        stock.count(lot=lot, left=0, why="Broken vials", by=cast.alice)
        with pytest.raises(care.NotComplete, match="nothing is left"):
            vaccinate(cast)
        assert not DoseGiven.objects.filter(patient=cast.a.patient).exists()


def test_a_lot_recalled_under_whichever_vaccine_is_not_given(cast, lot):
    with context.acting_as(cast.alice.scope):
        stock.recall(lot=lot, why="Letter of the maker", by=cast.alice)
        with pytest.raises(care.NotComplete, match="recalled"):
            vaccinate(cast, cvx="140")
        stock.clear(lot=lot, why="Another lot was meant", by=cast.alice)
        assert vaccinate(cast).status == "completed"


def test_more_of_a_lot_is_added_to_it_and_a_different_expiry_is_questioned(cast, lot):
    facts = {"pharmacy": cast.a.pharmacy, "cvx": FLU, "product": "High dose", "lot": "U7781A", "by": cast.bob}
    with context.acting_as(cast.bob.scope):
        more = stock.receive(expires_on=date(2027, 6, 30), doses=5, **facts)
        assert (more.pk, more.doses_left, more.doses_received) == (lot.pk, 7, 7)
        with pytest.raises(stock.CannotChangeStock, match="One of the two is wrong"):
            stock.receive(expires_on=date(2027, 7, 31), doses=5, **facts)


def test_counts_and_waste_keep_to_what_there_is(cast, lot):
    with context.acting_as(cast.bob.scope):
        for deed in (
            lambda: stock.waste(lot=lot, doses=3, why="Warm", by=cast.bob),
            lambda: stock.waste(lot=lot, doses=1, why=" ", by=cast.bob),
            lambda: stock.count(lot=lot, left=3, why="Found", by=cast.bob),
            lambda: stock.clear(lot=lot, why="x", by=cast.bob),
        ):
            with pytest.raises(stock.CannotChangeStock):
                deed()
        assert stock.waste(lot=lot, doses=2, why="Warm", by=cast.bob).doses_left == 0
        doses = sum(LotChange.objects.visible_to(cast.bob).filter(lot=lot).values_list("doses", flat=True))
        assert doses == VaccineLot.objects.get(pk=lot.pk).doses_left
