"""835 payments: what was decided of which claim, and paid for which line; sums that disagree are refused."""

from datetime import date

import pytest

from patients.claims.formats import FeedRefused
from tests.pharmacies.billing.formats.judge import complaints

from .reading import DATA, faults, read
from .x12 import paid, remittance

PAYMENTS = "x12_835"
REVERSED = paid(status="22", charge="-100", amount="-80", patient="", lines=(("99213", "-100", "-80", "1"),))
DENIED = paid("C2", "4", "100", "0", "", "P2", lines=(("99213", "100", "0", "1"),))


def told(content):
    _, good, bad = read(PAYMENTS, content)
    assert not bad, faults(bad)
    return [(row["claim_id"], row["claim_line"], row["decision"], row["paid_cents"]) for row in good]


def test_our_own_files_are_valid_for_an_outside_validator():
    assert complaints(remittance(paid(), DENIED).decode()) == []


def test_a_payment():
    _, (whole, line), bad = read(PAYMENTS, remittance(paid(amount="75")))
    assert not bad
    assert (whole["number"], whole["claim_id"], whole["payer_claim_id"], whole["member_id"]) == (13, "C1", "P1", "M1")
    assert (whole["paid_on"], whole["payee_ref"], whole["charge_cents"], whole["patient_cents"]) == (
        date(2026, 3, 15),
        "1679576722",
        10000,
        2000,
    )
    assert (line["claim_line"], line["paid_cents"]) == (1, 8000)
    assert (whole["claim_line"], whole["paid_cents"]) == (0, -500)  # together they are what was paid for the claim


def test_decisions():
    assert told(remittance(paid(), REVERSED, DENIED)) == [
        ("C1", 0, "paid", 0),
        ("C1", 1, "paid", 8000),
        ("C1", 0, "reversed", 0),
        ("C1", 1, "reversed", -8000),
        ("C2", 0, "denied", 0),
        ("C2", 1, "denied", 0),
    ]


def test_why_less_was_paid_than_charged():
    text = (
        paid(lines=(("99213", "100", "80", "1"),))
        .replace("NM1*QC", "CAS*OA*23*-5.5*2.5*18*0\nMOA***N115*MA01\nNM1*QC")
        .replace("CAS*PR*1*20\n", "CAS*CO*45*12.34**97*2\nCAS*PR*2*5.66*1\n")
        + "AMT*B6*85.66\nLQ*HE*N130\nLQ*RX*75\n"
    )
    _, (whole, line), bad = read(PAYMENTS, remittance(text))
    assert not bad
    assert (whole["adjustments"], whole["remarks"]) == (("OA 23 -5.50 2.5", "OA 18 0.00"), ("N115", "MA01"))
    assert (line["adjustments"], line["remarks"]) == (("CO 45 12.34", "CO 97 2.00", "PR 2 5.66 1"), ("N130",))
    assert (whole["allowed_cents"], line["allowed_cents"]) == (None, 8566)


@pytest.mark.parametrize(
    ("payee", "told"),
    [("XX*1679576722", ("1679576722", "123456789")), ("FI*12-3456789", ("12-3456789", "123456789"))],
)
def test_who_is_paid(payee, told):
    tax = "" if payee.startswith("FI") else "\nREF*TJ*123456789"
    _, (row, _), _ = read(PAYMENTS, remittance(paid(), payee=payee + tax))
    assert (row["payee_ref"], row["payee_tax_ref"]) == told


def test_the_day_of_a_payment_that_has_none_is_that_of_its_remittance():
    content = (
        remittance(paid()).replace(b"*20260315~\nTRN", b"~\nTRN").replace(b"DTM*405*20260315", b"DTM*405*20260316")
    )
    assert {row["paid_on"] for row in read(PAYMENTS, content)[1]} == {date(2026, 3, 16)}
    _, _, bad = read(PAYMENTS, content.replace(b"DTM*405", b"DTM*009"))
    assert (13, "BPR16", "missing") in faults(bad)


@pytest.mark.parametrize("status", ["23", "25"])
def test_what_decides_nothing_is_counted_and_no_record(status):
    feed, good, bad = read(PAYMENTS, remittance(paid(status=status, amount="0", lines=()), DENIED))
    assert (feed.records, len(good), bad, feed.notes) == (1, 2, [], {"no_decision": 1})


@pytest.mark.parametrize(
    ("numbers", "expected", "is_noted"),
    [(("2", "5"), [2, 5], False), (("", ""), [1, 2], True), (("3", "3"), [1, 2], True), (("A9", "1"), [1, 2], True)],
)
def test_lines_by_number_or_by_order(numbers, expected, is_noted):
    lines = tuple(("99213", "50", "40", number) for number in numbers)
    feed, good, _ = read(PAYMENTS, remittance(paid(lines=lines)))
    assert [row["claim_line"] for row in good] == [0, *expected]
    assert ("lines_by_order" in feed.notes) is is_noted


def test_what_the_payer_holds_back_is_part_of_the_sum():
    assert told(remittance(paid(), total=50, held="PLB*1679576722*20261231*WO:X*30\n"))[0][0] == "C1"


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ("BPR*I*80*C", "BPR*I*81*C", "control_total"),
        ("BPR*I*80*C", "BPR*I*80*D", "control_total"),
        ("BPR*I*80*C", "BPR*I*x*C", "not_a_number"),
        ("TRN*1", "REF*1", "segment_order"),
        ("CLP*C1", "CLX*C1", "segment_order"),
    ],
)
def test_sums_that_disagree_and_segments_out_of_place(was, now, code):
    with pytest.raises(FeedRefused) as refused:
        read(PAYMENTS, remittance(paid()).decode().replace(was, now, 1).encode())
    assert refused.value.code == code


BAD = {
    "CLP*C1*": ("CLP**", ("CLP01", "missing")),
    "CLP*C1*1*": ("CLP*C1*9*", ("CLP02", "unknown_code")),
    "*100*80*20*": ("*100*80.001*20*", ("CLP04", "money_precision")),
    "*20260315~\nTRN": ("*20261315~\nTRN", ("BPR16", "not_a_date")),
    "DA*22222*2026": ("DA*22222*2027", ("BPR16", "in_the_future")),
    "CAS*PR*1*20": ("CAS*PR**20", ("CAS02", "missing")),
    "CAS*PR*1*": ("CAS*PR*1*x", ("CAS03", "not_a_number")),
    "SVC*": ("SVX*", ("claim", "unknown_segment")),
}


@pytest.mark.parametrize(("was", "now", "fault"), [(was, *rest) for was, rest in BAD.items()])
def test_a_bad_payment_is_named(was, now, fault):
    _, _, bad = read(PAYMENTS, remittance(paid()).decode().replace(was, now, 1).encode())
    assert (13, *fault) in faults(bad)


def test_the_fixture():
    feed, good, bad = read(PAYMENTS, (DATA / PAYMENTS / "payments.835").read_bytes())
    assert (feed.records, len(good), bad) == (3, 6, [])
