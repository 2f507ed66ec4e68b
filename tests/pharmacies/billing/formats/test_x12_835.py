"""Remittances as 835: out only when they balance, valid for an outside validator, and read back as they were."""

import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from pharmacies.billing.formats import balance, x12_835, x12_835_in
from pharmacies.billing.formats.documents import (
    Adjustment,
    ProviderAdjustment,
    RemittanceDocument,
    RemittedClaim,
    RemittedLine,
)
from pharmacies.billing.formats.x12 import CannotWrite
from pharmacies.billing.formats.x12_tokens import NotX12
from tests.factories.claim_documents import DAY, PHARMACY, PLAN

from .judge import complaints


def cut(group, reason, cents):
    return Adjustment(group=group, reason=reason, cents=cents)


def line(charge, paid, *cuts, **more):
    return RemittedLine(
        code="99606", charge_cents=charge, paid_cents=paid, service_on=DAY, ref="1", adjustments=cuts, **more
    )


def claim(number, status, charge, paid, *lines, **more):
    return RemittedClaim(
        control_number=number, status=status, charge_cents=charge, paid_cents=paid, filing="16", icn=f"ICN-{number}", place="01",
        frequency="1", last_name="DOE", first_name="PAT", member_id="M1", lines=lines, **more,
    )  # fmt: skip


PAID = claim(
    "A", "1", 4500, 3800,
    line(2500, 2000, cut("CO", "45", 400), cut("PR", "3", 100), allowed_cents=2100),
    line(2000, 1800, cut("OA", "23", 200)), patient_cents=100,
)  # fmt: skip
DENIED = claim("B", "4", 2000, 0, line(2000, 0, cut("CO", "16", 2000), remarks=("N382", "M51")))
REVERSED = claim("C", "22", -2500, -2000, line(-2500, -2000, cut("CO", "45", -500)))
AT_CLAIM = claim("D", "1", 1000, 900, adjustments=(cut("CO", "A2", 100),))
MANY = claim("E", "1", 8000, 0, line(8000, 0, *(cut("PI", str(200 + n), 1000) for n in range(8))))
DOCUMENT = RemittanceDocument(
    trace="RA-7KQ4M", paid_on=DAY, method="ACH", total_cents=2450, payer=PLAN, payee=PHARMACY, produced_on=date(2026, 11, 26),
    claims=(PAID, DENIED, REVERSED, AT_CLAIM, MANY),
    provider_adjustments=(
        ProviderAdjustment(reason="WO", reference="ICN-9", cents=300), ProviderAdjustment(reason="FB", reference="RA-1", cents=-50),
    ),
)  # fmt: skip
NOTHING = replace(DOCUMENT, method="NON", total_cents=0, claims=(DENIED,), provider_adjustments=())


def written(document=DOCUMENT):
    return x12_835.write(document, sender="PAYERA", receiver="ASHSTREET", control=3, at=datetime(2026, 11, 26))


def read(text):
    return x12_835_in.read(io.BytesIO(text.encode()))


def without_places(document):
    """The document as a file can carry it: no segment numbers, no addresses and contacts."""
    claims = tuple(
        replace(each, segment=0, lines=tuple(replace(x, segment=0) for x in each.lines)) for each in document.claims
    )
    more = tuple(replace(each, segment=0) for each in document.provider_adjustments)
    names = ("trace", "paid_on", "method", "total_cents", "produced_on")
    payer, payee = document.payer, document.payee
    said = (payer.name.upper(), payer.tax_id, payee.name.upper(), payee.npi, payee.tax_id)
    return (*(getattr(document, name) for name in names), said, claims, more)


