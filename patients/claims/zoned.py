"""Numbers of fixed-width files and of NCPDP: digits without a point, the sign over the last one. Faults as in fields.py."""

import re
from decimal import Decimal

from .fields import Cached, FieldFault

OVERPUNCHED = re.compile(r"([0-9]*)([0-9{}A-R])")
OVER_PLUS, OVER_MINUS = "{ABCDEFGHI", "}JKLMNOPQR"


def overpunched_cents(text):
    """Cents as NCPDP writes them, the sign over the last digit: `1234E` -> 12345, `1234N` -> -12345; '' -> None."""
    if not text:
        return None
    match = OVERPUNCHED.fullmatch(text)
    if not match:
        raise FieldFault("not_a_number", "is not an amount like 1234E: digits, the last one with its sign")
    digits, last = match[1].lstrip("0"), match[2]
    if len(digits) > 10:
        raise FieldFault("out_of_range", "is too large an amount")
    if last in OVER_MINUS:
        return -int(f"{digits}{OVER_MINUS.index(last)}")
    return int(f"{digits}{last if last.isdigit() else OVER_PLUS.index(last)}")


def thousandths(text):
    """Digits of which the last three are decimals: `30000` -> Decimal 30.000; '' -> None."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise FieldFault("not_a_number", "is not a quantity of digits, the last three of them decimals")
    digits = text.lstrip("0")
    if len(digits) > 10:
        raise FieldFault("out_of_range", "is too large a quantity")
    return Decimal(int(digits or "0")).scaleb(-3)


# The last digit of a zoned decimal carries the sign: { and A to I are 0 to 9, } and J to R are minus 0 to minus 9. Files
# converted to ASCII by some COBOL compilers have p to y for minus 0 to minus 9.
ZONED = {sign: (str(digit), 1) for digit, sign in enumerate("{ABCDEFGHI")}
ZONED |= {sign: (str(digit), -1) for digit, sign in enumerate("}JKLMNOPQR")}
ZONED |= {sign: (str(digit), -1) for digit, sign in enumerate("pqrstuvwxy")}


def zoned(text):
    """A number of a fixed-width file -> int in units of its last place; '' -> None.

    Digits, whose sign is overpunched in the last one, or written before or behind them, or absent.
    """
    if not text:
        return None
    sign = 1
    if text[-1] in ZONED:
        digit, sign = ZONED[text[-1]]
        text = text[:-1] + digit
    elif text[0] in "+-" or text[-1] in "+-":
        sign = -1 if "-" in (text[0], text[-1]) else 1
        text = text[1:] if text[0] in "+-" else text[:-1]
    if not (text.isascii() and text.isdigit()):
        raise FieldFault("not_a_number", "is not a number of digits, the last of which may carry the sign")
    if len(text.lstrip("0")) > 12:
        raise FieldFault("out_of_range", "is too large a number")
    return sign * int(text)


def zoned_cents(text):
    """An amount with two implied decimals -> integer cents; '' -> None."""
    value = zoned(text)
    if value is not None and abs(value) >= 10**11:
        raise FieldFault("out_of_range", "is too large an amount")
    return value


def zoned_quantity(text):
    """A quantity with three implied decimals -> Decimal of exactly three; '' -> None."""
    value = zoned(text)
    if value is not None and abs(value) >= 10**10:
        raise FieldFault("out_of_range", "is too large a quantity")
    return None if value is None else Decimal(value).scaleb(-3)


ZONED_CENTS = Cached(zoned_cents)
ZONED_QUANTITY = Cached(zoned_quantity)
