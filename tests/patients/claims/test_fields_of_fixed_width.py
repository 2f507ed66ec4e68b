"""Fields as fixed-width files write them: dates without hyphens, implied decimals, signs in the last digit."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.claims import fields, zoned
from patients.claims.fields import Cached, FieldFault

GOOD = [
    (fields.COMPACT_DATE, "20260131", date(2026, 1, 31)),
    (fields.COMPACT_DATE, "00000000", None),
    (fields.COMPACT_DATE, "        ", None),
    (fields.CLAIM_DATE, "2026-01-31", date(2026, 1, 31)),
    (fields.CLAIM_DATE, "2026-01-31 00:00:00", date(2026, 1, 31)),
    (fields.CLAIM_DATE, "1000-01-01", None),
    (fields.CLAIM_DATE, "9999-12-31", None),
    (zoned.ZONED_CENTS, "0000123D", 1234),
    (zoned.ZONED_CENTS, "0000123M", -1234),
    (zoned.ZONED_CENTS, "0000123}", -1230),
    (zoned.ZONED_CENTS, "0000123t", -1234),
    (zoned.ZONED_CENTS, "00001234", 1234),
    (zoned.ZONED_CENTS, "0001234-", -1234),
    (zoned.ZONED_CENTS, "-0001234", -1234),
    (zoned.ZONED_CENTS, "+0001234", 1234),
    (zoned.ZONED_CENTS, "    1234", 1234),
    (zoned.ZONED_CENTS, "        ", None),
    (zoned.ZONED_CENTS, "0" * 5000, 0),
    (Cached(zoned.overpunched_cents), "0" * 5000, 0),
    (Cached(zoned.overpunched_cents), "1234u", -12345),
    (zoned.ZONED_QUANTITY, "0000030000", Decimal("30.000")),
    (zoned.ZONED_QUANTITY, "000000250{", Decimal("2.500")),
    (zoned.ZONED_QUANTITY, "000003000}", Decimal("-30.000")),
    (zoned.ZONED_QUANTITY, "", None),
]
BAD = [
    (fields.COMPACT_DATE, "20260230", "not_a_date"),
    (fields.COMPACT_DATE, "2026-1-1", "not_a_date"),
    (fields.COMPACT_DATE, "２０２６０１３１", "not_a_date"),
    (fields.COMPACT_DATE, "18500101", "out_of_range"),
    (fields.CLAIM_DATE, "0001-01-01", "out_of_range"),
    (zoned.ZONED_CENTS, "12.50", "not_a_number"),
    (zoned.ZONED_CENTS, "1{23", "not_a_number"),
    (zoned.ZONED_CENTS, "-", "not_a_number"),
    (zoned.ZONED_CENTS, "٣", "not_a_number"),
    (zoned.ZONED_CENTS, "9" * 12, "out_of_range"),
    (zoned.ZONED_CENTS, "9" * 5000, "out_of_range"),
    (zoned.ZONED_QUANTITY, "9" * 11, "out_of_range"),
]


@pytest.mark.parametrize(("reader", "text", "value"), GOOD)
def test_what_is_written(reader, text, value):
    assert reader.careful(text) == reader.quick(text) == value


@pytest.mark.parametrize(("reader", "text", "code"), BAD)
def test_what_is_wrong(reader, text, code):
    with pytest.raises(FieldFault) as fault:
        reader.careful(text)
    assert fault.value.code == code


@settings(deadline=None)
@given(st.integers(-99_999_999, 99_999_999))
def test_every_zoned_amount_comes_back(amount):
    signs = "}JKLMNOPQR" if amount < 0 else "{ABCDEFGHI"
    digits = f"{abs(amount):08}"
    assert zoned.zoned_cents(digits[:-1] + signs[int(digits[-1])]) == amount


@settings(deadline=None)
@given(st.text(), st.sampled_from([fields.COMPACT_DATE, fields.CLAIM_DATE, zoned.ZONED_CENTS, zoned.ZONED_QUANTITY]))
def test_any_text_gives_a_value_or_a_fault(text, reader):
    try:
        reader.careful(text)
    except FieldFault as fault:
        assert fault.code
