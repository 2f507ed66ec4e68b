"""Many prescribers and pharmacies the slow way: every window of 180 days looked at. Written from the rules, not from the SQL."""

from datetime import date, timedelta

from .history import History
from .opioid_dose import few
from .overlap import GAP, excluded, frame
from .pdc import days

WINDOW = 180


def many(history: History, year: int, as_of: date) -> dict | None:
    """The result as a dict with the names of a row (dates for days), or None without an opioid."""
    at = frame(history, {"opioids"}, year, as_of, gap=GAP, age=18, min_period=90)
    if at is None:
        return None
    fills = [fill for fill, _, _ in at["own"]]
    ends = [min(at["seen"], fill.day + timedelta(days=(fill.days_supply or 1) - 1)) for fill in fills]
    episode = len(days(at["index_day"], max(ends))) if fills else 0
    is_open = any(not fill.days_supply for fill in fills)
    is_short = sum(fill.days_supply or 0 for fill in fills) < 15 or episode < 90
    windows = []
    for first in days(at["index_day"], at["seen"]):
        inside = [fill for fill in fills if first <= fill.day < first + timedelta(days=WINDOW)]
        windows.append(({fill.prescriber for fill in inside} - {""}, {fill.pharmacy for fill in inside} - {""}))
    problem = "no_days_supply" if is_open and is_short else ""
    if fills and not problem and not any(fill.prescriber for fill in fills):
        problem = "no_prescriber"
    result = {
        "index_day": at["index_day"],
        "exclusion": excluded(history, at["first"], min(date(year, 12, 31), as_of), ("cancer", "sickle_cell")),
        "not_in_denominator": at["why"] or few(fills, episode, is_open),
        "not_computed": problem,
    }
    is_met = any(len(prescribers) >= 4 and len(pharmacies) >= 4 for prescribers, pharmacies in windows)
    counts = not (result["exclusion"] or result["not_in_denominator"] or result["not_computed"])
    return result | {"denominator": counts, "numerator": counts and is_met}
