"""Prescription drug events and claim line feeds in the database: what they come to in any order, sent again, and withdrawn."""

from itertools import permutations

import pytest

from carecoord.kernel.tenancy import context
from patients.claims.models import Delivery, EligibilityEvent, MedicalEvent, PharmacyEvent
from patients.models import Coverage, Member, Patient

from .feeds import counts, fresh, load, new_payer, withdraw
from .formats.fixed_width import cclf, cclf_delimited, event, pde

pytestmark = pytest.mark.django_db
OLD, NEW = "1EG4TE5MK73", "6U50TE7GG18"


def stands(payer, model=PharmacyEvent):
    """The events that stand, as (standing, quantity or paid)."""
    with context.acting_as(context.worker_for(payer.pk)):
        return [
            (one.standing, one.quantity if model is PharmacyEvent else one.paid_cents)
            for one in model.objects.exclude(standing="").order_by("record_id", "record_line")
        ]


PDE = [
    pde([event(QTY="0000030000")], sent="20250401"),
    pde([event(QTY="0000060000", ADJ="A")], sent="20250501"),
    pde([event(NDC="", ADJ="D")], sent="20250601"),
]


def test_an_event_adjusted_and_deleted_comes_to_the_same_in_any_order(as_owner):
    for number, order in enumerate(permutations(range(3))):
        payer = new_payer(f"pde{number}")
        for place in order:
            assert load(payer, PDE[place], format="cms_pde").state == Delivery.State.LOADED
        assert [state for state, _ in stands(payer)] == ["reversed"], order


def test_an_adjusted_event_and_one_submitted_anew_after_its_deletion(payer):
    load(payer, PDE[1], format="cms_pde")
    load(payer, PDE[0], format="cms_pde")
    assert stands(payer) == [("paid", 60)]
    load(payer, PDE[2], format="cms_pde")
    load(payer, pde([event(QTY="0000090000")], sent="20250701"), format="cms_pde")
    assert stands(payer) == [("paid", 90)]


def test_a_returned_file_repeats_what_was_sent(payer):
    sent = [event(), event(RX="000000000042")]
    first = load(payer, pde(sent), format="cms_pde")
    assert counts(first) == (2, 0, 2, 0, 0, 0)
    returned = pde([event(RID="ACC"), event(RID="REJ", RX="000000000042")], stamp="20250402101112" + "01   ")
    assert counts(load(payer, returned, format="cms_pde")) == (1, 0, 0, 1, 0, 0)
    assert counts(load(payer, pde(sent, end="\r\n"), format="cms_pde")) == (2, 0, 0, 2, 0, 0)
    withdraw(payer, first)
    assert [state for state, _ in stands(payer)] == ["paid", "paid"], "the later deliveries still say so"


def test_a_file_whose_totals_disagree_leaves_nothing(payer):
    delivery = load(payer, PDE[0].replace(b"0010000001 ", b"0010000002 "), format="cms_pde")
    assert delivery.state == Delivery.State.REFUSED
    assert "(line 4)" in delivery.refusal and "states 2 details" in delivery.refusal
    assert stands(payer) == []


def d(kind, effective, loaded="2025-03-24", **more):
    return {"CLM_ADJSMT_TYPE_CD": kind, "CLM_EFCTV_DT": effective, "CLM_IDR_LD_DT": loaded} | more


