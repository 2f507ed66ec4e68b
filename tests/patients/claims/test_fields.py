"""Fields: what is a date, an amount, a code. One text in, one value or one named fault out."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.claims import fields
from patients.claims.fields import FieldFault

GOOD = [
    (fields.DATE, "2026-01-31", date(2026, 1, 31)),
    (fields.DATE, "", None),
    (fields.DATE, " 2026-01-31 ", date(2026, 1, 31)),
    (fields.DATE, "1900-01-01", date(1900, 1, 1)),
    (fields.DATE, "2100-12-31", date(2100, 12, 31)),
    (fields.MOMENT, "2014-11-29 14:14:51", date(2014, 11, 29)),
    (fields.MOMENT, "2014-11-29T14:14:51.123Z", date(2014, 11, 29)),
    (fields.MOMENT, "2014-11-29 23:59:59-05:00", date(2014, 11, 29)),
    (fields.MOMENT, "2014-11-29", date(2014, 11, 29)),
    (fields.END_DATE, "9999-12-31", None),
    (fields.CMS_DATE, "26-Jun-2014", date(2014, 6, 26)),
    (fields.CMS_DATE, "17-MAR-1981", date(1981, 3, 17)),
    (fields.CMS_DATE, "5-sep-2020", date(2020, 9, 5)),
    (fields.CENTS, "1234.50", 123450),
    (fields.CENTS, "37.5", 3750),
    (fields.CENTS, "37", 3700),
    (fields.CENTS, ".50", 50),
    (fields.CENTS, "0.00", 0),
    (fields.CENTS, "-0.01", -1),
    (fields.CENTS, "-12.30", -1230),
    (fields.CENTS, "12.3400", 1234),
    (fields.CENTS, "000000000012.34", 1234),
    (fields.CENTS, "999999999.99", 99999999999),
    (fields.CENTS, "", None),
    (fields.QUANTITY, "30", Decimal("30.000")),
    (fields.QUANTITY, "2.5", Decimal("2.500")),
    (fields.QUANTITY, "-30", Decimal("-30.000")),
    (fields.QUANTITY, "0.125000", Decimal("0.125")),
    (fields.LINE_NUMBER, "1", 1),
    (fields.LINE_NUMBER, "7.0", 7),
    (fields.DAYS, "30", 30),
    (fields.DAYS, "", None),
    (fields.BOOL, "1", True),
    (fields.BOOL, "N", False),
    (fields.BOOL, "", None),
    (fields.FLAG, "", False),
    (fields.NDC, "00440509685", "00440509685"),
    (fields.NDC, "0071-0155-23", "00071015523"),
    (fields.NDC, "50580-488-10", "50580048810"),
    (fields.NDC, "50580-4881-1", "50580488101"),
    (fields.NDC, "0071015523", "0071015523"),
    (fields.NDC, "not a drug", "NOT A DRUG"),
    (fields.MEDICAL_CODE, "e11.9", "E119"),
    (fields.CODE, "g0299", "G0299"),
]
BAD = [
    (fields.DATE, "2026-02-30", "not_a_date"),
    (fields.DATE, "31/01/2026", "not_a_date"),
    (fields.DATE, "2026-1-1", "not_a_date"),
    (fields.DATE, "20260101", "not_a_date"),
    (fields.DATE, "2026-01-01 00:00:00", "not_a_date"),
    (fields.DATE, "２０２６-01-01", "not_a_date"),
    (fields.DATE, "1899-12-31", "out_of_range"),
    (fields.DATE, "2101-01-01", "out_of_range"),
    (fields.DATE, "0000-00-00", "out_of_range"),
    (fields.DATE, "NULL", "not_a_date"),
    (fields.MOMENT, "2014-11-29 24:00:00", "not_a_date"),
    (fields.MOMENT, "2014-11-29 14:14", "not_a_date"),
    (fields.END_DATE, "9999-xx-31", "not_a_date"),
    (fields.CMS_DATE, "2014-06-26", "not_a_date"),
    (fields.CMS_DATE, "31-Feb-2014", "not_a_date"),
    (fields.CMS_DATE, "26-Foo-2014", "not_a_date"),
    (fields.CENTS, "12.345", "money_precision"),
    (fields.CENTS, "1,234.50", "not_a_number"),
    (fields.CENTS, "$12.50", "not_a_number"),
    (fields.CENTS, "1e5", "not_a_number"),
    (fields.CENTS, "NaN", "not_a_number"),
    (fields.CENTS, "inf", "not_a_number"),
    (fields.CENTS, "-", "not_a_number"),
    (fields.CENTS, ".", "not_a_number"),
    (fields.CENTS, "１２.00", "not_a_number"),
    (fields.CENTS, "²3.00", "not_a_number"),
    (fields.CENTS, "1_0.00", "not_a_number"),
    (fields.CENTS, "1000000000.00", "out_of_range"),
    (fields.QUANTITY, "1.2345", "quantity_precision"),
    (fields.QUANTITY, "30 tablets", "not_a_number"),
    (fields.QUANTITY, "10000000", "out_of_range"),
    (fields.LINE_NUMBER, "0", "out_of_range"),
    (fields.LINE_NUMBER, "1.5", "not_a_number"),
    (fields.LINE_NUMBER, "٣", "not_a_number"),
    (fields.LINE_NUMBER, "9" * 400, "out_of_range"),
    (fields.BOOL, "maybe", "unknown_code"),
    (fields.MEDICAL_CODE, "E11-9", "not_a_code"),
    (fields.MEDICAL_CODE, "E119E119E119", "not_a_code"),
    (fields.CODE, "X" * 21, "too_long"),
    (fields.CODE, "é", "not_a_code"),
    (fields.ID, "x" * 101, "too_long"),
    (fields.ID, "a\tb", "control_character"),
    (fields.ID, "a\x00b", "control_character"),
    (fields.ID, "a\x85b", "control_character"),
    (fields.ID, "a\u202eb", "control_character"),
    (fields.ID, "a\u2066b", "control_character"),
    (fields.ID, "a\u200bb", "control_character"),
    (fields.ID, "a\ufffdb", "control_character"),
    (fields.ID, "a\ud800b", "control_character"),
    (fields.ID, "a\ufeffb", "control_character"),
]


@pytest.mark.parametrize(("reader", "text", "value"), GOOD)
def test_what_is_right_is_read(reader, text, value):
    assert reader.careful(text) == value
    assert reader.careful(text) == value, "the remembered value is the same"
    assert type(reader.quick(text)) is type(value)


@pytest.mark.parametrize(("reader", "text", "code"), BAD)
def test_what_is_wrong_is_named_and_never_repeated(reader, text, code):
    with pytest.raises(FieldFault) as fault:
        reader.careful(text)
    assert fault.value.code == code
    assert text not in fault.value.message or len(text) == 1


def test_equal_quantities_are_written_equally():
    assert str(fields.quantity("30")) == str(fields.quantity("30.000")) == str(fields.quantity("030.0")) == "30.000"


def test_a_name_keeps_its_letters():
    assert fields.NAME.careful(" Ana María Ñuñez ") == "Ana María Ñuñez"
    assert fields.NAME.careful("日本 太郎") == "日本 太郎"


@pytest.mark.parametrize("value", ["1023011079", "1750384806", "1881662062"])
def test_an_npi_satisfies_luhn(value):
    assert fields.is_npi(value)


@pytest.mark.parametrize(
    "value", ["", "1023011078", "3023011079", "PCP1530", "220171", "10230110790", "１０２３０１１０７９"]
)
def test_what_is_no_npi(value):
    assert not fields.is_npi(value)


@pytest.mark.parametrize(("value", "answer"), [("00440509685", True), ("00000000000", False), ("0440509685", False)])
def test_what_counts_as_an_ndc(value, answer):
    assert fields.is_ndc11(value) is answer


def test_a_reader_forgets_rather_than_grow_without_end():
    reader = fields.Cached(lambda text: text)
    for number in range(fields.KEPT + 10):
        reader[str(number)]
    assert len(reader) <= fields.KEPT


@settings(deadline=None)
@given(st.integers(-99_999_999_999, 99_999_999_999))
def test_every_amount_comes_back(amount):
    sign, digits = ("-" if amount < 0 else ""), abs(amount)
    assert fields.cents(f"{sign}{digits // 100}.{digits % 100:02}") == amount


READERS = [
    *(fields.DATE, fields.MOMENT, fields.END_DATE, fields.CMS_DATE, fields.CENTS, fields.QUANTITY, fields.LINE_NUMBER),
    *(fields.DAYS, fields.BOOL, fields.FLAG, fields.CODE, fields.MEDICAL_CODE, fields.NDC, fields.ID, fields.LONG),
]


@settings(deadline=None)
@given(st.text(), st.sampled_from(READERS))
def test_any_text_gives_a_value_or_a_fault(text, reader):
    try:
        reader.careful(text)
    except FieldFault as fault:
        assert fault.code
