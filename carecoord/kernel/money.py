"""Money is integer cents; it is rounded once, here."""

import re
from decimal import ROUND_HALF_UP, Decimal

_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?", re.ASCII)


def cents(text):
    """'12.345' -> 1235 (half up, away from zero). Raises ValueError for anything but plain ASCII digits and one point."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError("not an amount of money")
    return int((Decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def dollars(amount_cents):
    """-123456 -> '-$1,234.56'."""
    sign, amount = ("-" if amount_cents < 0 else ""), abs(amount_cents)
    return f"{sign}${amount // 100:,}.{amount % 100:02d}"
