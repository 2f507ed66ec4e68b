from datetime import date

from ..edit import Edit, Severity, say_day


def check(facts):
    """The same service, for the same patient, on the same day, at the same pharmacy, is billed once."""
    codes, day = facts.snapshot.codes, facts.snapshot.service_on
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        return f"{', '.join(twice)} stands on the claim twice. Bill one line with the number of units."
    for other in facts.others:
        common = sorted(other.codes.intersection(codes))
        if common:
            return (
                f"{', '.join(common)} on {say_day(day)} is on claim {other.number} already ({other.status}). "
                "If both visits took place, ask the payer to review the other claim; if not, there is nothing to do."
            )
    return None


EDIT = Edit(
    code="duplicate",
    title="Not billed before",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 12; CARC 18 is the denial that it spares",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)
