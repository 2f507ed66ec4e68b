"""A condition the slow way: walk the look-back day by day until the claims seen so far prove it."""

from datetime import date, timedelta

from .history import History


def met(history: History, *, codes, strong, weak, look_back_days: int, as_of: date) -> dict | None:
    """The first day on which the rule is met, the newest claim's day and the event ids of the proof; or None."""
    day = as_of - timedelta(days=look_back_days - 1)
    seen, first_met, proof = [], None, None
    while day <= as_of:
        today = [claim for claim in history.diagnoses if claim.day == day and claim.code in codes]
        seen += [claim for claim in today if claim.setting in strong + weak]
        if first_met is None:
            strong_ones = [claim for claim in seen if claim.setting in strong]
            weak_days = {claim.day for claim in seen if claim.setting in weak}
            if strong_ones:
                first_met, proof = day, [strong_ones]
            elif len(weak_days) == 2:
                first_met = day
                proof = [[c for c in seen if c.setting in weak and c.day == weak_day] for weak_day in sorted(weak_days)]
        day += timedelta(days=1)
    if first_met is None:
        return None
    events = [min(claim.event_id for claim in claims) for claims in proof]
    return {"first_met_on": first_met, "last_seen_on": max(claim.day for claim in seen), "events": events}