PART_D = [
    d("0", "2025-03-21"),
    d("1", "2025-04-18", CLM_LINE_NDC_CD="", CLM_LINE_SRVC_UNIT_QTY="0.0000", BENE_MBI_ID=NEW),
    d("2", "2025-04-18", CLM_LINE_SRVC_UNIT_QTY="60.0000", BENE_MBI_ID=NEW),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_prescription_cancelled_and_adjusted_under_another_identifier_in_any_order(payer, order):
    for place in order:
        load(payer, cclf("CCLF7", PART_D[place]), format="cclf")
    assert stands(payer) == [("paid", 60)]
    again = load(payer, cclf_delimited("CCLF7", *PART_D), format="cclf")
    assert counts(again) == (3, 0, 0, 3, 0, 0)


def test_a_prescription_cancelled(payer):
    load(payer, cclf("CCLF7", PART_D[1]), format="cclf")
    assert [state for state, _ in stands(payer)] == ["reversed_pending"]
    load(payer, cclf("CCLF7", PART_D[0]), format="cclf")
    assert stands(payer) == [("reversed", 30)]


PART_B = [
    d("0", "2025-03-21", CLM_LINE_CVRD_PD_AMT="84.12"),
    d("1", "2025-04-18", CLM_LINE_CVRD_PD_AMT="84.12", BENE_MBI_ID=NEW),
    d("0", "2025-04-18", CLM_LINE_CVRD_PD_AMT="99.00", BENE_MBI_ID=NEW),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_two_originals_and_one_cancellation_of_part_b_in_any_order(payer, order):
    for place in order:
        load(payer, cclf("CCLF5", PART_B[place]), format="cclf")
    assert stands(payer, MedicalEvent) == [("paid", 9900)]


def test_an_original_and_its_cancellation_of_part_b(payer):
    load(payer, cclf("CCLF5", *PART_B[:2]), format="cclf")
    assert stands(payer, MedicalEvent) == [("reversed", 8412)]


MEMBERS = cclf("CCLF8", {"BENE_MBI_ID": NEW, "BENE_RNG_BGN_DT": "2025-05-01", "BENE_RNG_END_DT": "2025-05-20"})
REFERENCE = cclf("CCLF9")
CLAIMS = cclf("CCLF7", {"BENE_MBI_ID": OLD}, {"BENE_MBI_ID": NEW, "CLM_LINE_RX_FILL_NUM": "2"})


@pytest.mark.parametrize("order", list(permutations([MEMBERS, REFERENCE, CLAIMS])))
def test_a_claim_under_a_former_identifier_finds_the_member_whichever_file_comes_first(payer, as_owner, order):
    for content in order:
        load(payer, content, format="cclf")
    with as_owner():
        (patient,) = Patient.objects.all()
        assert (patient.last_name, str(patient.born_on)) == ("OAKES", "1948-02-03")
        assert Member.objects.get().member_id == NEW
        assert {one.patient_id for one in PharmacyEvent.objects.all()} == {patient.pk}
        assert [(str(c.starts_on), str(c.ends_on), c.is_hospice) for c in Coverage.objects.order_by("starts_on")] == [
            ("2013-02-01", "2025-04-30", False),
            ("2025-05-01", "2025-05-20", True),
            ("2025-05-21", "None", False),
        ]


def test_claims_under_a_former_identifier_wait_again_when_the_reference_is_withdrawn(payer):
    load(payer, MEMBERS, format="cclf")
    reference = load(payer, REFERENCE, format="cclf")
    claims = load(payer, CLAIMS, format="cclf")
    assert counts(claims) == (2, 2, 0, 0, 0, 0)
    withdraw(payer, reference)
    assert counts(fresh(payer, claims)) == (2, 1, 1, 0, 0, 0)


def test_a_later_list_of_members_replaces_what_an_earlier_one_said(payer, as_owner):
    load(payer, cclf("CCLF8", {"BENE_AGE": "78", "BENE_DEATH_DT": "2026-06-01"}), format="cclf")
    load(payer, cclf("CCLF8", {"BENE_AGE": "77"}), format="cclf")
    with as_owner():
        (span,) = Coverage.objects.all()
        assert str(span.ends_on) == "2026-06-01"
        assert not EligibilityEvent.objects.filter(in_conflict=True).exists()


def test_cross_references_that_mean_nothing_are_no_lines(payer):
    delivery = load(payer, cclf("CCLF9", {}, {"HICN_MBI_XREF_IND": "H"}), format="cclf")
    assert counts(delivery) == (1, 1, 0, 0, 0, 0)
    assert delivery.notes == {"former_claim_number": 1}
