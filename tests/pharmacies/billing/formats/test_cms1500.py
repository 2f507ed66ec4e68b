"""The form on paper says what the 837P says, box by box; six services a sheet; the PDF holds each text at its place."""

import re
from dataclasses import replace
from datetime import datetime

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from pharmacies.billing.formats import cms1500, cms1500_sheet, x12_837p
from pharmacies.billing.formats.x12 import CannotWrite
from tests.factories.claim_documents import (
    CALL,
    HERE,
    PATIENT,
    PHARMACY,
    PLAN,
    PRODUCT,
    RECEIVER,
    SENDER,
    SHOT,
    claim_document,
)

from .test_x12_837p import EVERYTHING, VACCINE, segments

CORRECTION = claim_document(frequency="7", original_icn="ICN-1", accepts_assignment=False, pays_provider=False)


def edi(claim):
    text = x12_837p.write([claim], submitter=SENDER, receiver=RECEIVER, control=7, at=datetime(2026, 11, 26))
    people = {row[1]: row for row in segments(text, "NM1")}
    refs = {row[1]: row[2] for row in segments(text, "REF")}
    clm, dmg = segments(text, "CLM")[0], segments(text, "DMG")[0]
    return text, people, refs, clm, dmg


@pytest.mark.parametrize(
    "claim", [claim_document(), VACCINE, EVERYTHING, CORRECTION], ids=lambda each: each.control_number
)
def test_paper_says_what_the_837p_says(claim):
    (sheet,) = cms1500.boxes(claim)
    text, people, refs, clm, dmg = edi(claim)
    place, _, frequency = clm[5].split(":")
    assert sheet["1a"] == people["IL"][9]
    assert sheet["2"].split(", ") == [part[:1] if at == 2 else part for at, part in enumerate(people["IL"][3:6])]
    assert "".join(sheet[f"3.{part}"] for part in ("year", "month", "day")) == dmg[2] and sheet[f"3.{dmg[3]}"] == "X"
    n3, n4 = segments(text, "N3"), segments(text, "N4")
    home = 2 if claim.pay_to else 1
    assert [sheet["5.street"], sheet["5.city"], sheet["5.state"], sheet["5.zip"]] == [n3[home][1], *n4[home][1:4]]
    codes = [element.split(":")[1] for element in segments(text, "HI")[0][1:]]
    assert [sheet[f"21.{letter}"] for letter in "ABCDEFGHIJKL"[: len(codes)]] == codes
    assert sheet.get("22.code", "1") == frequency and sheet.get("22.ref") == refs.get("F8")
    assert sheet.get("23") == (refs.get("G1") or refs.get("X4"))
    assert sheet["25"] == refs["EI"] and sheet["26"] == clm[1] and sheet["33a"] == people["85"][9]
    assert ("27.yes" in sheet) == (clm[7] == "A") and ("13" in sheet) == (clm[8] == "Y")
    assert sheet["28"].replace(" ", ".") == f"{float(clm[2]):.2f}"
    assert (
        sheet["33.name"] == people["85"][3]
        and sheet.get("32.name") == people.get("77", [""] * 4)[3]
        or "77" not in people
    )
    assert sheet.get("17b") == people.get("DN", [None] * 10)[9]
    for at, (sv1, dtp) in enumerate(zip(segments(text, "SV1"), segments(text, "DTP"), strict=True), 1):
        _, code, *modifiers = sv1[1].split(":")
        box = {
            name: sheet.get(f"24.{at}.{name}", "")
            for name in ("A.from", "B", "D.code", "D.modifiers", "E", "F", "G", "J")
        }
        assert (box["D.code"], box["D.modifiers"].split(), box["B"], box["G"]) == (code, modifiers, place, sv1[4])
        assert box["F"].replace(" ", ".") == f"{float(sv1[2]):.2f}"
        assert [ord(letter) - 64 for letter in box["E"]] == [int(each) for each in sv1[7].split(":")]
        month, day, year = box["A.from"].split()
        assert f"20{year}{month}{day}" == dtp[3]
        assert box["J"] == people.get("82", [""] * 10)[9]


def test_the_product_stands_in_the_shaded_line():
    (sheet,) = cms1500.boxes(VACCINE)
    assert sheet["24.2.shaded"] == "N449281012165   ML0.5" and "24.1.shaded" not in sheet


def test_more_than_six_services_flow_to_another_sheet():
    first, second = cms1500.boxes(claim_document(lines=(SHOT,) * 6 + (CALL,)))
    assert first["24.6.D.code"] == "90471" and second["24.1.D.code"] == "99606" and "24.2.D.code" not in second
    assert first["28"] == "CONTINUED" and second["28"] == "145 00"
    assert first["26"] == second["26"]


@pytest.mark.parametrize(
    "filing, mark", [("MB", "medicare"), ("16", "medicare"), ("MC", "medicaid"), ("CI", "group"), ("WC", "other")]
)
def test_the_kind_of_plan_is_marked(filing, mark):
    (sheet,) = cms1500.boxes(claim_document(payer=replace(PLAN, filing=filing)))
    assert [box for box in sheet if box.startswith("1.")] == [f"1.{mark}"]
    assert sheet.get("11") == ("NONE" if filing == "MB" else None)


def test_medicare_as_first_payer_wants_nothing_of_an_insured():
    who = replace(PATIENT, group_number="G1")
    (sheet,) = cms1500.boxes(claim_document(payer=replace(PLAN, filing="MB"), subscriber=who))
    assert not [box for box in sheet if box.split(".")[0] in ("4", "6", "7", "11a", "11d")]
    assert sheet["11"] == "NONE" and sheet["2"] == "DOE, PAT, Q" and sheet["5.zip"] == "24901"


