"""The square code on a vaccine's carton: a GS1 DataMatrix, as a scanner types it or as it is printed beside the code.

Source: GS1 General Specifications (application identifiers, check digit, FNC1, dates with day 00), read in summaries.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

SEPARATOR = "\u241d"
"""How a group separator (FNC1, ASCII 29) is kept in a form's answer, which holds no control characters."""
FIXED = {"01": 14, "02": 14, "11": 6, "13": 6, "15": 6, "17": 6, "20": 2}
LONGEST = {"10": 20, "21": 20, "30": 8, "37": 8, "240": 30, "241": 30}
WORDS = {"01": "product number (01)", "17": "expiry (17)", "10": "lot (10)"}
_PRINTED = re.compile(r"\((\d{2,4})\)([^(]*)")


class NotABarcode(ValueError):
    """The sentence says what is wrong with it, to the person with the scanner."""


@dataclass(frozen=True, kw_only=True)
class Barcode:
    """`ndcs`: the eleven-digit NDCs that the product number can stand for; its hyphens are not in the code."""

    gtin: str
    ndcs: tuple[str, ...]
    lot: str
    expires_on: date
    serial: str


def read(text, *, today):
    """A Barcode. Raises NotABarcode."""
    parts = _parts(text)
    lacking = [words for key, words in WORDS.items() if not parts.get(key)]
    if lacking:
        raise NotABarcode(f"The code lacks the {' and the '.join(lacking)}. Scan the square code on the carton.")
    gtin = parts["01"]
    if not re.fullmatch(r"\d{14}", gtin, re.ASCII) or _check_digit(gtin[:13]) != gtin[13]:
        raise NotABarcode("The product number in the code does not add up: part of it was lost. Scan it again.")
    if gtin[1:3] != "03":
        raise NotABarcode("The code names no American drug (its product number holds no NDC). Is it the carton's?")
    return Barcode(
        gtin=gtin,
        ndcs=_ndcs(gtin[3:13]),
        lot=parts["10"],
        expires_on=_expiry(parts["17"], today),
        serial=parts.get("21", ""),
    )


def _parts(text):
    """Application identifier -> value."""
    text = re.sub(r"^\](d2|C1|Q3)", "", text.strip().replace("\x1d", SEPARATOR)).strip(SEPARATOR)
    if not text:
        raise NotABarcode("There is nothing in the code.")
    if text.startswith("("):
        found = _PRINTED.findall(text)
        if "".join(f"({key}){value}" for key, value in found) != text:
            raise NotABarcode("The code is not of the form (01)...(17)...(10)...")
        return _each_once((key, value.strip(SEPARATOR + " ")) for key, value in found)
    return _each_once(_typed(text))


def _typed(text):
    """As a scanner types it: fixed lengths run on, others end at a separator or at the end."""
    while text:
        key = next((key for key in (*FIXED, *LONGEST) if text.startswith(key)), None)
        if key is None:
            raise NotABarcode(
                f"The code has a part that cannot be told apart (at \u201c{text[:6]}\u201d). If your scanner leaves the "
                "separators out, type lot and expiry by hand."
            )
        text = text[len(key) :]
        if key in FIXED:
            value, text = text[: FIXED[key]], text[FIXED[key] :].removeprefix(SEPARATOR)
        else:
            value, _, text = text.partition(SEPARATOR)
        yield key, value


def _each_once(pairs):
    parts = {}
    for key, value in pairs:
        longest = FIXED.get(key) or LONGEST.get(key)
        if key in FIXED and len(value) != longest:
            raise NotABarcode(f"The part ({key}) of the code is cut off. Scan it again.")
        if longest and len(value) > longest:
            raise NotABarcode(
                f"The part ({key}) of the code is too long. Your scanner may leave the separators out: type it by hand."
            )
        if parts.setdefault(key, value) != value:
            raise NotABarcode(
                "The code holds two different products, or was scanned twice. Empty the field, scan again."
            )
    return parts


def _expiry(text, today):
    """YYMMDD; day 00 is the last day of the month; the year lies at most 50 years ahead, or 49 behind."""
    if not re.fullmatch(r"\d{6}", text, re.ASCII):
        raise NotABarcode("The expiry in the code is not a date.")
    year, month, day = int(text[:2]) + today.year // 100 * 100, int(text[2:4]), int(text[4:])
    year += 100 if year - today.year < -49 else -100 if year - today.year > 50 else 0
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        raise NotABarcode("The expiry in the code is not a date.") from None


def _check_digit(digits):
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)


def _ndcs(ten):
    """Ten digits as 4-4-2, 5-3-2 and 5-4-1, each with the zero where it is missing."""
    return ("0" + ten, ten[:5] + "0" + ten[5:], ten[:9] + "0" + ten[9:])
