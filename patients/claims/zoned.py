"""Numbers of fixed-width files and of NCPDP: digits without a point, the sign over the last one. Faults as in fields.py."""

from decimal import Decimal

from .fields import Cached, FieldFault

# The last digit of a zoned decimal carries the sign: { and A to I are 0 to 9, } and J to R are minus 0 to minus 9. Files
# converted to ASCII by some COBOL compilers have p to y for minus 0 to minus 9.
SIGNED = {over: (str(digit), 1) for digit, over in enumerate("{ABCDEFGHI")}
SIGNED |= {over: (str(digit), -1) for digit, over in enumerate("}JKLMNOPQR")}
SIGNED |= {over: (str(digit), -1) for digit, over in enumerate("pqrstuvwxy")}


def sign_lifted(text):
    """(1 or -1, the text with the digit that stands under the sign): `1234N` -> (-1, "12345"). Not of an empty text."""
    digit, sign = SIGNED.get(text[-1], (text[-1], 1))
    return sign, text[:-1] + digit


def overpunched_cents(text):
    """Cents as NCPDP writes them, the sign over the last digit: `1234E` -> 12345, `1234N` -> -12345; '' -> None."""
    if not text:
        return None
    sign, digits = sign_lifted(text)
    if not (digits.isascii() and digits.isdigit()):
        raise FieldFault("not_a_number", "is not an amount like 1234E: digits, the last one with its sign")
    digits = digits.lstrip("0")
    if len(digits) > 11:
        raise FieldFault("out_of_range", "is too large an amount")
    return sign * int(digits or "0")


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


def zoned(text):
    """A number of a fixed-width file -> int in units of its last place; '' -> None.

    Digits, whose sign is overpunched in the last one, or written before or behind them, or absent.
    """
    if not text:
        return None
    sign = 1
    if text[-1] in SIGNED:
        sign, text = sign_lifted(text)
    elif text[0] in "+-" or text[-1] in "+-":
        sign = -1 if "-" in (text[0], text[-1]) else 1
        text = text[1:] if text[0] in "+-" else text[:-1]
    if not (text.isascii() and text.isdigit()):
        raise FieldFault("not_a_number", "is not a number of digits, the last of which may carry the sign")
    digits = text.lstrip("0")
    if len(digits) > 12:
        raise FieldFault("out_of_range", "is too large a number")
    return sign * int(digits or "0")


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
