"""X12 files through the database: coverage and claims come to the same, whatever the order of the files."""

from datetime import date
from itertools import permutations

import pytest

from patients.claims.formats.reading.family import dependant_id
from patients.claims.models import Diagnosis, EligibilityEvent, Stay
from patients.models import Coverage, Member, Patient

from .feeds import counts, exported, load, new_payer, states_of_medical, withdraw
from .formats.x12 import (
    covered,
    enrolment,
    institutional,
    member,
    paid,
    patient,
    professional,
    remittance,
    stay,
    subscriber,
    visit,
)

pytestmark = pytest.mark.django_db

FIRST = date(2026, 1, 1)
DAYS = [f"202603{day:02}*0900" for day in range(1, 29)]


def coverage(payer):
    """{(member id, plan): [(first day, last day)]}"""
    found = {}
    for one in Coverage.objects.filter(payer=payer).order_by("starts_on"):
        member_id = Member.objects.get(patient=one.patient).member_id
        found.setdefault((member_id, one.plan), []).append((one.starts_on, one.ends_on))
    return found


def enrolled(at, **words):
    return enrolment(member(coverage=covered(**words)), at=DAYS[at])


def in_any_order(files, format, seen, as_owner):
    """What every order of the files comes to: one thing."""
    outcomes = []
    for at, order in enumerate(permutations(files)):
        payer = new_payer(f"p{at}")
        for content in order:
            assert load(payer, content, format=format).rejected == 0
        with as_owner():
            outcomes.append(seen(payer))
    assert all(outcome == outcomes[0] for outcome in outcomes), outcomes
    return outcomes[0]


ENDS = {
    "an end, with its first day": ([enrolled(0), enrolled(1, does="024", ends="20260630")], date(2026, 6, 30)),
    "an end without a first day": (
        [enrolled(0), enrolled(1, does="024", starts="", ends="20260630")],
        date(2026, 6, 30),
    ),
    "an end, corrected": (
        [
            enrolled(0),
            *(enrolled(at, does="024", starts="", ends=f"2026{end}") for at, end in ((1, "0630"), (2, "0731"))),
        ],
        date(2026, 7, 31),
    ),
    "an end, and begun again": (
        [enrolled(0), enrolled(1, does="024", starts="", ends="20260630"), enrolled(2, does="025")],
        None,
    ),
    "the end of all that the member has": (
        [enrolled(0), enrolment(member(does="024", more="DTP*357*D8*20260531\n"), at=DAYS[1])],
        date(2026, 5, 31),
    ),
    "the end of all, and reinstated": (
        [
            enrolled(0),
            enrolment(member(does="024", more="DTP*357*D8*20260531\n"), at=DAYS[1]),
            enrolment(member(does="025"), at=DAYS[2]),
        ],
        None,
    ),
    "an end, and its coverage reinstated without its first day": (
        [enrolled(0), enrolled(1, does="024", starts="", ends="20260630"), enrolled(2, does="025", starts="")],
        None,
    ),
    "an end, and another coverage reinstated": (
        [
            enrolled(0),
            enrolled(1, does="024", starts="", ends="20260630"),
            enrolled(2, does="025", plan="GOLD", starts=""),
        ],
        date(2026, 6, 30),
    ),
    "reinstated, and then ended": (
        [
            enrolled(0),
            enrolment(member(does="025"), at=DAYS[1]),
            enrolment(member(does="024", more="DTP*357*D8*20260531\n"), at=DAYS[2]),
        ],
        date(2026, 5, 31),
    ),
    "an end of another plan": ([enrolled(0), enrolled(1, does="024", plan="GOLD", starts="", ends="20260630")], None),
    "a full file after the change": ([enrolled(0), enrolled(1, ends="20260630"), enrolled(2, does="030")], None),
}


@pytest.mark.parametrize("case", ENDS)
def test_an_end_holds_in_any_order(case, as_owner):
    files, ends_on = ENDS[case]
    assert in_any_order(files, "x12_834", coverage, as_owner) == {("S1", "HLT SILVER"): [(FIRST, ends_on)]}


@pytest.mark.parametrize("last", [{"does": "002"}, {"does": "024", "ends": "20251101"}])
def test_a_span_taken_back_is_gone_in_any_order(last, as_owner):
    assert in_any_order([enrolled(0), enrolled(1, **last)], "x12_834", coverage, as_owner) == {}


def test_an_end_leaves_a_span_alone_that_began_later(as_owner):
    files = [enrolled(0), enrolled(1, does="024", starts="", ends="20260331"), enrolled(2, starts="20260601")]
    expected = {("S1", "HLT SILVER"): [(FIRST, date(2026, 3, 31)), (date(2026, 6, 1), None)]}
    assert in_any_order(files, "x12_834", coverage, as_owner) == expected


def test_a_withdrawn_end_opens_the_span_again(payer, as_owner):
    load(payer, enrolled(0), format="x12_834")
    ended = load(payer, enrolled(1, does="024", starts="", ends="20260630"), format="x12_834")
    withdraw(payer, ended)
    with as_owner():
        assert coverage(payer) == {("S1", "HLT SILVER"): [(FIRST, None)]}


