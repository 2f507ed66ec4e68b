"""Whose claim a number means: numbers of providers, numbers of the payer, and payments that find their claims in any order."""

from itertools import permutations

import pytest

from patients.claims.models import Diagnosis, MedicalEvent

from .feeds import counts, exported, load, new_payer, withdraw
from .formats.x12 import paid, professional, remittance, subscriber, visit
from .test_x12_feeds import enrol

pytestmark = pytest.mark.django_db
ASH, ELM = "1679576722", "1234567893"
TAKEN_BACK = {
    "status": "22",
    "charge": "-100",
    "amount": "-80",
    "patient": "",
    "lines": (("99213", "-100", "-80", "1"),),
}


def claim(at="20260301*1015", claim_id="C1", frequency="1", of="", npi=ASH, tax="123456789", who="M1", **words):
    return professional(subscriber(who), visit(claim_id, frequency, of, **words), at=at, npi=npi, tax=tax)


def payment(npi=ASH, on="20260315", trace="EFT1", claim_id="C1", payee="", who="M1", **words):
    text = paid(claim_id, **words).replace("*MI*M1", f"*MI*{who}")
    return remittance(text, on=on, trace=trace, payee=payee or f"XX*{npi}")


def outcome(payer):
    """{(provider, claim number, line): (state, cents paid)}"""
    lines = exported(payer, "medical")
    return {
        (one.billing_provider, one.claim_id, int(one.claim_line_number)): (one.state, int(one.paid_cents or 0))
        for one in lines
    }