LONG = "The Greater Kanawha and Greenbrier Valleys' Mutual Health Assurance Company of 1887"
WITHOUT_NAME = replace(PAID, last_name="", first_name="", member_id="", place="", frequency="")
WITH_MODIFIERS = claim(
    "F", "2", 1500, 750, line(1500, 750, cut("OA", "23", 750), modifiers=("25", "U1", "GT", "59"), units=Decimal("2.5")),
)  # fmt: skip
EVEN = {
    "everything": DOCUMENT,
    "nothing paid": NOTHING,
    "a check": replace(DOCUMENT, method="CHK"),
    "long names": replace(
        DOCUMENT, payer=replace(PLAN, name=LONG, address=replace(PLAN.address, street=LONG)), payee=replace(PHARMACY, name=LONG)
    ),
    "taken back and paid anew": replace(
        DOCUMENT, total_cents=1800, claims=(REVERSED, replace(PAID, control_number="C")), provider_adjustments=()
    ),
    "a patient without a name": replace(DOCUMENT, claims=(WITHOUT_NAME, *DOCUMENT.claims[1:])),
    "modifiers and parts of a unit": replace(DOCUMENT, total_cents=3200, claims=(*DOCUMENT.claims, WITH_MODIFIERS)),
    "six adjustments beside the claims": replace(
        NOTHING, provider_adjustments=tuple(ProviderAdjustment(reason="WO", reference=f"I{n}", cents=n) for n in (-6, *range(4), 0))
    ),
    "commercial plans and unknown ones": replace(
        DOCUMENT, total_cents=2450, claims=(replace(PAID, filing="CI"), replace(DENIED, filing=""), *DOCUMENT.claims[2:])
    ),
    "only a balance that is carried forward": replace(
        NOTHING, claims=(), provider_adjustments=(
            ProviderAdjustment(reason="FB", reference="RA-1", cents=500), ProviderAdjustment(reason="FB", reference="RA-2", cents=-500),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("document", EVEN.values(), ids=EVEN)
def test_an_outside_validator_finds_nothing(document):
    assert complaints(written(document)) == []


@pytest.mark.parametrize(
    "broken, instead",
    [
        ("BPR*I*24.5*", "BPR*I*x*"),
        ("CLP*A*1*", "CLP*A*99*"),
        ("TRN*1*", "TRN*9*"),
        ("SE*", "SE*9"),
        ("PER*BL", "XXX*BL"),
    ],
)
def test_the_validator_bites(broken, instead):
    text = written()
    assert broken in text and complaints(text.replace(broken, instead, 1))


@pytest.mark.parametrize("document", [DOCUMENT, NOTHING])
def test_what_is_written_is_read_back(document):
    found = read(written(document))
    assert found.problems == () and found.version == "005010X221A1" and found.control == "000000003"
    (back,) = found.documents
    assert without_places(back) == without_places(document)
    assert balance.faults(back) == ()


def test_reversal_denial_and_provider_level_stand_in_their_segments():
    text = written()
    assert "CLP*C*22*-25*-20**16*ICN-C*01*1~" in text
    assert "CLP*B*4*20*0*0*16*ICN-B*01*1~" in text and "LQ*HE*N382~\nLQ*HE*M51~" in text
    assert "PLB*1000000012*20261231*WO:ICN-9*3*FB:RA-1*-0.5~" in text
    assert "BPR*I*24.5*C*CHK******1987654321******20261120~" in written(replace(DOCUMENT, method="CHK"))
    assert "CLP*A*1*45*38*1*ZZ*" in written(
        replace(DOCUMENT, claims=(replace(PAID, filing="CI"), *DOCUMENT.claims[1:]))
    )
    assert text.count("CAS*PI*") == 2  # six triples, then two
    assert "BPR*I*24.5*C*ACH*CCP*****1987654321******20261120~" in text


@pytest.mark.parametrize(
    "change, says",
    [
        (
            {"total_cents": 2449},
            r"\$27.00 less provider-level adjustments \$2.50 is \$24.50, but the payment says \$24.49",
        ),
        (
            {"claims": (replace(PAID, paid_cents=3700), *DOCUMENT.claims[1:])},
            r"Claim A: charge \$45.00 less adjustments \$7.00",
        ),
        ({"claims": (replace(PAID, lines=PAID.lines[:1]), *DOCUMENT.claims[1:])}, r"lines charge \$25.00 together"),
        ({"claims": (replace(DENIED, lines=(line(2000, 100),)), PAID)}, r"Claim B, line 1 \(99606\): charge \$20.00"),
    ],
)
def test_what_does_not_balance_is_not_written(change, says):
    with pytest.raises(CannotWrite, match=says):
        written(replace(DOCUMENT, **change))


def test_what_is_missing_is_said():
    document = replace(
        DOCUMENT, payer=replace(PLAN, contact=None), payee=replace(PHARMACY, tax_id=""), trace="",
        claims=(replace(DENIED, lines=(line(2000, 0, cut("CO", "16", 2000)),)),), total_cents=-250,
    )  # fmt: skip
    with pytest.raises(CannotWrite) as refusal:
        written(document)
    said = str(refusal.value)
    for words in ("contact is missing", "EIN", "no trace number", "never below zero", "reason 16 needs a remark code"):
        assert words in said, words


@pytest.mark.parametrize(
    "broken, instead, segment_id, element, code",
    [
        ("CLP*A*1*45*", "CLP*A*1*4x5*", "CLP", 3, "amount"),
        ("CLP*A*1*45*", "CLP*A*1*45.005*", "CLP", 3, "amount"),
        ("CLP*A*1*45*", "CLP**1*45*", "CLP", 1, "missing"),
        ("CLP*A*1*45*", "CLP*A*1*99999999999999999*", "CLP", 3, "amount"),
        ("CAS*CO*45*4~", "CAS*XX*45*4~", "CAS", 1, "group"),
        ("DTM*472*20261120~", "DTM*472*20261340~", "DTM", 2, "day"),
        ("SVC*HC:99606*25*20**1~", "SVC*HC:99606*25*20**NaN~", "SVC", 5, "number"),
        ("SVC*HC:99606*25*20**1~", "SVC*HC*25*20**1~", "SVC", 1, "missing"),
        ("TRN*1*RA-7KQ4M", "TRN*1*", "TRN", 2, "missing"),
        ("GE*1*3", "GE*2*3", "GE", 1, "count"),
        ("IEA*1*000000003", "IEA*1*000000004", "IEA", 2, "control_number"),
        ("X*005010X221A1", "X*004010X091A1", "GS", 8, "version"),
        ("ST*835", "ST*837", "ST", 1, "not_an_835"),
        ("N1*PR*PAYER A", "N1*PR*PAYER\x00A", "N1", 2, "letters"),
        ("LX*1~", "ZZZ*1~", "ZZZ", 0, "unknown_segment"),
        ("LX*1~", "CAS*CO*45*1~", "CAS", 0, "place"),
        ("TRN*1*RA-7KQ4M*1987654321~\n", "", "SE", 0, "missing"),
    ],
)
def test_every_problem_says_where_it_is(broken, instead, segment_id, element, code):
    text = written()
    assert broken in text
    found = read(text.replace(broken, instead, 1)).problems
    assert (segment_id, element, code) in {(each.segment_id, each.element, each.code) for each in found}
    lines = text.replace(broken, instead, 1).split("\n")
    for each in found:
        assert lines[each.segment - 1].startswith(each.segment_id)


def test_a_file_that_was_cut_off_says_so():
    text = written()
    with pytest.raises(NotX12, match="ends in the middle of segment"):
        read(text[: text.index("CLP*B") + 9])
    (problem,) = read(text[: text.index("SE*")]).problems
    assert problem.code == "no_trailer" and "SE and GE and IEA" in problem.sentence


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"ISA*00", b"ISA" + b"A" * 200, b"%PDF-1.7" + b" " * 200, b"ISA*" + b"\x00" * 5000]
)
def test_what_is_no_x12_file_is_refused_in_a_sentence(data):
    with pytest.raises(NotX12):
        x12_835_in.read(io.BytesIO(data))


def test_other_delimiters_and_line_ends_are_read():
    text = written().replace("~\n", "'\r\n").replace("*", "|").replace(":", ">")
    assert without_places(read(text).documents[0]) == without_places(DOCUMENT)


def test_lines_may_break_anywhere():
    text = written().replace("~\n", "~")
    wrapped = "\r\n".join([text[:106], *(text[at : at + 80] for at in range(106, len(text), 80))])
    assert without_places(read(wrapped).documents[0]) == without_places(DOCUMENT)


class Trickle(io.BytesIO):
    """A stream that gives seven bytes at a time."""

    def read(self, size=-1):
        return super().read(7)


def test_it_streams():
    assert x12_835_in.read(Trickle(written().encode())) == read(written())


@pytest.mark.parametrize(
    "broken, instead, segment_id, element, code",
    [
        ("LX*1~", "N1*PE*SOMEBODY ELSE*XX*1000000020~", "N1", 1, "place"),
        ("SVC*HC:99606*25*20**1~", "SVC*HC>99606*25*20**1~", "SVC", 1, "missing"),
        ("CAS*CO*45*4~", "CAS*CO*45*4***5~", "CAS", 6, "place"),
        ("PLB*1000000012*20261231*WO:ICN-9*3*", "PLB*1000000012*20261231**3*", "PLB", 4, "place"),
    ],
)
def test_what_belongs_to_nobody_is_not_passed_over(broken, instead, segment_id, element, code):
    text = written()
    assert broken in text
    found = read(text.replace(broken, instead, 1)).problems
    assert (segment_id, element, code) in {(each.segment_id, each.element, each.code) for each in found}


def test_reading_ends_after_a_thousand_faults():
    found = read(written().replace("LX*1~", "ZZ~" * 5000))
    assert len(found.problems) == 1001 and found.problems[-1].code == "too_many" and found.segments < 1100


def test_idle_zeros_without_a_reason_do_no_harm():
    assert read(written().replace("CAS*CO*45*4~", "CAS*CO*45*4*0**0*0~")).problems == ()
