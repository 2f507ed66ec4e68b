"""835 in: proposals that a person posts; nothing is written off by itself, and no payment is loaded twice."""

import io
from dataclasses import replace
from datetime import datetime

import pytest

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from pharmacies.billing.formats import actions, x12_835
from pharmacies.billing.formats.actions import CannotLoad, CannotPost
from pharmacies.billing.formats.documents import ProviderAdjustment, RemittanceDocument
from pharmacies.billing.formats.proposals import Ours, propose
from pharmacies.billing.models import ReceivedClaim, ReceivedRemittance
from tests.factories.claim_documents import DAY, PHARMACY, PLAN
from tests.factories.claim_files import send_one

from .test_x12_835 import claim, cut, line

OURS = Ours(pk=1, number="A", icn="ICN-A", status="submitted", charge_cents=2500, paid_cents=0, posted_cents=0)
CONTRACT, PATIENT = cut("CO", "45", 400), cut("PR", "3", 100)
CLEAR = claim("A", "1", 2500, 2000, line(2500, 2000, CONTRACT, PATIENT))
BACK = claim("A", "22", -2500, -2000, line(-2500, -2000, cut("CO", "45", -400), cut("PR", "3", -100)))
DENIED = claim("A", "4", 2500, 0, line(2500, 0, cut("CO", "29", 2500)))


def test_what_is_clear_is_posted_to_the_contract_and_the_patient():
    found = propose(CLEAR, OURS)
    assert (found.paid_cents, found.contractual_cents, found.patient_cents, found.other_cents) == (2000, 400, 100, 0)
    assert found.why == "" and found.claim == 1


@pytest.mark.parametrize(
    "remitted, ours, says",
    [
        (CLEAR, None, "No claim of this pharmacy has the number A"),
        (CLEAR, replace(OURS, charge_cents=2600), r"charge of $25.00; we charged $26.00"),
        (CLEAR, replace(OURS, paid_cents=2500), "by a remittance of our own already"),
        (CLEAR, replace(OURS, posted_cents=2000), "were posted for it already"),
        (CLEAR, replace(OURS, status="voided"), "We voided this claim"),
        (CLEAR, replace(OURS, last_name="Roe"), "the patient is DOE; our claim says Roe"),
        *((replace(CLEAR, status=status), OURS, f"Status {status} is not the end") for status in ("19", "23", "25")),
        (BACK, OURS, "It takes $20.00 back; posted for it were $0.00"),
        (DENIED, OURS, "nothing is written off"),
        (claim("A", "1", 2500, 0, line(2500, 0, cut("CO", "45", 2500))), OURS, "nothing is written off"),
        (claim("A", "1", 2500, 2000, line(2500, 2000, cut("OA", "23", 500))), OURS, "OA 23 is neither"),
        (claim("A", "1", 2500, 2000, line(2500, 2000, cut("PI", "45", 500))), OURS, "PI 45 is neither"),
        (claim("A", "1", 2500, 2000, line(2500, 2000, cut("CO", "97", 500))), OURS, "CO 97 is more than the contract"),
    ],
)
def test_everything_doubtful_needs_somebody(remitted, ours, says):
    assert says in propose(remitted, ours).why


@pytest.mark.parametrize(
    "theirs, known",
    [
        ("DOE", "Doe"),
        ("OBRIEN", "O\u2019Brien"),
        ("MUNOZ", "Mu\u00f1oz"),
        ("DOE-SMI", "Doe Smith"),
        ("DOE", ""),
        ("", "Doe"),
        ("SORENSEN", "S\u00f8rensen"),
        ("\u674e", "Li"),
        ("*\u00b1", "Doe"),
    ],
)
def test_a_name_written_otherwise_is_the_same_patient(theirs, known):
    assert propose(replace(CLEAR, last_name=theirs), replace(OURS, last_name=known)).why == ""


def test_a_reversal_of_what_was_posted_is_clear():
    assert propose(BACK, replace(OURS, posted_cents=2000)).why == ""