def in_any_order(files, as_owner, most=24):
    """What every order of the files comes to: one thing. Facts, too."""
    outcomes = []
    orders = list(permutations(files))
    for at, order in enumerate(orders[:: -(-len(orders) // most)]):
        payer = new_payer(f"p{at}")
        enrol(payer)
        for content in order:
            assert load(payer, content, format="x12_835" if b"*835*" in content else "x12_837").rejected == 0
        with as_owner():
            standing = MedicalEvent.objects.filter(payer=payer, standing="paid", is_withdrawn=False)
            facts = Diagnosis.objects.filter(payer=payer).values("event_id").distinct().count()
            outcomes.append((outcome(payer), facts, standing.count()))
    assert all(each == outcomes[0] for each in outcomes), outcomes
    return outcomes[0][0]


def test_two_providers_with_one_number_are_two_claims(as_owner):
    files = [
        claim(),
        claim("20260302*0900", npi=ELM, tax="987654321"),
        payment(),
        payment(ELM, trace="EFT2", status="4", amount="0"),
    ]
    assert in_any_order(files, as_owner, 8) == {(ASH, "C1", 1): ("paid", 8000), (ELM, "C1", 1): ("denied", 0)}


def test_two_of_one_house_are_told_apart_by_their_npi(as_owner):
    files = [claim(), claim("20260302*0900", npi=ELM), payment(ELM)]
    assert in_any_order(files, as_owner) == {(ASH, "C1", 1): ("paid", 0), (ELM, "C1", 1): ("paid", 8000)}


PAYEES = {
    "by tax id alone": ("FI*123456789", "M1", 8000),
    "by tax id, with a hyphen": ("FI*12-3456789", "", 8000),
    "another NPI, the same patient": (f"XX*{ELM}", "M1", 8000),
    "another NPI, another patient": (f"XX*{ELM}", "M2", 0),
    "another tax id, another patient": ("FI*987654321", "M2", 0),
    "nobody in particular": ("PI*77", "M2", 8000),
}


@pytest.mark.parametrize("case", PAYEES)
def test_who_the_payee_is(case, as_owner):
    payee, who, cents = PAYEES[case]
    assert in_any_order([claim(), payment(payee=payee, who=who)], as_owner) == {(ASH, "C1", 1): ("paid", cents)}


def test_a_payment_that_may_be_of_either_is_of_neither(as_owner):
    files = [claim(), claim("20260302*0900", npi=ELM), payment(payee="FI*123456789")]
    assert in_any_order(files, as_owner) == {(ASH, "C1", 1): ("paid", 0), (ELM, "C1", 1): ("paid", 0)}


def test_a_provider_without_an_npi_is_known_by_tax_id(as_owner):
    files = [claim(npi=""), claim("20260302*0900", npi="", tax="987654321"), payment(payee="FI*987654321")]
    assert in_any_order(files, as_owner) == {
        ("123456789", "C1", 1): ("paid", 0),
        ("987654321", "C1", 1): ("paid", 8000),
    }


NAMED = {
    "a replacement under a new number": (
        claim("20260401*0900", "C2", "7", "P1"),
        {(ASH, "C1", 1): ("reversed", 8000), (ASH, "C2", 1): ("paid", 0)},
    ),
    "a void under a new number": (claim("20260401*0900", "C2", "8", "P1"), {(ASH, "C1", 1): ("reversed", 8000)}),
    "a void of another provider": (
        claim("20260401*0900", "C1", "8", "P1", npi=ELM),
        {(ASH, "C1", 1): ("reversed", 8000)},
    ),
    "a void that names the provider's number": (
        claim("20260401*0900", "C2", "8", "C1"),
        {(ASH, "C1", 1): ("reversed", 8000)},
    ),
    "a void of another provider's number": (
        claim("20260401*0900", "C2", "8", "C1", npi=ELM),
        {(ASH, "C1", 1): ("paid", 8000), (ELM, "C2", 1): ("reversed_pending", 0)},
    ),
}


@pytest.mark.parametrize("case", NAMED)
def test_the_payers_number_of_an_earlier_payment_finds_the_claim(case, as_owner):
    last, expected = NAMED[case]
    assert in_any_order([claim(), payment(), last], as_owner) == expected


def test_a_number_of_the_payer_goes_before_one_of_the_provider(as_owner):
    """The provider has a claim with the number that the payer gave to another."""
    files = [claim(), claim(claim_id="P1"), payment(), claim("20260401*0900", "C2", "8", "P1")]
    assert in_any_order(files, as_owner, 8) == {(ASH, "C1", 1): ("reversed", 8000), (ASH, "P1", 1): ("paid", 0)}


def test_a_reversal_takes_back_the_claim_of_its_provider_alone(as_owner):
    files = [claim(), claim("20260302*0900", npi=ELM), payment(), payment(on="20260401", trace="EFT2", **TAKEN_BACK)]
    assert in_any_order(files, as_owner, 8) == {(ASH, "C1", 1): ("reversed", 0), (ELM, "C1", 1): ("paid", 0)}


def test_withdrawals_let_go_what_they_held_together(payer, as_owner):
    enrol(payer)
    first = load(payer, claim(), format="x12_837")
    told = load(payer, payment(), format="x12_835")
    void = load(payer, claim("20260401*0900", "C2", "8", "P1"), format="x12_837")
    assert outcome(payer) == {(ASH, "C1", 1): ("reversed", 8000)}
    withdraw(payer, told)
    assert outcome(payer) == {(ASH, "C1", 1): ("paid", 0), (ASH, "C2", 1): ("reversed_pending", 0)}
    load(payer, payment(), format="x12_835")
    withdraw(payer, first)
    assert outcome(payer) == {(ASH, "C2", 1): ("reversed_pending", 0)}
    load(payer, claim(), format="x12_837")
    withdraw(payer, void)
    assert outcome(payer) == {(ASH, "C1", 1): ("paid", 8000)}
    with as_owner():
        assert Diagnosis.objects.count() == 2


def test_the_claim_again_in_new_bytes_is_repeated_whoever_bills_it(payer):
    enrol(payer)
    for npi in (ASH, ELM):
        content = claim(npi=npi)
        assert counts(load(payer, content, format="x12_837")) == (1, 1, 0, 0, 0, 0)
        assert counts(load(payer, content.replace(b"~\n", b"~"), format="x12_837"))[3] == 1
