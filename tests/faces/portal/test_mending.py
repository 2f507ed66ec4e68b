"""A denied claim is mended, a wrong one withdrawn, and the month adds up: by a pharmacist, without the telephone."""

import csv
import io
from datetime import date

import pytest
from django.urls import reverse

from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate, queries
from pharmacies.billing.models import ServiceClaim
from pharmacies.billing.reasons import Cut

from .test_billing import completed

pytestmark = pytest.mark.django_db


@pytest.fixture
def denied(cast, story):
    claim = completed(cast)
    with context.acting_as(cast.erin.scope):
        return adjudicate.deny(claim=claim, group="CO", carc="16", rarc="MA61", by=cast.erin)


@pytest.fixture
def paid(cast, story):
    claim = completed(cast)
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        adjudicate.pay(claims=[claim], paid_on=date(2026, 11, 21), by=cast.erin)
    return claim


def address(name, claim):
    return reverse(f"portal:{name}", args=[claim.public_id])


def of(cast, claim):
    with context.acting_as(cast.alice.scope):
        return queries.claim_of(cast.alice, claim.public_id)


ASKED = {"until": date(2026, 12, 1), "reason": "Which medicine was it?"}


@pytest.mark.parametrize(
    ("wait", "said"),
    [("information", "Answer Claims desk, 304-555-0111 and name the control"), ("review", "There is nothing to do here.")],
)  # fmt: skip
def test_a_pended_claim_says_what_is_asked_and_whom_to_answer(alice, cast, story, wait, said):
    claim = completed(cast)
    with context.acting_as(cast.erin.scope):
        adjudicate.pend(claim=claim, wait=wait, by=cast.erin, **ASKED)
    text = alice.get(address("claim", claim)).content.decode()
    assert ASKED["reason"] in text and "Until 1 Dec 2026." in text and said in text
    assert ASKED["reason"] in alice.get("/portal/billing/").content.decode()


def test_a_claim_that_is_approved_in_part_says_how_much_why_and_what_to_do(alice, cast, story):
    claim = completed(cast)
    cut = Cut(group="CO", carc="151", cents=500)
    with context.acting_as(cast.erin.scope):
        adjudicate.approve_in_part(claim=claim, approved={1: 2000}, cuts={1: [cut]}, by=cast.erin)
    text = alice.get(address("claim", claim)).content.decode()
    assert "Approved in part" in text and "$20.00 of $25.00" in text and "Not paid: $5.00 CO 151 Too often" in text
    assert "If it was agreed with the payer, send its approval." in text
    assert "$20.00 approved" in alice.get("/portal/billing/").content.decode()


def test_only_what_may_still_be_paid_is_not_yet_paid(alice, denied):
    assert "not yet" not in alice.get("/portal/billing/?status=denied").content.decode()


def test_a_denial_says_in_words_what_to_do(alice, denied):
    for page in (alice.get("/portal/billing/?status=denied"), alice.get(address("claim", denied))):
        text = page.content.decode()
        assert "16 Information is missing or wrong; MA61 Member id missing" in text
        assert "Add what the remark code names to the visit" in text


def test_a_denied_claim_is_corrected_and_takes_its_place_when_approved(alice, cast, denied):
    given = {"units_1": "1", "note": "These were two visits."}
    page = alice.post(address("correct", denied), given, follow=True).content.decode()
    assert "was sent" in page and denied.number in page
    again = of(cast, denied)
    assert (again.status, again.follower.frequency_label, again.what_to_do) == ("denied", "Correction", ())
    assert (
        "takes its place already"
        in alice.post(address("correct", denied), {"units_1": "1"}, follow=True).content.decode()
    )
    with context.acting_as(cast.erin.scope):
        successor = ServiceClaim.objects.get(replaces=denied.pk)
        assert successor.frequency == "7" and successor.icn != denied.icn
        assert queries.claim_of(cast.erin, successor.public_id).why == "These were two visits."
        adjudicate.approve(claims=[successor], by=cast.erin)
    assert of(cast, denied).status == "replaced"


