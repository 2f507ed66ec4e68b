"""X12 in general: letters, amounts and days as it wants them, the envelope with its counters. It knows no transaction."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

ELEMENT, COMPONENT, REPETITION, TERMINATOR = "*", ":", "^", "~"
NAME, FIRST, MIDDLE, STREET, CITY, NOTE = 60, 35, 25, 55, 30, 80
"""Longest texts: an organisation or last name, other names, one of two lines of a street, a city, a note."""
DELIMITERS = ELEMENT + COMPONENT + REPETITION + TERMINATOR
ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"&'()+,-./;?=%@[]_{}\\|<>#$")
"""The basic and extended sets in capitals, without our delimiters."""
LETTERS = str.maketrans(
    {
        "Ø": "O",
        "Ł": "L",
        "Đ": "D",
        "Æ": "AE",
        "Œ": "OE",
        "Þ": "TH",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
    }
)
"""Letters that Unicode does not take apart."""


class CannotWrite(Exception):
    """The sentences say what is missing or wrong, one for each fault; `str` joins them."""

    def __init__(self, *sentences):
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who sends what to whom. `control` counts interchanges of this sender, 1 to 999999999; `version` is GS08, and ST03 where the guide
    wants it said there again (the 835's does not).
    """

    sender: str
    receiver: str
    control: int
    at: datetime
    kind: str
    transaction: str
    version: str
    has_version_in_st: bool = False
    is_test: bool = False


def words(text, *, at, most=NAME):
    """A name or note of `most` letters: accents are taken off, controls and delimiters become blanks, what is longer is cut.

    Raises CannotWrite for other scripts, and where nothing is left.
    """
    apart = unicodedata.normalize("NFKD", str(text).upper().translate(LETTERS))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    plain = re.sub(rf"[{re.escape(DELIMITERS)}\s]|[\x00-\x1f\x7f]", " ", plain)
    strange = "".join(sorted(set(plain) - ALLOWED))
    if strange:
        raise CannotWrite(
            f"{at}: '{text}' has letters that an X12 file cannot carry ({strange}). Write it in Latin letters."
        )
    if str(text).strip() and not plain.strip():
        raise CannotWrite(f"{at}: '{text}' has no letter that an X12 file can carry.")
    return " ".join(plain.split())[:most].rstrip()


def code(text, *, at, fewest=1, most=50):
    """An id, or nothing: not a letter of it may be changed. Raises CannotWrite for other than printable ASCII, and other lengths."""
    text = str(text)
    if text and not fewest <= len(text) <= most:
        raise CannotWrite(f"{at}: '{text}' is {len(text)} long; in an X12 file it is {fewest} to {most} places long.")
    if text != text.strip() or set(text.upper()) - ALLOWED:
        raise CannotWrite(f"{at}: '{text}' has letters or signs that an X12 file cannot carry in an id.")
    return text


def amount(cents):
    """1250 -> '12.5', -200 -> '-2': zeros after the point are left out, as X12 wants it."""
    whole, rest = divmod(abs(cents), 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if cents < 0 else text


def number(value):
    """A Decimal without an exponent or idle zeros: Decimal('0.50') -> '0.5'."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value):
    return f"{value:%Y%m%d}"


def segment(*elements):
    """One segment without its terminator; empty elements at the end are left out. A tuple is a composite."""
    texts = [COMPONENT.join(each).rstrip(COMPONENT) if isinstance(each, tuple) else each for each in elements]
    return ELEMENT.join(texts).rstrip(ELEMENT)


def address_segments(address, *, at):
    """N3, whose second line takes what the first does not hold, and N4."""
    street = words(address.street, at=f"{at}, street", most=2 * STREET)
    city = words(address.city, at=f"{at}, city", most=CITY)
    return [
        segment("N3", street[:STREET].rstrip(), street[STREET:]),
        segment("N4", city, address.state.upper(), address.zip),
    ]


def interchange(envelope, transactions):
    """The whole file: `transactions` are lists of segments without ST and SE. Raises CannotWrite."""
    if not 1 <= envelope.control <= 999_999_999:
        raise CannotWrite("The control number of a file lies between 1 and 999999999.")
    body = [line for at, each in enumerate(transactions, 1) for line in _transaction(envelope, at, each)]
    group = str(envelope.control)
    lines = [_isa(envelope), _gs(envelope, group), *body]
    lines += [segment("GE", str(len(transactions)), group), segment("IEA", "1", f"{envelope.control:09d}")]
    return "".join(f"{line}{TERMINATOR}\n" for line in lines)


def _transaction(envelope, at, segments):
    control = f"{at:04d}"
    version = envelope.version if envelope.has_version_in_st else ""
    inner = [segment("ST", envelope.transaction, control, version), *segments]
    return [*inner, segment("SE", str(len(inner) + 1), control)]


def _isa(envelope):
    ends = [f"{code(each, at='Interchange id'):<15}" for each in (envelope.sender, envelope.receiver)]
    if any(len(each) > 15 for each in ends):
        raise CannotWrite("An interchange id has 15 places at most.")
    usage = "T" if envelope.is_test else "P"
    stamp = (f"{envelope.at:%y%m%d}", f"{envelope.at:%H%M}")
    control = f"{envelope.control:09d}"
    fixed = ("ISA", "00", " " * 10, "00", " " * 10, "ZZ", ends[0], "ZZ", ends[1], *stamp)
    return ELEMENT.join((*fixed, REPETITION, "00501", control, "0", usage, COMPONENT))


def _gs(envelope, group):
    stamp = (day(envelope.at), f"{envelope.at:%H%M}")
    return segment("GS", envelope.kind, envelope.sender, envelope.receiver, *stamp, group, "X", envelope.version)
