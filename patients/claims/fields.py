"""Fields: one text in, one clean value or one named fault out. No field knows its file, its line or its neighbours.

Every reader is either a `Cached` (a dict that parses a text once: dates, amounts and codes repeat endlessly in claims)
or a `Text`. `quick(raw)` is for lines already known to be printable ASCII; `careful(raw)` is for everything else.
Both raise `FieldFault` with a stable code and a sentence that never repeats the value, because the value may be PHI.

Only ASCII digits are digits. Years lie between 1900 and 2100. Money has at most two decimals, quantities three
(zeros beyond that are dropped). Bidirectional overrides, zero-width characters and U+FFFD are refused, not stripped:
silently changing an identifier or a name would make two people of one, or one of two.
"""

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from carecoord.kernel.npi import is_npi

from .records import words

KEPT = 50_000  # distinct texts that one reader remembers before it starts afresh: bounds memory on hostile feeds
LONGEST_KEPT = 64  # a longer text is read anew each time: real values are shorter
FIRST_YEAR, LAST_YEAR = 1900, 2100
MONTHS = {name: index for index, name in enumerate(words("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"), 1)}

FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffd\ud800-\udfff]")
ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
CLOCK = re.compile(
    r"[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?"
)
D_MON_YYYY = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})")
MONEY = re.compile(r"(-?)([0-9]*)(?:\.([0-9]+))?")
WHOLE = re.compile(r"(-?[0-9]+)(?:\.0+)?")


class FieldFault(ValueError):
    """A field is wrong. `code` is stable; `message` is the rest of a sentence that begins with the column's name."""

    def __init__(self, code, message):
        super().__init__(code, message)
        self.code = code
        self.message = message


class Told(NamedTuple):
    """What the sender of a file should know of a reader: its type in words, an example, the codes of its faults."""

    type: str = "text"
    example: str = ""
    faults: tuple[str, ...] = ()


def tells(type, example, *faults):
    """Says of a parser what `Told` says."""

    def decorate(parse):
        parse.told = Told(type, example, faults)
        return parse

    return decorate


class Cached(dict):
    """A reader that parses each distinct text once. `parse` gets the text without surrounding blanks."""

    def __init__(self, parse):
        super().__init__()
        self.parse = parse
        self.told = getattr(parse, "told", Told())
        self.quick = self.careful = self.__getitem__

    def __missing__(self, raw):
        value = self.parse(raw.strip(" "))
        if len(raw) <= LONGEST_KEPT:
            if len(self) >= KEPT:
                self.clear()
            self[raw] = value
        return value


class Text:
    """A reader for free text and identifiers: at most `longest` characters, no control characters, '' when empty."""

    def __init__(self, longest):
        self.longest = longest
        self.told = Told(f"text of at most {longest} characters", "", ("control_character", "too_long"))
        self.quick = str.strip  # the caller has checked for length and plain ASCII

    def careful(self, raw):
        if FORBIDDEN.search(raw):
            raise control_character()
        value = raw.strip()
        if len(value) > self.longest:
            raise FieldFault("too_long", f"is longer than {self.longest} characters")
        return value


def control_character():
    return FieldFault("control_character", "contains a control character, or one that hides or reorders text")