@pytest.fixture
def sent(cast, as_owner):
    return send_one(cast, as_owner)


def document(cast, *claims, trace="EFT-1", less=0):
    payee = replace(PHARMACY, npi=cast.a.pharmacy.npi)
    more = (ProviderAdjustment(reason="WO", reference="OLD", cents=less),) if less else ()
    total = sum(each.paid_cents for each in claims) - less
    return RemittanceDocument(
        trace=trace,
        paid_on=DAY,
        method="ACH",
        total_cents=total,
        payer=PLAN,
        payee=payee,
        claims=claims,
        provider_adjustments=more,
    )


def load(cast, *claims, text=None, who=None, **more):
    text = text or x12_835.write(
        document(cast, *claims, **more), sender="PAYERC", receiver="ASH", control=1, at=datetime(2026, 11, 26)
    )
    with context.acting_as((who or cast.alice).scope):
        side = cast.b if who is cast.charlie else cast.a
        return actions.load(
            stream=io.BytesIO(text.encode()), file_name="a.835", pharmacy=side.pharmacy, by=who or cast.alice
        )[:2]


def claims_of(cast, row):
    with context.acting_as(cast.alice.scope):
        return list(ReceivedClaim.objects.visible_to(cast.alice).filter(remittance=row).order_by("position"))


def one(number, **changes):
    return replace(CLEAR, **{"control_number": number, "last_name": "", "first_name": ""} | changes)


@pytest.mark.django_db
def test_a_file_becomes_a_proposal_that_a_person_posts(sent):
    number = sent.sent[0].number
    (row,), new = load(sent, one(number), one("SC-UNKNOWN"), less=300)
    assert new == 1 and row.status == "proposed" and row.total_cents == 3700
    assert row.provider_adjustments == [{"reason": "WO", "reference": "OLD", "cents": 300}]
    mine, unknown = claims_of(sent, row)
    assert (mine.way, mine.claim_id, mine.contractual_cents, mine.patient_cents) == ("post", sent.sent[0].pk, 400, 100)
    assert unknown.way == "queue" and unknown.claim_id is None
    with context.acting_as(sent.alice.scope):
        row = actions.post(remittance=row, by=sent.alice)
        assert row.status == "posted" and row.decided_by == sent.alice
        with pytest.raises(CannotPost, match="posted already"):
            actions.post(remittance=row, by=sent.alice)
        with pytest.raises(CannotPost, match="posted already"):
            actions.set_aside(remittance=row, by=sent.alice)
        with pytest.raises(CannotPost, match="does not wait"):
            actions.settle(claim=mine, note="x", by=sent.alice)
        with pytest.raises(CannotPost, match="Say what"):
            actions.settle(claim=unknown, note=" ", by=sent.alice)
        assert actions.settle(claim=unknown, note="Of our other store.", by=sent.alice).settled_by == sent.alice


@pytest.mark.django_db
def test_the_claim_itself_is_not_touched(sent, as_owner):
    (row,), _ = load(sent, one(sent.sent[0].number))
    with context.acting_as(sent.alice.scope):
        actions.post(remittance=row, by=sent.alice)
    with as_owner():
        sent.sent[0].refresh_from_db()
        assert sent.sent[0].status == "submitted" and sent.sent[0].paid_cents == 0
        events = set(AuditEvent.objects.values_list("event", flat=True))
    assert {"remittance_file.loaded", "received_remittance.posted"} <= events


@pytest.mark.django_db
def test_the_same_payment_is_loaded_once(sent):
    number = sent.sent[0].number
    (first,), new = load(sent, one(number))
    (again,), none = load(sent, one(number))
    assert (new, none) == (1, 0) and again.pk == first.pk and len(claims_of(sent, first)) == 1
    with pytest.raises(CannotLoad, match="another amount"):
        load(sent, one(number), less=100)
    (other,), _ = load(sent, one(number), trace="EFT-2")
    assert other.pk != first.pk


