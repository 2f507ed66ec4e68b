"""The square code of a carton: what it says, as printed and as typed by scanners; and clear words for what is none."""

from datetime import date

import pytest

from patients.care import gs1

TODAY = date(2026, 11, 21)
GTIN = "00349281125652"
GOOD = [
    f"(01){GTIN}(17)270630(10)U7781A(21)ABC123",
    f"(01) {GTIN} (17)270630(10)U7781A(21)ABC123".replace("(01) ", "(01)").replace(f"{GTIN} ", GTIN),
    f"]d201{GTIN}17270630" + "10U7781A\x1d21ABC123",
    f"\x1d01{GTIN}21ABC123\x1d17270630" + "10U7781A",
    f"01{GTIN}17270630" + "10U7781A" + gs1.SEPARATOR + "21ABC123",
    f"]C101{GTIN}21ABC123" + gs1.SEPARATOR + "17270630" + gs1.SEPARATOR + "10U7781A",
]


@pytest.mark.parametrize("text", GOOD)
def test_the_same_carton_reads_the_same(text):
    read = gs1.read(text, today=TODAY)
    assert (read.lot, read.expires_on, read.serial) == ("U7781A", date(2027, 6, 30), "ABC123")
    assert read.ndcs == ("04928112565", "49281012565", "49281125605")


@pytest.mark.parametrize(
    "yymmdd, day", [("270200", date(2027, 2, 28)), ("280200", date(2028, 2, 29)), ("750101", date(2075, 1, 1))]
)
def test_day_00_is_the_last_of_the_month(yymmdd, day):
    assert gs1.read(f"(01){GTIN}(17){yymmdd}(10)X", today=TODAY).expires_on == day


def test_the_century_is_the_one_that_lies_near():
    assert gs1.read(f"(01){GTIN}(17)990101(10)X", today=date(2099, 1, 1)).expires_on == date(2099, 1, 1)
    assert gs1.read(f"(01){GTIN}(17)990101(10)X", today=TODAY).expires_on == date(1999, 1, 1)


BAD = [
    ("", "nothing in the code"),
    ("U7781A", "cannot be told apart"),
    (f"(01){GTIN}(10)X", "lacks the expiry"),
    ("(17)270630(10)X", "lacks the product number"),
    (f"(01){GTIN}(17)270630", "lacks the lot"),
    ("(01)00349281125653(17)270630(10)X", "does not add up"),
    ("(01)04012345678901(17)270630(10)X", "no American drug"),
    (f"(01){GTIN}(17)271330(10)X", "expiry in the code is not a date"),
    (f"(01){GTIN}(17)270631(10)X", "expiry in the code is not a date"),
    (f"(01){GTIN[:10]}(17)270630(10)X", "cut off"),
    (f"01{GTIN}1727063", "cut off"),
    (f"01{GTIN}1727063010U7781A21ABC12345678901", "too long"),
    (f"(01){GTIN}(17)270630(10)X(10)Y", "two different products"),
    (f"(01){GTIN}17)270630(10)X", "cut off"),
    (f"01{GTIN}9912345", "cannot be told apart"),
    ("01" + "\u0661" * 14 + "1727063010X", "does not add up"),
]


@pytest.mark.parametrize("text, said", BAD)
def test_what_is_no_such_code_is_refused_in_words(text, said):
    with pytest.raises(gs1.NotABarcode, match=said):
        gs1.read(text, today=TODAY)