@pytest.mark.parametrize("given", [{}, {"units_1": "x"}, {"units_1": "-1"}, {"units_1": "1000"}])
def test_bad_units_are_said_beside_the_field(alice, denied, given):
    answer = alice.post(address("correct", denied), given)
    assert answer.status_code == 200 and "Send the correction" in answer.content.decode()


def test_nothing_left_is_no_correction(alice, denied):
    page = alice.post(address("correct", denied), {"units_1": "0"}, follow=True).content.decode()
    assert "Nothing is left to bill" in page


def test_a_paid_claim_is_withdrawn_by_asking_the_payer(alice, cast, paid):
    assert "Say why" in alice.post(address("void", paid), {}, follow=True).content.decode()
    page = alice.post(address("void", paid), {"reason": "Wrong patient."}, follow=True).content.decode()
    assert "The payer was asked to void the claim." in page
    assert of(cast, paid).follower.frequency_label == "Void"
    assert "takes its place already" in alice.post(address("void", paid), {"reason": "x"}, follow=True).content.decode()


def test_a_held_claim_is_withdrawn_at_once(alice, cast, paid):
    held = completed(cast)
    assert held.status == "held"
    page = alice.post(address("void", held), {"reason": "Documented twice."}, follow=True).content.decode()
    assert "The claim is withdrawn." in page and of(cast, held).status == "voided"
    assert "it cannot be voided" in alice.post(address("void", held), {"reason": "x"}, follow=True).content.decode()


def test_a_notice_is_on_the_first_page_of_billing(alice, cast, paid):
    with context.acting_as(cast.erin.scope):
        adjudicate.recoup(claim=paid, amount_cents=500, reason="Paid twice by mistake.", by=cast.erin)
    for page in (alice.get("/portal/billing/"), alice.get(address("claim", paid))):
        assert "$5.00" in page.content.decode() and "Paid twice by mistake." in page.content.decode()
        assert "The payer takes money back" in page.content.decode()


def test_a_notice_that_is_withdrawn_says_so_and_an_open_one_whom_to_tell(alice, cast, paid):
    with context.acting_as(cast.erin.scope):
        notice = adjudicate.recoup(claim=paid, amount_cents=500, reason="Paid twice by mistake.", by=cast.erin)
    assert "tell Claims desk, 304-555-0111 before that day" in alice.get(address("claim", paid)).content.decode()
    with context.acting_as(cast.erin.scope):
        adjudicate.withdraw_recoupment(recoupment=notice, by=cast.erin)
    text = alice.get(address("claim", paid)).content.decode()
    assert "A notice that the payer withdrew" in text and "nothing was taken" in text


def test_the_statement_adds_up_on_the_page_and_in_the_file(alice, cast, paid):
    with context.acting_as(cast.erin.scope):
        adjudicate.recoup(claim=paid, amount_cents=500, reason="Twice.", by=cast.erin)
    page = alice.get("/portal/billing/statement/?month=2026-11")
    totals = {
        name: page.context["statement"].total(name) for name in ("opening", "services", "taken_back", "paid", "closing")
    }
    assert totals == {"opening": 0, "services": 2500, "taken_back": 500, "paid": 2500, "closing": -500}
    assert "-$5.00" in page.content.decode() and paid.number in page.content.decode()
    rows = list(csv.DictReader(io.StringIO(alice.get("/portal/billing/statement.csv?month=2026-11").content.decode())))
    cents = [round(float(row["amount"]) * 100) for row in rows]
    assert sum(cents[:-1]) == cents[-1] == -500
    assert "Nothing moved up to this month" in alice.get("/portal/billing/statement/?month=2026-10").content.decode()
    for odd in ("x", "2026-13", "9999-12", "0001-01"):
        assert alice.get("/portal/billing/statement/", {"month": odd}).status_code == 200


def test_a_stranger_mends_nothing(charlie, denied, paid):
    for name, claim, given in [("correct", denied, {"units_1": "1"}), ("void", paid, {"reason": "x"})]:
        assert charlie.post(address(name, claim), given).status_code == 404
    assert paid.number not in charlie.get("/portal/billing/statement/").content.decode()
