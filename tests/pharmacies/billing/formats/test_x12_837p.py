"""Claims as 837P: valid for an outside validator, which is shown to bite; cleaned letters; every fault said at once."""

from dataclasses import replace
from datetime import datetime

import pytest

from pharmacies.billing.formats import x12, x12_837p
from pharmacies.billing.formats.x12 import CannotWrite
from tests.factories.claim_documents import (
    CALL,
    HERE,
    PATIENT,
    PHARMACIST,
    PHARMACY,
    PLAN,
    PRODUCT,
    RECEIVER,
    SENDER,
    SHOT,
    claim_document,
)

from .judge import complaints

VACCINE = claim_document(control_number="SC-VACCI-00001", lines=(SHOT, PRODUCT), diagnoses=("Z23",))
EVERYTHING = claim_document(
    control_number="SC-EVERY-00001", diagnoses=("I10", "E11.9", "Z79.899"), rendering=PHARMACIST, referring=PHARMACIST,
    supervising=PHARMACIST, facility=replace(PHARMACY, name="Ash at the school", address=replace(HERE, street="1 School Road")),
    pay_to=replace(HERE, street="PO Box 7"), authorization="PA1", clia="51D0000000", note="Second visit",
    lines=(replace(CALL, pointers=(1, 3), modifiers=("U1", "25")), replace(CALL, code="99607", units=2, charge_cents=2001)),
)  # fmt: skip
CASES = {
    "a call": [claim_document()],
    "a vaccine with its product": [VACCINE],
    "a correction": [claim_document(frequency="7", original_icn="ICN-1")],
    "a void": [claim_document(frequency="8", original_icn="ICN-1")],
    "everything": [EVERYTHING],
    "several of one patient": [claim_document(), VACCINE],
    "several patients, payers and pharmacies": [
        claim_document(),
        claim_document(control_number="B", subscriber=replace(PATIENT, member_id="M2", last_name="Roe", sex="M")),
        claim_document(control_number="C", payer=replace(PLAN, name="Payer B", id="PAYERB", filing="MC", address=None)),
        claim_document(control_number="D", billing=replace(PHARMACY, name="Birch", npi=PHARMACIST.npi)),
    ],
    "fifty lines, twelve diagnoses": [
        claim_document(lines=(CALL,) * 50, diagnoses=(*(f"E11.{n}" for n in range(9)), "I10", "I11.9", "Z23"))
    ],
}


def written(claims, **changes):
    given = {"submitter": SENDER, "receiver": RECEIVER, "control": 7, "at": datetime(2026, 11, 26, 10, 5)} | changes
    return x12_837p.write(claims, **given)


def segments(text, id_):
    return [line.split("*") for line in text.replace("~", "").split("\n") if line.split("*")[0] == id_]


@pytest.mark.parametrize("case", CASES)
def test_an_outside_validator_finds_nothing(case):
    assert complaints(written(CASES[case])) == []


@pytest.mark.parametrize(
    "broken, instead, says",
    [
        ("HI*ABK:Z23~\n", "", "Health Care Diagnosis Code"),
        ("SV1*HC:90471*20*", "SV1*HC:90471*20,00*", "SV1"),
        ("*20261120~", "*20261320~", "20261320"),
        ("SE*33*", "SE*35*", "SE count"),
        ("IEA*1*", "IEA*2*", "IEA"),
        ("HL*2*1*22", "HL*3*1*22", "HL"),
        ("CLM*SC-VACCI-00001*95.5***01:B:1", "CLM*SC-VACCI-00001*95.5***01:B:1A9", ""),
        ("DMG*D8*19500505*F", "DMG*D8*19500505*Q", "Q"),
        ("NM1*85*2*ASH STREET PHARMACY", "NM1*99*2*ASH STREET PHARMACY", "NM1"),
        ("CTP****0.5*ML", "CTP****half*ML", "half"),
    ],
)
def test_the_validator_bites(broken, instead, says):
    text = written([VACCINE])
    assert text.count(broken), text
    found = complaints(text.replace(broken, instead, 1))
    assert found and says in " ".join(found)