def test_the_same_members_in_new_bytes_are_repeated(payer, as_owner):
    content = enrolment(
        member(coverage=covered()), member("N", name="ROE*LEO", born="20150611", coverage=covered("DEN"))
    )
    assert counts(load(payer, content, format="x12_834")) == (2, 2, 0, 0, 0, 0)
    assert counts(load(payer, content.replace(b"~\n", b"~\r\n"), format="x12_834")) == (2, 0, 0, 2, 0, 0)
    with as_owner():
        assert EligibilityEvent.objects.count() == 2


def test_the_claim_of_a_child_finds_the_child_and_that_of_an_unknown_twin_waits(payer, as_owner):
    family = enrolment(
        member(number="M1", born="19900101", coverage=covered()),
        member("N", number="M1", name="ROE*LEO", born="20260110", sex="M", coverage=covered(starts="20260110")),
    )
    load(payer, family, format="x12_834")
    claims = professional(
        subscriber(below=1, born="19900101"), patient("LEO"), visit("A"), patient("MIA", level=4), visit("B")
    )
    assert counts(load(payer, claims, format="x12_837")) == (2, 1, 1, 0, 0, 0)
    with as_owner():
        leo = Patient.objects.get(first_name="LEO")
        assert Member.objects.get(patient=leo).member_id == dependant_id("M1", date(2026, 1, 10), "LEO")
        assert set(Diagnosis.objects.values_list("patient__first_name", flat=True)) == {"LEO"}
        assert Patient.objects.count() == 2


def enrol(payer):
    load(payer, enrolment(member(number="M1", born="19500101", coverage=covered())), format="x12_834")


def sent(at, claim_id="C1", frequency="1", of="", lines=2):
    services = tuple(f"9921{number}*60*UN*1" for number in range(lines))
    return professional(subscriber(), visit(claim_id, frequency, of, lines=services), at=DAYS[at])


