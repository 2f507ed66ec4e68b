"""National Provider Identifiers: ten digits, the last a Luhn check over the number with prefix 80840 (45 CFR 162.406)."""

import re

from django.core.exceptions import ValidationError

_TEN_DIGITS = re.compile(r"[12][0-9]{9}", re.ASCII)


def is_npi(text):
    """Whether the text is an NPI whose check digit holds."""
    return bool(_TEN_DIGITS.fullmatch(text or "")) and check_digit(text[:9]) == text[9]


def check_digit(nine):
    """The tenth digit for the first nine."""
    digits = [int(d) for d in "80840" + nine]
    doubled = [(d * 2 - 9 if d > 4 else d * 2) if place % 2 == 0 else d for place, d in enumerate(reversed(digits))]
    return str(-sum(doubled) % 10)


def validate_npi(text):
    """For model fields."""
    if not is_npi(text):
        raise ValidationError("An NPI has ten digits, and its check digit must hold.", code="not_an_npi")
