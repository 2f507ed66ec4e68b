from datetime import date

from ..edit import Edit, Severity
from ..limits import addons


def check(facts):
    """90472 stands with 90471 or 90473, 99607 with 99605 or 99606, on the same claim."""
    codes = set(facts.snapshot.codes)
    for code, needs in addons().items():
        if code in codes and not codes.intersection(needs):
            return f"{code} is never billed alone: add {' or '.join(needs)} to the claim, or bill that code instead."
    return None


EDIT = Edit(
    code="addon_has_its_base",
    title="Added services stand with what they are added to",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.1 and 5.6, edit 10; CARC B15 is the denial that it spares",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
