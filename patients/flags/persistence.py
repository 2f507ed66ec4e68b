"""Words about a treatment that was begun and is to go on: what claims show of it so far."""

from .case import Gap
from .rule import days, short_day


def asked(case: Gap) -> str:
    """'cover 84 of the first 115 days', from the limit and the period of the result."""
    follow = (case.period_ends_on - case.index_on).days + 1
    return f"cover {(case.limit_milli or 0) // 1000} of the first {days(follow)}"


def headline(case: Gap) -> str:
    """'Antidepressant, six months: 149 of 180 days, by 18 Dec'."""
    asked_days = (case.limit_milli or 0) // 1000 or (case.period_ends_on - case.index_on).days + 1
    covered = "" if case.value_milli is None else f": {case.value_milli // 1000} of {days(asked_days)}"
    return f"{case.short}{covered}, by {short_day(case.last_day)}"[:80]


def so_far(case: Gap) -> str:
    """'Begun on 12 Apr: 80 of 95 days covered, longest gap 9 days.'"""
    if case.value_milli is None or case.second_milli is None:
        return ""
    seen_on = min(case.as_of, case.period_ends_on)
    elapsed = (seen_on - case.index_on).days + 1
    covered, longest = case.value_milli // 1000, case.second_milli // 1000
    gap = f"longest gap {days(longest)}" if longest else "no gap"
    return f"Begun on {short_day(case.index_on)}: {covered} of {days(elapsed)} covered, {gap}. "
