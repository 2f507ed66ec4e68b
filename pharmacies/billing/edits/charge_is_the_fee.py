from datetime import date

from carecoord.kernel.money import dollars

from ..edit import Edit, Severity, say_day


def check(facts):
    """Each line charges what the contract of the day pays: the payer asks its own fee schedule again."""
    for each in facts.charges:
        if each.fee_cents is not None and each.charge_cents != each.fee_cents:
            return (
                f"{each.code} is charged at {dollars(each.charge_cents)}; the contract pays {dollars(each.fee_cents)} on "
                f"{say_day(facts.snapshot.service_on)}. Check the claim again before it is sent, and its charge follows."
            )
    return None


EDIT = Edit(
    code="charge_is_the_fee",
    title="Charged at the contract's fee",
    severity=Severity.HOLD,
    check=check,
    source="domain/billing.md 5.6, edit 18",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
