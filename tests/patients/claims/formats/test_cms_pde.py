"""Prescription drug events: where the fields stand, batches and their totals, and what original, adjustment, deletion come to."""

from datetime import date
from decimal import Decimal

import pytest

from patients.claims.formats import FeedRefused

from .fixed_width import event, pde, widths
from .reading import DATA, faults, read
from .test_fuzz import drain

WIDE = widths(1000, rx=(12, 0), extra=10)
EXAMPLES = {
    "events_512.txt": (5, 4, [(8, "DATE OF SERVICE", "not_a_date")]),
    "returned_1000.txt": (2, 2, []),
}


def refusal(data):
    with pytest.raises(FeedRefused) as refused:
        read("cms_pde", data)
    assert refused.value.message.endswith(".")
    return refused.value.code, refused.value.line


def only(data):
    _, (row,), bad = read("cms_pde", data)
    assert not bad
    return row


def test_every_field_of_an_event():
    row = only(pde([event(SCC="20")]))
    assert row["number"] == 3
    assert row["claim_id"] == "H1234/01/1679576722/1234567/2025-03-14/1/"
    assert (row["member_id"], row["contract"], row["pbp"], row["plan"]) == ("1EG4TE5MK73", "H1234", "001", "H1234-001")
    assert (row["pharmacy_ref"], row["prescriber_ref"]) == ("1679576722", "1003000126")
    assert (row["filled_on"], row["paid_on"]) == (date(2025, 3, 14), date(2025, 3, 16))
    assert (row["ndc"], row["quantity"], row["days_supply"]) == ("00071015523", Decimal("30.000"), 30)
    assert (row["rx_number"], row["fill_number"], row["daw"], row["origin"]) == ("1234567", 1, "0", "3")
    assert (row["ingredient_cost_cents"], row["dispensing_fee_cents"]) == (1234, 150)
    assert (row["allowed_cents"], row["paid_cents"], row["patient_pay_cents"]) == (1384, 884, 500)
    assert (row["channel"], row["is_compound"], row["dispensing_status"], row["is_340b"]) == ("retail", False, "", True)
    assert (row["transaction"], row["is_reversal"]) == ("B1", False)


LAYOUTS = {
    "2018": widths(),
    "2009": widths(rx=(9, 2), extra=0),
    "without blanks": widths(rx=(12, 0), extra=0),
    "2025": WIDE,
    "2025, wider amounts": widths(1000, rx=(12, 0), extra=10, amount=10),
    "2025, blanks kept": widths(1000, rx=(12, 2), extra=2, prescriber=35),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layout_is_told_by_length_and_by_what_fits(name):
    layout = LAYOUTS[name]
    size = sum(width for _, width in layout)
    row = only(pde([event(layout, PST="06", DISP="P", CMPD="2", ADJ="A")], size=size))
    known = only(pde([event(PST="06", DISP="P", CMPD="2", ADJ="A")]))
    if name == "2009":
        assert row["rx_number"] == "1234567"
    assert row == known
    assert (row["channel"], row["dispensing_status"], row["is_compound"]) == ("mail", "P", True)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_trailing_blanks_and_line_ends_do_not_matter(name, end):
    layout = LAYOUTS[name]
    size = sum(width for _, width in layout)
    details = [event(layout), event(layout, RX="000000000042")]
    whole = read("cms_pde", pde(details, size=size))[1]
    assert read("cms_pde", pde(details, size=size, end=end, trimmed=True))[1] == whole
    assert read("cms_pde", pde(details, size=size, end=end) + b"\x1a")[1] == whole


def test_amounts_with_overpunched_signs():
    row = only(pde([event(ADJ="A", CPP="123}", NPP="12R", PTPAY="5", ING="12p", FEE="I")]))
    assert row["paid_cents"] == -1230 - 129
    assert (row["patient_pay_cents"], row["ingredient_cost_cents"], row["dispensing_fee_cents"]) == (5, -120, 9)


def test_original_adjustment_and_deletion_are_one_claim_in_that_order():
    files = [
        pde([event(ADJ=code, CCN=f"CCN{code}", NDC="" if code == "D" else "00071015523")]) for code in ("", "A", "D")
    ]
    rows = [only(data) for data in files]
    assert len({row["claim_id"] for row in rows}) == 1
    assert [row["is_reversal"] for row in rows] == [False, False, True]
    assert (
        rows[0]["version"] < rows[1]["version"] < rows[2]["version"] < only(pde([event()], sent="20250402"))["version"]
    )


def test_what_makes_another_claim_and_what_does_not():
    key = only(pde([event()]))["claim_id"]
    assert only(pde([event(MBI="6U50TE7GG18")]))["claim_id"] == key
    for changes in ({"RX": "000000000042"}, {"FILL": "02"}, {"DISP": "P"}, {"DOS": "20250313"}, {"SPID": "1003000126"}):
        assert only(pde([event(**changes)]))["claim_id"] != key
    assert only(pde(("S5678", "001", [event()])))["claim_id"] != key
    nameless = {
        only(pde([event(RX="000000000000", MBI=member)]))["claim_id"] for member in ("1EG4TE5MK73", "6U50TE7GG18")
    }
    assert len(nameless) == 2


def test_a_returned_file_rejected_events_are_no_claims():
    stamp = "20250402101112" + "01   "
    details = [event(RID="ACC"), event(RID="REJ", RX="000000000042"), event(RID="INF", RX="000000000043")]
    feed, good, bad = read("cms_pde", pde(details, stamp=stamp))
    assert [row["rx_number"] for row in good] == ["1234567", "43"]
    assert (feed.records, feed.rejected, feed.notes) == (2, 0, {"pde_rejected_by_cms": 1})


FILE = pde([event(), event(RX="000000000042")], ("S5678", "002", [event()]))
LINES = FILE.split(b"\n")


def without(*places):
    return b"\n".join(line for place, line in enumerate(LINES) if place not in places)


def changed(place, old, new):
    return b"\n".join([*LINES[:place], LINES[place].replace(old, new), *LINES[place + 1 :]])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (without(0), ("no_header", 1)),
        (without(1), ("sequence", 2)),
        (without(2), ("control_total", 4)),
        (without(4), ("sequence", 5)),
        (without(5), ("sequence", 6)),
        (without(7), ("sequence", 8)),
        (without(8), ("truncated", 8)),
        (without(5, 6, 7), ("control_total", 6)),
        (changed(4, b"0000002", b"0000003"), ("control_total", 5)),
        (changed(4, b"0000002 ", b"        "), ("control_total", 5)),
        (changed(4, b"H1234001", b"H1234002"), ("batch", 5)),
        (changed(1, b"H1234001", b"        "), ("batch", 2)),
        (changed(8, b"000000002", b"000000001"), ("control_total", 9)),
        (changed(8, b"000000003", b"000000004"), ("control_total", 9)),
        (FILE + LINES[2] + b"\n", ("after_trailer", 10)),
        (b"\n".join([*LINES[:5], LINES[0], *LINES[5:]]), ("sequence", 6)),
        (b"", ("empty_file", 0)),
        (b"\n \n", ("empty_file", 0)),
        (b"claim_id,claim_line_number\n1,2\n", ("no_header", 1)),
        (changed(1, b"BHD", b"BH\xff"), ("sequence", 2)),
        (changed(4, b"        ", b"\xff       "), ("not_text", 5)),
    ],
)
def test_a_file_that_does_not_add_up_is_refused_with_the_line(data, expected):
    assert refusal(data) == expected