def test_what_the_837p_refuses_paper_refuses_too():
    with pytest.raises(CannotWrite, match="date of birth"):
        cms1500.boxes(claim_document(subscriber=replace(PATIENT, born_on=None)))


def texts(pdf):
    """[(x, y, text)] of an uncompressed PDF's pages, in its own units."""
    shown = re.findall(rb"BT 1 0 0 1 ([0-9.]+) ([0-9.]+) Tm \((.*?)\) Tj", pdf)
    return [(float(x), float(y), text.decode().replace("\\", "")) for x, y, text in shown]


def test_the_pdf_holds_each_text_at_its_place():
    sheets = cms1500.boxes(EVERYTHING)
    pdf = cms1500_sheet.draw(sheets)
    assert pdf.startswith(b"%PDF-") and len(texts(pdf)) == len(sheets[0])
    for box, text in sheets[0].items():
        line, column, places = cms1500_sheet.position(box)
        across, up = 20 + (column - 1) * 7.2, 792 - 24 - line * 12
        (found,) = [t for x, y, t in texts(pdf) if abs(x - across) < 0.1 and abs(y - up) < 0.1]
        assert found == (text.rjust(places) if box in ("28", "24.1.F", "24.2.F", "24.1.G", "24.2.G") else text), box
    assert pdf == cms1500_sheet.draw(sheets)  # the same claim, the same bytes


def test_twelve_diagnoses_stand_where_the_form_has_them():
    codes = (
        "I10",
        "E11.9",
        "Z79.899",
        "Z23",
        "E78.5",
        "N18.30",
        "I25.10",
        "J44.9",
        "F32.A",
        "M17.11",
        "K21.9",
        "Z71.3",
    )
    pdf = cms1500_sheet.draw(cms1500.boxes(claim_document(diagnoses=codes)))
    found = {text: (x, y) for x, y, text in texts(pdf)}
    for at, code in enumerate(codes):
        x, y = found[code.replace(".", "")]
        assert (round(x), round(y)) == (round(20 + (2 + 13 * (at % 4)) * 7.2), 792 - 24 - (38 + at // 4) * 12), code


def test_a_long_name_keeps_the_first_one():
    who = replace(PATIENT, last_name="Featherstonehaugh-Cholmondeley", first_name="Maximiliana")
    (sheet,) = cms1500.boxes(claim_document(subscriber=who))
    assert sheet["2"] == sheet["4"] == "FEATHERSTONEHAU, MAXIMILIANA" and len(sheet["2"]) == 28


def test_a_long_name_is_cut_and_the_zip_code_is_not():
    where = replace(HERE, city="Llanfairpwllgwyngyllgogerych", street="1 Road of the Long Names, Suite 1200 B")
    long = claim_document(billing=replace(PHARMACY, name="Saint Bartholomew's Apothecary of the Valley", address=where))
    sheets = cms1500.boxes(long)
    assert list(cms1500_sheet.misfits(sheets)) == []
    printed = [text for _, _, text in texts(cms1500_sheet.draw(sheets))]
    assert "SAINT BARTHOLOMEW'S APOTHECAR" in printed and "LLANFAIRPWLLGWYN WV 249011234" in printed


@pytest.mark.parametrize(
    "changes, box",
    [
        ({"lines": (replace(CALL, charge_cents=10_000_000),)}, "24.1.F"),
        ({"subscriber": replace(PATIENT, member_id="M" * 30)}, "1a"),
        ({"frequency": "7", "original_icn": "I" * 18}, "22.ref"),
        ({"control_number": "SC-7KQ4M-9XDT2-1"}, "26"),
        ({"note": "A" * 49}, "19"),
    ],
)
def test_an_id_or_an_amount_is_never_cut(changes, box):
    (sentence,) = cms1500_sheet.misfits(cms1500.boxes(claim_document(**changes)))
    assert f"box {box} of the form" in sentence


def test_each_letter_of_a_text_stands_in_its_own_column():
    font, size = cms1500_sheet.FONT, cms1500_sheet.SIZE_POINTS
    assert stringWidth("11 20 26", font, size) == pytest.approx(8 * 7.2)
    pdf = cms1500_sheet.draw(cms1500.boxes(EVERYTHING))
    assert set(re.findall(rb"/F\d+ ([0-9.]+) Tf", pdf)) == {b"%d" % size}


def test_no_two_boxes_share_a_place():
    names = [*cms1500_sheet.POSITIONS, *(f"24.{n}.{name}" for n in range(1, 7) for name in cms1500_sheet.SERVICE)]
    taken = {}
    for box in names:
        line, column, places = cms1500_sheet.position(box)
        for place in range(column, column + places):
            assert taken.setdefault((line, place), box) == box
            assert 1 <= line <= 64 and 1 <= place <= 80


def test_plain_paper_gets_boxes_and_the_print_can_be_moved():
    sheets = cms1500.boxes(claim_document(lines=(PRODUCT,)))
    plain, bare = (cms1500_sheet.draw(sheets, is_plain=each) for each in (True, False))
    assert plain.count(b" re S") > 100 and b" re S" not in bare
    moved = cms1500_sheet.draw(sheets, left_points=27, top_points=14)
    assert {(round(x - a), round(y - b)) for (x, y, _), (a, b, _) in zip(texts(moved), texts(bare), strict=True)} == {
        (7, 10)
    }