def test_the_loops_say_what_the_claim_says():
    text = written([EVERYTHING])
    assert segments(text, "CLM") == [["CLM", "SC-EVERY-00001", "45.01", "", "", "01:B:1", "Y", "A", "Y", "Y"]]
    assert segments(text, "HI") == [["HI", "ABK:I10", "ABF:E119", "ABF:Z79899"]]
    assert [row[1:3] for row in segments(text, "REF")] == [
        ["EI", "123456789"], ["G1", "PA1"], ["X4", "51D0000000"], ["6R", "1"], ["6R", "1"],
    ]  # fmt: skip
    assert [row[1] for row in segments(text, "NM1")] == ["41", "40", "85", "87", "IL", "PR", "DN", "82", "77", "DQ"]
    assert segments(text, "SV1")[0] == ["SV1", "HC:99606:U1:25", "25", "UN", "1", "", "", "1:3"]
    assert segments(text, "SV1")[1][1:5] == ["HC:99607", "20.01", "UN", "2"]


def test_a_vaccine_names_its_product():
    text = written([VACCINE])
    assert segments(text, "LIN") == [["LIN", "", "N4", "49281012165"]]
    assert segments(text, "CTP") == [["CTP", "", "", "", "0.5", "ML"]]


def test_who_renders_and_where_are_said_only_where_they_differ():
    at_home = claim_document(facility=PHARMACY)
    assert not [row for row in segments(written([at_home]), "NM1") if row[1] in ("77", "82")]


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_a_correction_and_a_void_name_the_first_claim(frequency):
    text = written([claim_document(frequency=frequency, original_icn="ICN-1")])
    assert segments(text, "CLM")[0][5] == f"01:B:{frequency}" and ["REF", "F8", "ICN-1"] in segments(text, "REF")
    with pytest.raises(CannotWrite, match="control number of the first claim"):
        written([claim_document(frequency=frequency)])


def test_the_envelope_counts():
    text = written(CASES["several patients, payers and pharmacies"])
    lines = text.replace("~", "").strip().split("\n")
    (se,) = segments(text, "SE")
    assert int(se[1]) == len(lines) - 4 and segments(text, "IEA") == [["IEA", "1", "000000007"]]
    assert len(lines[0]) == 105 and lines[0].split("*")[15] == "P"
    assert written([claim_document()], is_test=True).split("*")[15] == "T"
    levels = [int(row[1]) for row in segments(text, "HL")]
    assert levels == list(range(1, 7)) and [row[2] for row in segments(text, "HL")] == ["", "1", "1", "1", "", "5"]


def test_letters_are_cleaned_and_nothing_smuggles_a_segment_in():
    who = replace(PATIENT, last_name="Muñoz–Łęcki*~ISA", first_name="Zoë\n\x07", middle_name="Ø")
    text = written([claim_document(subscriber=who)])
    assert segments(text, "NM1")[3][3:6] == ["MUNOZ-LECKI ISA", "ZOE", "O"]
    assert len(segments(text, "ISA")) == 1 and complaints(text) == []


def test_other_scripts_are_refused_by_name():
    with pytest.raises(CannotWrite, match="Patient: '李' has letters"):
        written([claim_document(subscriber=replace(PATIENT, last_name="李"))])


@pytest.mark.parametrize("id_", ["M*1", "M~1", "M:1", "M\n1", " M1", "Ж1"])
def test_nothing_is_changed_in_an_id(id_):
    with pytest.raises(CannotWrite, match="in an id"):
        written([claim_document(subscriber=replace(PATIENT, member_id=id_))])


LONG = "Saint Bartholomew's Apothecary and Compounding Pharmacy of the Greenbrier Valley Medical Arts Building"


