"""Values as payers write them: dates by a pattern, amounts with implied decimals and signs, codes by a table."""

import re
from decimal import Decimal

from ...fields import FieldFault, Text, calendar_day, code, ndc, number_text, one_of, whole
from ...zoned import sign_lifted

DATES = ("YYYYMMDD", "YYYY-MM-DD", "MM/DD/YYYY", "MMDDYYYY", "MM-DD-YYYY", "DD/MM/YYYY", "DDMMYYYY", "DD.MM.YYYY")
SIGNS = ("leading", "trailing", "overpunched")
PARTS = {"YYYY": r"(?P<year>[0-9]{4})", "MM": r"(?P<month>[0-9]{2})", "DD": r"(?P<day>[0-9]{2})"}
NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")
WHOLE_DIGITS = {"cents": 9, "decimal3": 7}
PLACES = {"cents": 2, "decimal3": 3}
RX, NDC_READER = number_text(20), ndc
INTS = {"days_supply": (-999, 999), "refills": (0, 99), "fill_number": (0, 99), "refills_left": (0, 99)}
YES_NO = {"Y": True, "N": False, "1": True, "0": False, "T": True, "F": False}


def reader_of(name, type_, place, codes, *, is_sum=False):
    """A function text -> clean value for a field of a mapping; raises FieldFault. A sum may have more digits."""
    if codes:
        return _coded(codes, None if type_ == "bool" else "")
    if type_ == "date":
        return _date(place.date)
    if type_ in PLACES:
        return _number(type_, place.decimals, place.sign, 15 if is_sum else WHOLE_DIGITS[type_])
    if type_ == "int":
        return whole(*INTS.get(name, (0, 1_000_000_000)))
    if type_ == "bool":
        return _coded(YES_NO, None)
    if name == "ndc":
        return NDC_READER
    if name == "rx_number":
        return RX
    if name == "dispensing_status":
        return one_of({"": "", "P": "P", "C": "C"})
    if name in ("daw", "origin", "authorization_number"):
        return code(20)
    return Text(100).careful


def _coded(codes, empty):
    known = {word.casefold(): value for word, value in codes.items()}

    def parse(text):
        value = known.get(text.casefold())
        if value is not None:
            return value
        if not text:
            return empty
        raise FieldFault("unknown_code", "is a code that the mapping does not name")

    return parse


def _date(pattern):
    shape = re.escape(pattern)
    for part, digits in PARTS.items():
        shape = shape.replace(part, digits)
    shape = re.compile(shape)
    nothing = {"", re.sub("[YMD]", "0", pattern), re.sub("[YMD]", "9", pattern)}

    def parse(text):
        if text in nothing:
            return None
        match = shape.fullmatch(text)
        if not match:
            raise FieldFault("not_a_date", f"is not a date like {pattern}")
        return calendar_day(int(match["year"]), int(match["month"]), int(match["day"]))

    return parse


def _number(type_, decimals, sign, most):
    places = PLACES[type_]

    def parse(text):
        if not text:
            return None
        minus, digits = _signed(text, sign)
        match = NUMBER.fullmatch(digits)
        if not match or not (match[2] or match[3]) or (sign != "leading" and match[1]):
            raise FieldFault("not_a_number", "is not a number as the mapping describes it")
        minus = minus or match[1] == "-"
        whole_, fraction = match[2].lstrip("0"), match[3] or ""
        if decimals is not None and match[3] is None:
            padded = whole_.rjust(decimals, "0")
            whole_, fraction = padded[: len(padded) - decimals].lstrip("0"), padded[len(padded) - decimals :]
        fraction = fraction.rstrip("0")
        if len(fraction) > places:
            precision = "money_precision" if type_ == "cents" else "quantity_precision"
            raise FieldFault(precision, f"has more than {places} decimals")
        if len(whole_) > most:
            raise FieldFault("out_of_range", "is too large")
        units = int((whole_ + fraction.ljust(places, "0")).lstrip("0") or "0")
        units = -units if minus else units
        return units if type_ == "cents" else Decimal(units).scaleb(-places)

    return parse


def _signed(text, sign):
    """(whether a sign that is not in front says minus, the text without it)."""
    if sign == "trailing" and text[-1] in "+-":
        return text[-1] == "-", text[:-1].rstrip()
    if sign == "overpunched":
        told, text = sign_lifted(text)
        return told < 0, text
    return False, text