CLAIMS = {
    "a claim": ([sent(0)], {("C1", 1): "paid", ("C1", 2): "paid"}),
    "replaced by one of fewer lines under the same number": (
        [sent(0, lines=3), sent(1, frequency="7", of="PAYERS-1", lines=2)],
        {("C1", 1): "paid", ("C1", 2): "paid", ("C1", 3): "reversed"},
    ),
    "replaced by one of more lines, and again": (
        [sent(0, lines=1), sent(1, frequency="7", lines=3), sent(2, frequency="7", lines=2)],
        {("C1", 1): "paid", ("C1", 2): "paid", ("C1", 3): "reversed"},
    ),
    "replaced by another number": (
        [sent(0), sent(1, "C2", "7", of="C1", lines=1)],
        {("C1", 1): "reversed", ("C1", 2): "reversed", ("C2", 1): "paid"},
    ),
    "voided with one line for all": (
        [sent(0), sent(1, frequency="8", of="PAYERS-1", lines=1)],
        {("C1", 1): "reversed", ("C1", 2): "reversed"},
    ),
    "voided under another number": (
        [sent(0), sent(1, "C2", "8", of="C1", lines=1)],
        {("C1", 1): "reversed", ("C1", 2): "reversed"},
    ),
    "voided, and sent anew": ([sent(0), sent(1, frequency="8"), sent(2)], {("C1", 1): "paid", ("C1", 2): "paid"}),
    "a replacement that is replaced": (
        [sent(0), sent(1, "C2", "7", of="C1"), sent(2, "C3", "7", of="C2", lines=1)],
        {**dict.fromkeys([("C1", 1), ("C1", 2), ("C2", 1), ("C2", 2)], "reversed"), ("C3", 1): "paid"},
    ),
    "a void of what never came": ([sent(1, "C2", "8", of="C1", lines=1)], {("C2", 1): "reversed_pending"}),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_replacements_and_voids_end_alike_in_any_order(case, as_owner):
    files, expected = CLAIMS[case]
    outcomes = []
    for at, order in enumerate(permutations(files)):
        payer = new_payer(f"p{at}")
        enrol(payer)
        for content in order:
            assert load(payer, content, format="x12_837").rejected == 0
        outcomes.append(states_of_medical(payer))
    assert outcomes == [expected] * len(outcomes)


def test_a_withdrawn_replacement_gives_the_claim_back(payer, as_owner):
    enrol(payer)
    load(payer, sent(0, lines=3), format="x12_837")
    replaced = load(payer, sent(1, frequency="7", lines=1), format="x12_837")
    withdraw(payer, replaced)
    assert states_of_medical(payer) == {("C1", line): "paid" for line in (1, 2, 3)}


def test_claims_are_repeated_in_new_bytes_and_only_what_stands_is_a_fact(payer, as_owner):
    enrol(payer)
    content = institutional(subscriber(), stay())
    assert counts(load(payer, content, format="x12_837")) == (1, 1, 0, 0, 0, 0)
    assert counts(load(payer, content.replace(b"~\n", b"~"), format="x12_837")) == (1, 0, 0, 1, 0, 0)
    with as_owner():
        assert Stay.objects.get().to_day - Stay.objects.get().from_day == 4
        assert set(Diagnosis.objects.values_list("code", flat=True)) == {"I2510", "E119"}
    load(payer, institutional(subscriber(), stay(frequency="8"), at=DAYS[20]), format="x12_837")
    with as_owner():
        assert not Stay.objects.exists()
        assert not Diagnosis.objects.exists()


def decided(payer):
    """{(claim id, line): (state, cents paid)}"""
    lines = exported(payer, "medical")
    return {(line.claim_id, int(line.claim_line_number)): (line.state, int(line.paid_cents)) for line in lines}


PAID = remittance(paid())
DENIED = remittance(paid(status="4", amount="0", patient="", lines=(("99213", "100", "0", "1"),)))
TAKEN_BACK = paid(status="22", charge="-100", amount="-80", patient="", lines=(("99213", "-100", "-80", "1"),))
REVERSED = remittance(TAKEN_BACK, on="20260401", trace="EFT2")
CORRECTED = remittance(
    TAKEN_BACK, paid(amount="60", patient="40", lines=(("99213", "100", "60", "1"),)), on="20260401", trace="EFT2"
)
MORE = remittance(paid(status="2", amount="15", patient="", lines=()), on="20260410", trace="EFT3")
CLAIM = professional(subscriber(), visit())
DECISIONS = {
    "paid": ([CLAIM, PAID], {("C1", 1): ("paid", 8000)}),
    "denied": ([CLAIM, DENIED], {("C1", 1): ("denied", 0)}),
    "paid and taken back": ([CLAIM, PAID, REVERSED], {("C1", 1): ("reversed", 0)}),
    "paid, taken back and corrected at once": ([CLAIM, PAID, CORRECTED], {("C1", 1): ("paid", 6000)}),
    "paid in two parts": ([CLAIM, PAID, MORE], {("C1", 1): ("paid", 9500)}),
    "denied and later paid": ([CLAIM, DENIED, MORE], {("C1", 1): ("paid", 1500)}),
    "taken back, and the claim sent anew": (
        [CLAIM, PAID, REVERSED, professional(subscriber(), visit(frequency="7", of="P1"), at="20260405*0900")],
        {("C1", 1): ("paid", 0)},
    ),
}


@pytest.mark.parametrize("case", DECISIONS)
def test_what_the_payer_decided_is_on_the_claim_in_any_order(case, as_owner):
    files, expected = DECISIONS[case]
    outcomes = []
    orders = list(permutations(files))  # of 24, every fifth: one transaction can hold only so many locks
    for at, order in enumerate(orders[:: 5 if len(orders) > 6 else 1]):
        payer = new_payer(f"p{at}")
        enrol(payer)
        for content in order:
            assert load(payer, content, format="x12_835" if b"*835*" in content else "x12_837").rejected == 0
        with as_owner():
            facts = Diagnosis.objects.filter(payer=payer).count()
        outcomes.append((decided(payer), facts))
    is_gone = expected["C1", 1][0] == "reversed"
    assert outcomes == [(expected, 0 if is_gone else 2)] * len(outcomes)


def test_payments_are_repeated_withdrawn_and_never_wait(payer, as_owner):
    enrol(payer)
    first = load(payer, CORRECTED, format="x12_835")
    assert counts(first) == (2, 2, 0, 0, 0, 0)
    assert first.totals["claim_payment"] == {"rows": 4, "paid_cents": "-2000"}
    assert counts(load(payer, CORRECTED.replace(b"~\n", b"~"), format="x12_835")) == (2, 0, 0, 2, 0, 0)
    load(payer, CLAIM, format="x12_837")
    taken_back = load(payer, remittance(TAKEN_BACK, on="20260501", trace="EFT9"), format="x12_835")
    with as_owner():
        assert not Diagnosis.objects.exists()
    withdraw(payer, taken_back)
    assert decided(payer) == {("C1", 1): ("paid", -2000)}
    with as_owner():
        assert Diagnosis.objects.count() == 2


def test_a_payment_said_twice_with_other_words_is_a_conflict(payer):
    load(payer, PAID, format="x12_835")
    other = load(payer, remittance(paid(amount="70", lines=(("99213", "100", "70", "1"),))), format="x12_835")
    assert counts(other) == (1, 0, 0, 0, 0, 1)


def test_what_is_paid_for_no_line_of_the_claim_is_on_its_first(payer):
    enrol(payer)
    load(payer, professional(subscriber(), visit(lines=("99213*60*UN*1", "99214*40*UN*1"))), format="x12_837")
    lines = (("99213", "60", "30", "2"), ("99214", "40", "25", "7"))
    load(payer, remittance(paid(amount="50", lines=lines)), format="x12_835")
    assert decided(payer) == {("C1", 1): ("paid", 2000), ("C1", 2): ("paid", 3000)}
