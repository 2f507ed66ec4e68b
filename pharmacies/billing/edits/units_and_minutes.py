from datetime import date

from ..edit import Edit, Severity
from ..limits import timed


def check(facts):
    """A code that counts minutes has no more units than the documented minutes carry; the first one needs its own."""
    minutes = facts.snapshot.documentation.minutes
    for code, units in facts.snapshot.lines:
        rule = timed().get(code)
        if rule is None:
            continue
        if units > rule.most:
            return f"{code} has {units} units; at most {rule.most} can be billed. Correct the units."
        if minutes is None:
            return f"{code} counts minutes, but the visit does not say how many. Add them to the visit."
        needed = rule.minutes_for(units)
        if minutes < needed:
            said = f"{units} units of {code} need" if units > 1 else f"1 unit of {code} needs"
            return f"{said} {needed} minutes; the visit has {minutes}. Correct the units, or the minutes if they are wrong."
    return None


EDIT = Edit(
    code="units_and_minutes",
    title="Units fit the minutes",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.1 and 5.6, edit 10; CARC 16 with RARC M53 is the denial that it spares",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