def test_a_file_that_calls_itself_a_test_is_counted():
    assert read("cms_pde", FILE.replace(b"PROD", b"CERT"))[0].notes == {"pde_not_production": 3}


def test_details_in_no_known_layout_refuse_the_file():
    data = pde([event()[:100] + "?" * 412] * 3)
    assert refusal(data) == ("unknown_layout", 3)


def test_records_that_are_all_longer_than_any_layout_are_read_or_refused_and_nothing_else():
    drain("cms_pde", pde([event()], size=1_001))
    drain("cms_pde", pde([event(WIDE)], size=1_200))
    assert refusal(b"HDR" + b" " * 1_100 + b"\n") == ("truncated", 1)


BAD = [
    ({"DOS": "20250230"}, ("DATE OF SERVICE", "not_a_date")),
    ({"DOS": "20271231"}, ("DATE OF SERVICE", "in_the_future")),
    ({"DOB": "20260101"}, ("DATE OF SERVICE", "before_birth")),
    ({"QTY": "00000300A0"}, ("QUANTITY DISPENSED", "not_a_number")),
    ({"QTY": "000003000J"}, ("QUANTITY DISPENSED", "negative_quantity")),
    ({"DS": "999"}, ("DAYS SUPPLY", "out_of_range")),
    ({"ADJ": "X"}, ("ADJUSTMENT DELETION CODE", "unknown_code")),
    ({"CPP": "12.50"}, ("CPP AMOUNT", "not_a_number")),
    ({"MBI": "", "CARD": ""}, ("MEDICARE BENEFICIARY IDENTIFIER", "missing")),
    ({"SPID": ""}, ("SERVICE PROVIDER ID", "missing")),
    ({"RID": "XYZ"}, ("RECORD ID", "unknown_record")),
    ({"MBI": "1EG4\x00E5MK73"}, ("MEDICARE BENEFICIARY IDENTIFIER", "control_character")),
]


@pytest.mark.parametrize(("changes", "expected"), BAD)
def test_a_bad_event_is_rejected_by_itself(changes, expected):
    feed, good, bad = read("cms_pde", pde([event(), event(**changes)]))
    assert faults(bad) == [(4, *expected)]
    assert len(good) == 1 and (feed.records, feed.rejected) == (2, 1)


def test_lines_that_are_too_long_or_cut_off_are_rejected_by_themselves():
    data = pde([event(), event() + "x", event(RX="CUT"), event() + "x" * 600_000])
    data = b"\n".join(line[:150] if b"CUT" in line else line for line in data.split(b"\n"))
    feed, good, bad = read("cms_pde", data)
    assert [(number, code) for number, _, code in faults(bad)] == [
        (4, "record_length"),
        (5, "record_length"),
        (6, "line_too_long"),
    ]
    assert (feed.records, len(good)) == (4, 1)


def test_bytes_that_are_not_text_are_rejected():
    data = pde([event(), event(CCN="QQ")]).replace(b"QQ", b"\xff\xfe")
    assert faults(read("cms_pde", data)[2]) == [(4, "line", "encoding")]


@pytest.mark.parametrize("name", ["events_512.txt", "returned_1000.txt"])
def test_the_files_kept_as_examples(name):
    feed, good, bad = read("cms_pde", (DATA / "cms_pde" / name).read_bytes())
    assert (feed.records, len(good), faults(bad)) == EXAMPLES[name]


def test_a_deletion_lacks_nothing():
    feed, (row,), bad = read("cms_pde", pde([event(ADJ="D", NDC="", QTY="", DS="", PRID="")]))
    assert (row["is_reversal"], bad, feed.notes) == (True, [], {})


def test_a_trailer_with_nul_bytes_refuses_the_file():
    data = FILE.replace(b"BTR", b"BTR\x00", 1)
    with pytest.raises(FeedRefused) as refused:
        read("cms_pde", data)
    assert refused.value.code == "not_text"
