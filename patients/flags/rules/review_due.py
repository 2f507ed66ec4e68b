"""The comprehensive review of the year is still to come."""

from datetime import date

from carecoord.kernel.money import dollars

from ..gap_rule import gap_rule
from ..rule import Severity, Who, short_day, times


def known(case):
    """'9 medicines taken for long, $2,314.20 paid by the plan in the last 365 days'; without a limit, at risk is why."""
    if case.limit_milli is None:
        return "at risk under the plan's drug management programme, which suffices"
    paid = (
        f", {dollars(case.value_milli // 10)} paid by the plan in the last 365 days"
        if case.value_milli is not None
        else ""
    )
    return f"{times(case.fills, 'medicine')} taken for long{paid}"


RULE = gap_rule(
    code="review_due",
    title="Comprehensive medication review due",
    measure="cmr_completion",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH if (case.days_to_act or 0) <= 60 else Severity.ROUTINE,
    reason=lambda case: (
        f"Eligible for medication therapy management ({known(case)}), and no comprehensive review was held this year. {case.closes}"
    ),
    headline=lambda case: f"{case.short}, by {short_day(case.last_day)}",
    do="Offer a time; a summary goes out within 14 days.",
    protocol="comprehensive_review",
    service_code="99605",
    source="CMR completion, domain notes on measures 3.2 and workflows 7.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