def calendar_day(year, month, day):
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise FieldFault("out_of_range", f"has a year outside {FIRST_YEAR} to {LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError:
        raise FieldFault("not_a_date", "is not a day of the calendar")


@tells("date as 2026-01-31", "2026-01-31", "not_a_date", "out_of_range")
def iso_date(text):
    """2026-11-21 -> date; '' -> None."""
    if not text:
        return None
    match = ISO_DATE.fullmatch(text)
    if not match:
        raise FieldFault("not_a_date", "is not a date like 2026-01-31")
    return calendar_day(int(match[1]), int(match[2]), int(match[3]))


@tells("date as 2026-01-31, or time as 2026-01-31 23:59:59", "2026-01-31 08:15:00", "not_a_date", "out_of_range")
def iso_moment(text):
    """A date or a date with a time of day; the day as written is kept, the time is checked and dropped."""
    if len(text) > 10 and CLOCK.fullmatch(text, 10):
        text = text[:10]
    elif len(text) > 10:
        raise FieldFault("not_a_date", "is not a date like 2026-01-31 or a time like 2026-01-31 23:59:59")
    return iso_date(text)


@tells("date as 2026-01-31; empty or a day of 9999 for no end", "2026-12-31", "not_a_date", "out_of_range")
def iso_date_or_open(text):
    """As iso_date; any day of year 9999 is the customary way to write "no end" and gives None."""
    if text.startswith("9999-") and ISO_DATE.fullmatch(text):
        return None
    return iso_date(text)


@tells("date as 26-Jun-2026", "26-Jun-2026", "not_a_date", "out_of_range")
def d_mon_yyyy(text):
    """26-Jun-2014, any case of the month -> date; '' -> None. The date format of the CMS research files."""
    if not text:
        return None
    match = D_MON_YYYY.fullmatch(text)
    month = match and MONTHS.get(match[2].upper())
    if not month:
        raise FieldFault("not_a_date", "is not a date like 26-Jun-2014")
    return calendar_day(int(match[3]), month, int(match[1]))


def ccyymmdd(text):
    """20261121 -> date; '' -> None. The date format of X12."""
    if not text:
        return None
    if not (len(text) == 8 and text.isascii() and text.isdigit()):
        raise FieldFault("not_a_date", "is not a date like 20260131")
    return calendar_day(int(text[:4]), int(text[4:6]), int(text[6:]))


def ccyymmdd_or_open(text):
    """As ccyymmdd; any day of year 9999 is the customary way to write "no end" and gives None."""
    return None if len(text) == 8 and text.startswith("9999") and text.isdigit() else ccyymmdd(text)


def number_text(longest):
    """A parser for numbers that are names (prescriptions): without leading zeros, as text, so that 0012 is 12."""
    parse_code = code(longest, upper=False)

    def parse(text):
        value = parse_code(text)
        return (value.lstrip("0") or "0") if value.isdigit() else value

    return parse


def compact_date(text):
    """20260131 -> date; '' and eight zeros -> None. The date format of prescription drug events and NCPDP."""
    if not text.strip("0"):
        return None
    if not (len(text) == 8 and text.isascii() and text.isdigit()):
        raise FieldFault("not_a_date", "is not a date like 20260131")
    return calendar_day(int(text[:4]), int(text[4:6]), int(text[6:]))


def iso_date_or_none(text):
    """As iso_moment; 1000-01-01 and any day of year 9999 are how claim feeds write "none" and give None."""
    return None if text.startswith(("1000-01-01", "9999-")) else iso_moment(text)


@tells("amount in dollars as 1234.50", "12.50", "money_precision", "not_a_number", "out_of_range")
def cents(text):
    """An amount in dollars with up to two decimals -> integer cents; '' -> None. At most 9 digits before the point."""
    if not text:
        return None
    if text[-3:-2] == "." and len(text) <= 12 and (digits := text[:-3] + text[-2:]).isdigit() and digits.isascii():
        return int(digits)  # the way nearly every amount is written
    match = MONEY.fullmatch(text)
    if not match or not (match[2] or match[3]):
        raise FieldFault("not_a_number", "is not an amount like 1234.50")
    decimals = (match[3] or "").rstrip("0")
    if len(decimals) > 2:
        raise FieldFault("money_precision", "has fractions of a cent")
    dollars = match[2].lstrip("0")
    if len(dollars) > 9:
        raise FieldFault("out_of_range", "is too large an amount")
    value = int(dollars or "0") * 100 + int(decimals.ljust(2, "0"))
    return -value if match[1] else value


@tells("number with up to three decimals as 30 or 2.5", "30", "not_a_number", "out_of_range", "quantity_precision")
def quantity(text):
    """A quantity with up to three decimals -> Decimal of exactly three; '' -> None. Up to 7 digits before the point."""
    if not text:
        return None
    match = MONEY.fullmatch(text)
    if not match or not (match[2] or match[3]):
        raise FieldFault("not_a_number", "is not a quantity like 30 or 2.500")
    decimals = (match[3] or "").rstrip("0")
    if len(decimals) > 3:
        raise FieldFault("quantity_precision", "has more than three decimals")
    whole = match[2].lstrip("0")
    if len(whole) > 7:
        raise FieldFault("out_of_range", "is too large a quantity")
    thousandths = int(whole or "0") * 1000 + int(decimals.ljust(3, "0"))
    return Decimal(-thousandths if match[1] else thousandths).scaleb(-3)


def whole(low, high):
    """A parser for whole numbers from `low` to `high`; zeros after a point are accepted (30.0), '' -> None."""

    @tells(f"whole number from {low} to {high}", str(max(low, 1)), "not_a_number", "out_of_range")
    def parse(text):
        if not text:
            return None
        match = WHOLE.fullmatch(text)
        if not match:
            raise FieldFault("not_a_number", "is not a whole number")
        if len(match[1]) > 18 or not low <= int(match[1]) <= high:
            raise FieldFault("out_of_range", f"is outside {low} to {high}")
        return int(match[1])

    return parse


def code(longest, pattern=r"[\x21-\x7e]+(?: [\x21-\x7e]+)*", upper=True):
    """A parser for short codes: printable ASCII, upper case unless `upper` is false, '' when empty."""
    shape = re.compile(pattern)

    @tells(f"code of at most {longest} characters", "", "control_character", "not_a_code", "too_long")
    def parse(text):
        if not text:
            return ""
        if FORBIDDEN.search(text):
            raise control_character()
        if len(text) > longest:
            raise FieldFault("too_long", f"is longer than {longest} characters")
        if not shape.fullmatch(text):
            raise FieldFault("not_a_code", "is not a code of the expected form")
        return text.upper() if upper else text

    return parse


OTHERWISE = {True: "yes", False: "no"}


def one_of(words, otherwise=None):
    """A parser that maps known words (any case) to values. Unknown: `otherwise` when given, else unknown_code."""
    known = {word.casefold(): value for word, value in words.items()}
    named = [word for word in words if word]
    more = "" if otherwise is None else f"; anything else counts as {OTHERWISE.get(otherwise, otherwise)}"

    empty = ", or empty" if "" in words and otherwise is None else ""

    @tells(f"one of {', '.join(named)}{empty}{more}", named[0], *(["unknown_code"] if otherwise is None else []))
    def parse(text):
        value = known.get(text.casefold(), otherwise)
        if value is None:
            raise FieldFault("unknown_code", f"is not one of {', '.join(sorted(w for w in words if w))}")
        return value

    return parse


YES_NO = {"": False, "0": False, "n": False, "no": False, "f": False, "false": False, "1": True, "y": True}
YES_NO |= {"yes": True, "t": True, "true": True, "0.0": False, "1.0": True}


YES_NO_WORDS = "1 or 0, Y or N, yes or no, true or false"


@tells(f"{YES_NO_WORDS}; empty for not known", "1", "unknown_code")
def yes_no_unknown(text):
    """1/0, Y/N, true/false -> bool; '' -> None."""
    return one_of(YES_NO)(text) if text else None


@tells("code of at most 8 letters and digits, with or without its dot", "E11.9", "control_character", "not_a_code")
def medical_code(text):
    """ICD codes: upper case, no dots. `E11.9` -> `E119`; '' -> ''."""
    value = text.replace(".", "").upper()
    if FORBIDDEN.search(value):
        raise control_character()
    if value and not (len(value) <= 8 and value.isascii() and value.isalnum()):
        raise FieldFault("not_a_code", "is not a code of letters and digits")
    return value


@tells("NDC of 11 digits, or of 10 with its hyphens", "00440509685", "control_character", "not_a_code", "too_long")
def ndc(text):
    """The 11-digit NDC (5-4-2) where it can be told, else the text as given (upper case, at most 19 characters).

    Hyphens tell where a 10-digit NDC lacks its zero: 4-4-2, 5-3-2 or 5-4-1 (21 CFR 207.33). Ten digits without
    hyphens are ambiguous and stay as given.
    """
    if len(text) == 11 and text.isascii() and text.isdigit():
        return text
    parts = text.split("-")
    if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts):
        sizes = tuple(map(len, parts))
        if sizes in {(5, 4, 2), (4, 4, 2), (5, 3, 2), (5, 4, 1)}:
            return parts[0].zfill(5) + parts[1].zfill(4) + parts[2].zfill(2)
    return code(19)(text)


