"""A medicine after an illness got worse, the slow way. Written from the rules, not from the SQL."""

from datetime import date, timedelta

from .history import History
from .overlap import dispensed
from .pdc import continuous_until
from .presence import exclusion as hospice_or_none

EMERGENCY = {"99283"}
WITHIN = timedelta(days=30)


def followed(history: History, year: int, as_of: date, *, codes, drugs, least: int) -> dict | None:
    """The result as a dict with the names of a row (dates for days), or None without an event that is followed in the year."""
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    emergencies = {claim.day for claim in history.services if claim.code in EMERGENCY}
    until = known if known < date(year, 12, 31) else known - WITHIN  # the next year follows what is later
    events = [
        claim.day
        for claim in history.diagnoses
        if claim.code in codes and claim.is_principal and first - WITHIN <= claim.day <= until
        if claim.setting == "inpatient" or claim.day in emergencies
    ]
    if not events:
        return None
    index = max(events)
    end = index + WITHIN
    seen = min(end, known)
    fills = [fill for fill, _, _ in dispensed(history, {drugs}, date(year - 1, 1, 1), seen)]
    is_met = any(
        fill.day >= index or (fill.days_supply and fill.day + timedelta(days=fill.days_supply - 1) >= index)
        for fill in fills
    )
    span_end = continuous_until(history, index, seen, 0)
    why = ""
    if history.born > date(year - least, 1, 1):
        why = "under_age"
    elif history.died and history.died <= end:
        why = "died"
    elif span_end != seen:
        why = "no_cover_follow_up"
    excluded = "hospice" if hospice_or_none(history, first, known) == "hospice" else ""
    counts = not (excluded or why)
    return {
        "index_day": index,
        "exclusion": excluded,
        "not_in_denominator": why,
        "denominator": counts,
        "numerator": counts and is_met,
        "last_day": end if not is_met and seen < end else None,
    }
