"""Claims and remittances of the ledger, written and judged: every protocol, corrected, voided, paid in part, taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from carecoord.kernel.tenancy import context
from patients.care import protocols
from pharmacies.billing import actions as billing
from pharmacies.billing import adjudicate, queries
from pharmacies.billing.formats import balance, cms1500, files, from_ledger
from pharmacies.billing.formats.x12 import CannotWrite
from pharmacies.billing.models import BillingIdentity, PayerIdentity, ServiceClaim
from pharmacies.billing.reasons import Cut
from pharmacies.billing.snapshot import Documentation, Rendering
from tests.factories.cast import npi
from tests.factories.claim_files import complete_snapshot, settle_in
from tests.factories.snapshots import VACCINE

from .judge import complaints

pytestmark = pytest.mark.django_db
SHOT = {
    "protocol": "vaccination",
    "lines": (("90471", 1),),
    "documentation": Documentation(completed=True, vaccine=VACCINE),
}


@pytest.fixture
def known(cast, as_owner):
    with as_owner():
        settle_in(cast.a)
    return cast


def opened(cast, **changes):
    with context.acting_as(cast.alice.scope):
        return billing.open_claim(snapshot=complete_snapshot(cast.a, **changes), by=cast.alice)


def written(cast, *claims, who=None):
    who = who or cast.alice
    with context.acting_as(who.scope):
        return files.as_837p(claims, who).data.decode()


def test_every_protocol_has_its_reason_and_place():
    assert set(from_ledger.visit_reasons()) == set(protocols.every())


@pytest.mark.parametrize("protocol", sorted(protocols.every()))
def test_a_claim_of_every_protocol_is_valid(known, protocol):
    changes = SHOT if protocol == "vaccination" else {"protocol": protocol}
    claim = opened(known, **changes)
    assert claim.status == "submitted"
    text = written(known, claim)
    assert complaints(text) == []
    with context.acting_as(known.alice.scope):
        (document,) = from_ledger.claims_of([claim], known.alice)
    assert document.subscriber.last_name == known.a.canary and document.charge_cents == claim.charge_cents
    assert document.billing.address.zip == "249011234" and len(cms1500.boxes(document)) == 1


def test_correction_and_void_and_several_in_one_file(known):
    first, other = opened(known), opened(known, **SHOT)
    with context.acting_as(known.erin.scope):
        adjudicate.approve(claims=[first, other], by=known.erin)
    with context.acting_as(known.alice.scope):
        first, other = (ServiceClaim.objects.visible_to(known.alice).get(pk=each.pk) for each in (first, other))
        snapshot = complete_snapshot(known.a, encounter_ref=first.encounter_ref)
        fixed = billing.correct(claim=first, snapshot=snapshot, by=known.alice)
        void = billing.void(claim=other, reason="Given elsewhere.", by=known.alice)
    text = written(known, first, other, fixed, void)
    assert complaints(text) == []
    assert f"CLM*{fixed.number}*25***10:B:7*" in text and f"REF*F8*{first.icn}~" in text
    assert (
        f"CLM*{void.number}*20***01:B:8*" in text and f"REF*F8*{other.icn}~" in text
    )  # the void says again what it takes back
    assert text.count("CLM*") == 4 and text.count("ISA*") == 1


def test_no_two_files_have_the_same_control_number(known):
    claim = opened(known)
    numbers = [written(known, claim)[90:99] for _ in range(3)]
    assert len(set(numbers)) == 3 and all(number.isdigit() for number in numbers)


def test_a_vaccine_with_an_ndc_names_it_on_the_line_that_bills_the_product(known):
    claim = opened(known, **SHOT)
    claim.snapshot["documentation"]["vaccine"]["ndc"] = "49281012165"
    assert from_ledger._drug("90662", claim.snapshot["documentation"]["vaccine"]).ndc == "49281012165"
    assert from_ledger._drug("90471", claim.snapshot["documentation"]["vaccine"]) is None


def test_whoever_served_is_named_by_their_own_npi_on_both_forms(known):
    who = Rendering(
        name="Alice", role="Pharmacist", npi=npi(77), last_name="Alba", first_name="Alice", taxonomy="183500000X"
    )
    claim, without = opened(known, rendering=who), opened(known, **SHOT)
    text = written(known, claim, without)
    assert complaints(text) == []
    assert (
        text.count("NM1*82*") == 1
        and f"NM1*82*1*ALBA*ALICE****XX*{npi(77)}~" in text
        and "PRV*PE*PXC*183500000X~" in text
    )
    with context.acting_as(known.alice.scope):
        sheets = [cms1500.boxes(each)[0] for each in from_ledger.claims_of([claim, without], known.alice)]
    assert [sheet.get("24.1.J", "") for sheet in sheets] == [npi(77), ""]
    assert {sheet["33a"] for sheet in sheets} == {known.a.pharmacy.npi}


def test_the_file_names_whom_the_pharmacy_entered_for_questions(known, as_owner):
    with as_owner():
        BillingIdentity.objects.update(contact_name="Bob Birch", contact_phone="3045550177")
    assert "PER*IC*BOB BIRCH*TE*3045550177~" in written(known, opened(known))


def test_what_is_not_on_record_is_said_in_sentences(cast, as_owner):
    with as_owner():
        BillingIdentity.objects.all().delete()
        PayerIdentity.objects.all().delete()
    claim = opened(cast)
    with context.acting_as(cast.alice.scope), pytest.raises(CannotWrite) as refusal:
        files.as_837p([claim], cast.alice)
    said = str(refusal.value)
    assert "tax number" in said and "payer's id" in said and claim.number in said
    with context.acting_as(cast.alice.scope), pytest.raises(CannotWrite, match="tax number"):
        files.as_cms1500([claim], cast.alice)


def test_what_does_not_fit_on_paper_is_said_where_the_837p_takes_it(known, as_owner):
    claim = opened(known)
    with as_owner():
        facts = claim.snapshot | {"patient": claim.snapshot["patient"] | {"member_id": "M" * 30}}
        ServiceClaim.objects.filter(pk=claim.pk).update(snapshot=facts)
    assert complaints(written(known, claim)) == []
    with context.acting_as(known.alice.scope), pytest.raises(CannotWrite, match="does not fit into box 1a"):
        files.as_cms1500([claim], known.alice)


def test_a_held_claim_and_a_strangers_are_not_written(known):
    held = opened(known, lines=(("99606", 1), ("99999", 1)))
    assert held.status == "held"
    with context.acting_as(known.alice.scope), pytest.raises(CannotWrite, match="was not sent"):
        files.as_837p([held], known.alice)
    sent = opened(known)
    with context.acting_as(known.charlie.scope), pytest.raises(CannotWrite, match="no claim to write"):
        files.as_837p([sent], known.charlie)


def test_a_payer_writes_the_same_file_as_the_pharmacy(known):
    claim = opened(known)
    ours, theirs = (written(known, claim, who=who).split("\n")[2:] for who in (known.alice, known.erin))
    assert [line for line in ours if not line.startswith(("BHT", "GE", "IEA"))] == [
        line for line in theirs if not line.startswith(("BHT", "GE", "IEA"))
    ]


def test_a_snapshot_of_earlier_days_is_refused_in_sentences_too(known, as_owner):
    with as_owner():
        ServiceClaim.objects.filter(pk=known.a.service_claim.pk).update(snapshot={"patient": {"name": "Doe, Pat"}})
    with context.acting_as(known.alice.scope), pytest.raises(CannotWrite, match="member id is missing"):
        files.as_837p([known.a.service_claim], known.alice)


def test_a_wrong_zip_is_not_taken_over(known, as_owner):
    with as_owner():
        BillingIdentity.objects.update(zip="990001234")
    claim = opened(known)
    with context.acting_as(known.alice.scope), pytest.raises(CannotWrite, match="nine digits"):
        files.as_837p([claim], known.alice)


def remitted(cast, row):
    with context.acting_as(cast.erin.scope):
        document = from_ledger.remittance(row, cast.erin)
        return document, files.as_835(row, cast.erin).data.decode()


def test_a_remittance_with_everything_balances_and_is_valid(known):
    paid, part = opened(known), opened(known, **SHOT)
    denied, unknown = (opened(known, service_on=timezone.localdate() - timedelta(days=days)) for days in (9, 18))
    erin, today = known.erin, timezone.localdate()
    with context.acting_as(erin.scope):
        adjudicate.approve(claims=[paid], by=erin)
        cut = {1: (Cut(group="CO", carc="45", cents=300), Cut(group="PR", carc="3", cents=200))}
        adjudicate.approve_in_part(claim=part, approved={1: 1500}, cuts=cut, by=erin)
        adjudicate.deny(claim=denied, reason="Late.", group="CO", carc="16", rarc="N382", by=erin)
        adjudicate.deny(claim=unknown, group="CO", carc="31", by=erin)
        (first,) = adjudicate.pay(claims=[paid, part], paid_on=today, by=erin)
    document, text = remitted(known, first)
    assert balance.faults(document) == () and complaints(text) == []
    assert document.total_cents == 4000 == first.total_cents
    assert f"CLP*{part.number}*1*20*15*2*16*" in text and "CAS*CO*45*3~" in text and "CAS*PR*3*2~" in text
    assert f"CLP*{denied.number}*1*25*0*0*16*" in text and "LQ*HE*N382~" in text
    assert f"CLP*{unknown.number}*4*25*0*0*16*" in text and "CAS*CO*31*25~" in text
    with context.acting_as(known.alice.scope):
        mine = ServiceClaim.objects.visible_to(known.alice)
        again = billing.correct(
            claim=mine.get(pk=paid.pk),
            snapshot=complete_snapshot(known.a, encounter_ref=paid.encounter_ref),
            by=known.alice,
        )
    with context.acting_as(erin.scope):
        adjudicate.approve(claims=[again], by=erin)
        (second,) = adjudicate.pay(claims=[again], paid_on=today, by=erin)
    document, text = remitted(known, second)
    assert [claim.status for claim in document.claims] == ["22", "1"] and document.total_cents == 0
    assert balance.faults(document) == () and complaints(text) == []
    assert f"CLP*{paid.number}*22*-25*-25**16*" in text and f"CLP*{again.number}*1*25*25*0*16*" in text


def test_what_is_taken_back_and_carried_forward_balances_and_is_valid(known):
    erin, today = known.erin, timezone.localdate()
    paid, shot, last = opened(known), opened(known, **SHOT), opened(known, service_on=today - timedelta(days=9))
    with context.acting_as(erin.scope):
        adjudicate.approve(claims=[paid, shot, last], by=erin)
        adjudicate.pay(claims=[paid], paid_on=today, by=erin)
        adjudicate.recoup(claim=paid, amount_cents=2400, reason="Paid twice by mistake.", by=erin)
        (second,) = adjudicate.pay(claims=[shot], paid_on=today + timedelta(days=90), by=erin)
        (third,) = adjudicate.pay(
            claims=[last], paid_on=today + timedelta(days=91), by=erin, method="CHK", trace="10234"
        )
    document, text = remitted(known, second)
    assert balance.faults(document) == () and complaints(text) == []
    assert "BPR*I*0*C*NON*" in text and f"*WO:{paid.icn}*24*FB:{second.number}*-4~" in text
    document, text = remitted(known, third)
    assert balance.faults(document) == () and complaints(text) == []
    assert "BPR*I*21*C*CHK*" in text and "TRN*1*10234*1" in text and f"*FB:{second.number}*4~" in text


def test_a_member_of_a_commercial_plan_is_told_of_in_an_835_too(known):
    coverage = replace(complete_snapshot(known.a).coverage, line_of_business="commercial")
    claim = opened(known, coverage=coverage)
    with context.acting_as(known.erin.scope):
        adjudicate.approve(claims=[claim], by=known.erin)
        (row,) = adjudicate.pay(claims=[claim], paid_on=timezone.localdate(), by=known.erin)
    _, text = remitted(known, row)
    assert complaints(text) == [] and f"CLP*{claim.number}*1*25*25*0*ZZ*" in text
    assert "SBR*P*18*" in (edi := written(known, claim)) and "*CI~" in edi and complaints(edi) == []


def test_a_denial_that_was_told_stays_told_when_its_correction_is_approved(known):
    paid, denied = opened(known), opened(known, service_on=timezone.localdate() - timedelta(days=9))
    erin, today = known.erin, timezone.localdate()
    with context.acting_as(erin.scope):
        adjudicate.approve(claims=[paid], by=erin)
        adjudicate.deny(claim=denied, group="CO", carc="16", rarc="N382", by=erin)
        (first,) = adjudicate.pay(claims=[paid], paid_on=today, by=erin)
    before, _ = remitted(known, first)
    with context.acting_as(known.alice.scope):
        snapshot = complete_snapshot(known.a, encounter_ref=denied.encounter_ref, service_on=denied.service_on)
        again = billing.correct(claim=denied, snapshot=snapshot, by=known.alice)
    with context.acting_as(erin.scope):
        adjudicate.approve(claims=[again], by=erin)
        assert ServiceClaim.objects.visible_to(erin).get(pk=denied.pk).status == "replaced"
    after, text = remitted(known, first)
    assert after == before and complaints(text) == []
    with context.acting_as(known.alice.scope):
        told = {
            line.claim_number: line.adjustments for line in queries.remittance_of(known.alice, first.public_id).lines
        }
    assert [(cut.carc, cut.amount_cents) for cut in told[denied.number]] == [("16", 2500)]


def test_what_does_not_balance_is_refused_with_its_numbers(known, monkeypatch):
    claim = opened(known)
    with context.acting_as(known.erin.scope):
        adjudicate.approve(claims=[claim], by=known.erin)
        (row,) = adjudicate.pay(claims=[claim], paid_on=timezone.localdate(), by=known.erin)
        row.total_cents -= 1
        with pytest.raises(CannotWrite, match=r"\$25.00.*payment says \$24.99"):
            files.as_835(row, known.erin)
        document = from_ledger.remittance(row, known.erin)
        assert replace(document, total_cents=2500) != document