def test_long_names_are_cut_and_a_long_street_takes_two_lines():
    where = replace(HERE, street=f"{LONG}, Suite 12", city="Llanfairpwllgwyngyllgogerychwyrn")
    who = replace(PATIENT, last_name=LONG, first_name="Wolfeschlegelsteinhausenbergerdorff-Senior", middle_name=LONG)
    claim = claim_document(
        billing=replace(PHARMACY, name=LONG, address=where), subscriber=who, payer=replace(PLAN, name=LONG),
        rendering=replace(PHARMACIST, last_name=LONG), note=LONG[:80],
    )  # fmt: skip
    contact = replace(SENDER.contact, name=LONG)
    text = written([claim], submitter=replace(SENDER, name=LONG, contact=contact))
    assert complaints(text) == []
    assert [len(row[3]) for row in segments(text, "NM1")] == [60, 15, 60, 60, 60, 60]
    assert [len(each) for each in segments(text, "NM1")[3][4:6]] == [35, 25]
    street = segments(text, "N3")[0]
    assert len(street[1]) <= 55 and "".join(street[1:]).replace(" ", "") in f"{LONG}, Suite 12".upper().replace(" ", "")
    assert segments(text, "N4")[0][1] == "LLANFAIRPWLLGWYNGYLLGOGERYCHWY"


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"subscriber": replace(PATIENT, member_id="M")}, "'M' is 1 long"),
        ({"subscriber": replace(PATIENT, group_number="G" * 51)}, "51 long"),
        ({"subscriber": replace(PATIENT, last_name="*~")}, "no letter"),
        ({"subscriber": replace(PATIENT, address=replace(HERE, state="ZZ"))}, "'ZZ' is no state"),
        ({"subscriber": replace(PATIENT, address=replace(HERE, city="X"))}, "city or state of the patient is missing"),
        ({"payer": replace(PLAN, id="P")}, "'P' is 1 long"),
        ({"frequency": "7", "original_icn": "I" * 51}, "51 long"),
        ({"facility": replace(PHARMACY, name="", address=replace(HERE, street="1 School Road"))}, "needs a name"),
        ({"facility": replace(PHARMACY, npi="1234567890")}, "no NPI of the place"),
    ],
)
def test_what_a_receiver_would_reject_is_not_written(changes, says):
    with pytest.raises(CannotWrite, match=says):
        written([claim_document(**changes)])


def test_a_place_without_an_npi_of_its_own_is_named_without_one():
    fair = replace(PHARMACY, name="County Fair", npi="", address=replace(HERE, street="1 Fair Road"))
    text = written([claim_document(facility=fair)])
    assert complaints(text) == [] and segments(text, "NM1")[-1] == ["NM1", "77", "2", "COUNTY FAIR"]


def test_every_fault_is_said_at_once():
    bad = claim_document(
        billing=replace(PHARMACY, tax_id="12", npi="1234567890", address=replace(HERE, zip="24901")),
        subscriber=replace(PATIENT, born_on=None, address=None), diagnoses=("Z23", "nonsense"),
        lines=(
            replace(CALL, code="BPCHK", pointers=(3,)), replace(CALL, code="NUTRI1"),
            replace(PRODUCT, drug=replace(PRODUCT.drug, ndc="1")),
        ),
    )  # fmt: skip
    with pytest.raises(CannotWrite) as refusal:
        written([bad])
    said = " ".join(refusal.value.sentences)
    for words in ("NPI", "tax number", "nine digits", "date of birth", "of the patient is missing", "'nonsense'", "'NUTRI1'",
                  "diagnoses", "NDC"):  # fmt: skip
        assert words in said, words
    assert all(sentence.startswith("Claim SC-7KQ4M-9XDT2: ") for sentence in refusal.value.sentences)


def test_a_file_of_nothing_and_a_sender_without_telephone_are_refused():
    with pytest.raises(CannotWrite, match="no claim"):
        written([])
    with pytest.raises(CannotWrite, match="ten digits"):
        written([claim_document()], submitter=replace(SENDER, contact=None))
    with pytest.raises(CannotWrite, match="between 1 and"):
        written([claim_document()], control=0)


@pytest.mark.parametrize(
    "cents, text",
    [(0, "0"), (1, "0.01"), (10, "0.1"), (100, "1"), (12345, "123.45"), (-250, "-2.5"), (1000000, "10000")],
)
def test_amounts_are_plain_decimals(cents, text):
    assert x12.amount(cents) == text
