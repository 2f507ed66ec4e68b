"""What stands in a field and should not, by name: for every field, and by the faults that a field's reader tells.

The kinds are those that broke somebody's loader: NaN, infinity, 5,000 digits, other scripts' digits, halves of characters,
quotes that swallow what follows, texts that read backwards.
"""

from typing import NamedTuple


class BadValue(NamedTuple):
    """`value`: bytes as they stand in the file. `code`: of the fault that the field must be rejected with."""

    name: str
    value: bytes
    code: str


def _bad(code, **values):
    return [
        BadValue(name, value if isinstance(value, bytes) else value.encode(), code) for name, value in values.items()
    ]


ANYWHERE = [
    *_bad("control_character", nul="a\x00b", carriage_return="a\rb"),
    *_bad("encoding", cp1252=b"caf\xe9", cp1252_quotes=b"\x93a\x94", overlong=b"\xc0\xaf", cut_off=b"a\xe2\x82"),
    *_bad(
        "encoding", surrogate=b"\xed\xa0\x80", surrogate_pair=b"\xed\xa0\xbd\xed\xb8\x80", beyond=b"\xf5\x80\x80\x80"
    ),
]
QUOTES = [
    *_bad("unterminated_quote", open_quote='"open', open_doubled='"open""'),
    *_bad("stray_quote", quote_inside='5" pipe', quote_and_more='"five"inch', quote_behind='five"'),
]
TEXTS = _bad(
    "control_character", bell="a\x07", tab="a\tb", escape="\x1b[2J", rtl_override="M\u202e1", zero_width="M\u200b1"
)
TEXTS += _bad("control_character", bom_inside="M\ufeff1", replaced="Do\ufffde", line_separator="a\u2028b", c1="a\x85b")
LENGTHS = _bad("too_long", a_thousand="x" * 1000, digits_5000="1" * 5000)
CODES = _bad("not_a_code", accent="É1", emoji="\U0001f600")
DATES = _bad(
    "not_a_date", infinity="infinity", minus_infinity="-infinity", nan="NaN", words="yesterday", us="03/01/2025"
)
DATES += _bad("not_a_date", digits_5000="1" * 5000, fullwidth="２０２５-03-01", short="25-3-1", epoch="1740787200")
DATES += _bad("not_a_date", rtl_override="2025-03-01\u202e", other_minus="2025\u221203\u221201", emoji="\U0001f600")
ISO_DATES = _bad(
    "not_a_date", no_such_day="2025-02-30", month_13="2025-13-01", day_0="2025-03-00", a_word_month="01-Mar-2025"
)
ISO_DATES += _bad("out_of_range", year_0="0000-01-01", year_1800="1825-03-01", year_2150="2150-03-01")
CMS_DATES = _bad("not_a_date", no_such_day="30-Feb-2025", no_month="01-Foo-2025", day_0="00-Mar-2025", iso="2025-03-01")
CMS_DATES += _bad("out_of_range", year_0="01-Jan-0000", year_1800="01-Mar-1825", year_2150="01-Mar-2150")
NUMBERS = _bad("not_a_number", nan="NaN", infinity="Infinity", minus_inf="-inf", exponent="1e400", underscore="1_000")
NUMBERS += _bad(
    "not_a_number", fullwidth="１２", arabic="٣", superscript="³", hexadecimal="0x10", dollar="$5", words="five"
)
NUMBERS += _bad(
    "not_a_number", two_points="1.2.3", minus_behind="5-", two_minus="--5", minus_alone="-", point_alone="."
)
NUMBERS += _bad("not_a_number", blank_inside="1 000", comma_for_point="1;5", percent="5%", rtl_override="5\u202e")
NUMBERS += _bad("out_of_range", digits_5000="9" * 5000, minus_5000="-" + "9" * 5000, digits_19="9" * 19)
BY_FAULT = {
    "money_precision": _bad("money_precision", tenth_of_a_cent="12.505", a_hair="0.00000001"),
    "quantity_precision": _bad("quantity_precision", ten_thousandth="1.0001", a_hair="0.00000001"),
    "unknown_code": _bad(
        "unknown_code", unknown="drone", digits_5000="1" * 5000, fullwidth="Ｂ１", rtl_override="B1\u202e"
    ),
    "not_a_number": NUMBERS,
    "not_a_code": CODES,
}


def for_field(read, type):
    """Every bad value that the reader of a field must refuse with its own code."""
    faults = set(read.told.faults)
    found = [one for fault, values in BY_FAULT.items() if fault in faults for one in values]
    if "not_a_date" in faults:
        found += DATES + (CMS_DATES if "26-Jun" in type else ISO_DATES)
    if "control_character" in faults:
        found += TEXTS
    if "too_long" in faults:
        found += LENGTHS
    return found
