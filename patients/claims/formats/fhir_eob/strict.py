"""JSON, read strictly: what parsers let pass silently is refused, and numbers stay as they were written."""

import json
import re
from array import array
from decimal import Decimal
from itertools import accumulate

from ...checks import Rejected, problem

DEEPEST = 64
LONGEST_NUMBER = 60
WIDEST_EXPONENT = 20
WHOLE = "resource"  # the field of a problem that concerns a record as a whole
# Opening brackets as 1, closing ones as 255, which is -1 in a signed byte; everything else is deleted.
STEPS = bytes.maketrans(b"{[}]", b"\x01\x01\xff\xff")
NO_BRACKET = bytes(set(range(256)) - set(b"{}[]"))
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class Number(str):
    """A number of JSON as it was written, exponents worked out."""

    __slots__ = ()


class _Unfit(ValueError):
    def __init__(self, code, message):
        super().__init__(code, message)
        self.code, self.message = code, message


def parse(raw):
    """The value of one record's bytes. Raises Rejected for what is not JSON, or JSON that is read in more than one way."""
    try:
        if _depth(raw) > DEEPEST:
            raise _Unfit("too_deep", f"is nested more than {DEEPEST} deep.")
        return DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise _rejected("encoding", "is not UTF-8.")
    except _Unfit as fault:
        raise _rejected(fault.code, fault.message)
    except (ValueError, RecursionError):
        raise _rejected("not_json", "is not JSON.")


def _rejected(code, message):
    return Rejected([problem(WHOLE, code, message)])


def _depth(raw):
    """How deep brackets are nested; those in strings are looked at only where it matters."""
    depth = _nesting(raw)
    return depth if depth <= DEEPEST else _nesting(STRING.sub(b"", raw))


def _nesting(raw):
    return max(accumulate(array("b", raw.translate(STEPS, NO_BRACKET))), default=0)


def _object(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Unfit("duplicate_key", "has an object that names a key twice.")
    return found


def _number(text):
    if len(text) > LONGEST_NUMBER:
        raise _Unfit("number_too_long", f"has a number of more than {LONGEST_NUMBER} characters.")
    if "e" in text or "E" in text:
        value = Decimal(text)
        if abs(value.adjusted()) <= WIDEST_EXPONENT:
            return Number(format(value, "f"))
    return Number(text)


def _constant(_):
    raise _Unfit("not_a_number", "has NaN or Infinity for a number.")


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_constant, strict=True
)