@pytest.mark.django_db
def test_what_was_posted_is_weighed_in_the_next_file(sent):
    number = sent.sent[0].number
    (first,), _ = load(sent, one(number))
    with context.acting_as(sent.alice.scope):
        actions.post(remittance=first, by=sent.alice)
    (second,), _ = load(sent, one(number), trace="EFT-2")
    assert "posted for it already" in claims_of(sent, second)[0].why
    back = replace(BACK, control_number=number, last_name=sent.a.canary)
    both = document(sent, back, one(number), trace="EFT-4")
    text = x12_835.write(both, sender="PAYERC", receiver="ASH", control=1, at=datetime(2026, 11, 26))
    (fourth,), _ = load(sent, text=text)
    assert [each.way for each in claims_of(sent, fourth)] == ["post", "post"]  # taken back, then paid anew


@pytest.mark.django_db
def test_a_file_with_a_fault_is_not_loaded_and_says_every_fault(sent, as_owner):
    text = x12_835.write(
        document(sent, one(sent.sent[0].number)), sender="PAYERC", receiver="ASH", control=1, at=datetime(2026, 11, 26)
    )
    with pytest.raises(CannotLoad) as refusal:
        load(sent, text=text.replace("BPR*I*20*", "BPR*I*21*").replace("CAS*PR*3*1~", "CAS*PR*3*2~"))
    assert [each.code for each in refusal.value.problems] == [
        "unbalanced_line",
        "unbalanced_claim",
        "unbalanced_payment",
    ]
    with pytest.raises(CannotLoad, match="does not begin with ISA"):
        load(sent, text="claim,paid\n1,2\n")
    with as_owner():
        assert ReceivedRemittance.objects.filter(trace="EFT-1").count() == 0


@pytest.mark.django_db
def test_a_payment_to_somebody_else_is_refused(sent):
    with pytest.raises(CannotLoad, match="not this pharmacy"):
        load(sent, one(sent.sent[0].number), who=sent.charlie)


@pytest.mark.django_db
def test_a_strangers_payment_is_out_of_reach(sent):
    (row,), _ = load(sent, one(sent.sent[0].number))
    with context.acting_as(sent.charlie.scope), pytest.raises(ReceivedRemittance.DoesNotExist):
        actions.post(remittance=row, by=sent.charlie)


@pytest.mark.django_db
def test_two_payments_loaded_before_either_is_posted_count_once(sent):
    number = sent.sent[0].number
    (first,), _ = load(sent, one(number))
    (second,), _ = load(sent, one(number), trace="EFT-2")
    assert [each.way for row in (first, second) for each in claims_of(sent, row)] == ["post", "post"]
    with context.acting_as(sent.alice.scope):
        actions.post(remittance=first, by=sent.alice)
        actions.post(remittance=second, by=sent.alice)
    assert [each.way for each in claims_of(sent, first)] == ["post"]
    (again,) = claims_of(sent, second)
    assert again.way == "queue" and "$20.00 were posted for it already" in again.why


@pytest.mark.django_db
def test_a_payment_that_names_the_pharmacy_by_its_tax_number_alone(sent):
    text = x12_835.write(
        document(sent, one(sent.sent[0].number)), sender="PAYERC", receiver="ASH", control=1, at=datetime(2026, 11, 26)
    )
    by_npi, tax_id = f"*XX*{sent.a.pharmacy.npi}~", sent.a.billing_identity.tax_id
    with pytest.raises(CannotLoad, match="The file pays 999999999, not this pharmacy"):
        load(sent, text=text.replace(by_npi, "*FI*999999999~").replace(f"REF*TJ*{PHARMACY.tax_id}~", "REF*PQ*7~"))
    (row,), _ = load(sent, text=text.replace(by_npi, f"*FI*{tax_id}~").replace("REF*TJ*", "REF*PQ*"))
    assert row.total_cents == 2000
