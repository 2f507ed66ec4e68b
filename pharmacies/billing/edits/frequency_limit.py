from datetime import date

from ..edit import Edit, Severity, say_day
from ..limits import limits_on


def check(facts):
    """No more of a service than the contract pays in a day, a month or a year, over all claims of the patient that are seen."""
    snapshot = facts.snapshot
    for limit in limits_on(facts.contract, snapshot.service_on):
        own = sum(units for code, units in snapshot.lines if code in limit.codes)
        if not own:
            continue
        before = [
            each
            for each in facts.earlier
            if each.code in limit.codes and limit.covers(each.service_on, snapshot.service_on)
        ]
        used = sum(each.units for each in before)
        if used + own > limit.units:
            return _sentence(limit, own, used, before)
    return None


def _sentence(limit, own, used, before):
    codes = " and ".join(limit.codes)
    paid = f"{codes}: {limit.units} unit{'s' if limit.units > 1 else ''} a {limit.per} are paid"
    if not before:
        return f"{paid}, and this claim has {own}. Correct the units."
    latest = max(before, key=lambda each: each.service_on)
    return (
        f"{paid}; {used} stand on earlier claims (the latest {latest.number} of {say_day(latest.service_on)}), and this one adds {own}. "
        "Correct the units, withdraw the claim, or ask the payer for an exception."
    )


EDIT = Edit(
    code="frequency_limit",
    title="Within the contract's limits",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 13; CARC 119 and 151 are the denials that it spares",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
