"""Naloxone for people who take opioids, the slow way. Written from the rules, not from the SQL."""

from datetime import date, timedelta

from .history import History
from .overlap import dispensed, excluded, frame
from .presence import GAP


def opioid_without_naloxone(history: History, year: int, as_of: date) -> dict | None:
    """The result as a dict with the names of a row (dates for days), or None without an opioid."""
    at = frame(history, {"opioids"}, year, as_of, gap=GAP, age=18, min_period=30)
    if at is None:
        return None
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    is_met = bool(dispensed(history, {"opioid_reversal"}, first - timedelta(days=365), at["seen"]))
    few = "one_fill" if len({fill.day for fill, _, _ in at["own"]}) < 2 else ""
    result = {
        "index_day": at["index_day"],
        "exclusion": excluded(history, first, known, ("cancer", "sickle_cell", "palliative_care")),
        "not_in_denominator": at["why"] or few,
        "last_day": at["end"] if not is_met and at["seen"] < at["end"] else None,
    }
    result["denominator"] = not (result["exclusion"] or result["not_in_denominator"])
    return result | {"numerator": result["denominator"] and is_met}