def is_ndc11(value):
    """True for 11 ASCII digits that are not all the same filler digit 0 or 9."""
    return (
        len(value) == 11 and value.isascii() and value.isdigit() and value.strip("0") != "" and value.strip("9") != ""
    )


ID = Text(100)
SHORT = Text(60)
NAME = Text(100)
LONG = Text(500)
DATE = Cached(iso_date)
MOMENT = Cached(iso_moment)
END_DATE = Cached(iso_date_or_open)
CMS_DATE = Cached(d_mon_yyyy)
COMPACT_DATE = Cached(compact_date)
CLAIM_DATE = Cached(iso_date_or_none)
X12_DATE = Cached(ccyymmdd)
X12_END = Cached(ccyymmdd_or_open)
CENTS = Cached(cents)
QUANTITY = Cached(quantity)
RX_NUMBER = Cached(number_text(20))
LINE_NUMBER = Cached(whole(1, 999_999))
DAYS = Cached(whole(-999, 999))
COUNT = Cached(whole(0, 999))
YEAR = Cached(whole(FIRST_YEAR, LAST_YEAR))
BOOL = Cached(yes_no_unknown)
FLAG = Cached(tells(f"{YES_NO_WORDS}; empty for no", "1", "unknown_code")(one_of(YES_NO)))
CODE = Cached(code(20))
MEDICAL_CODE = Cached(medical_code)
NDC = Cached(ndc)
NDC_OK = Cached(is_ndc11)
NPI_OK = Cached(is_npi)
