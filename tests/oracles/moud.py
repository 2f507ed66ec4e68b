"""Medicines for opioid use disorder the slow way: doses given as a service, and whether any treatment was. Written from the rules."""

from datetime import date

from . import clinical
from .history import Fill, History

DOSES = {
    "H0020": ("methadone", "dose", 1),
    "G2067": ("methadone", "week", 7),
    "G2078": ("methadone", "take_home", 7),
    "J0572": ("buprenorphine", "dose", 1),
    "J0574": ("buprenorphine", "dose", 1),
    "Q9991": ("buprenorphine", "month", 31),
    "J0570": ("buprenorphine", "implant", 180),
    "J2315": ("naltrexone", "month", 31),
}
"""Codes as generated histories use them: (ingredient, form, days). The list itself has its own test."""
FILLED = {"moud_buprenorphine", "moud_naltrexone"}


def doses(history: History, first: date, last: date) -> list[tuple[Fill, str]]:
    """Doses as fills of so many days, with a word for what they are of; one a day of each ingredient and form."""
    found = {}
    for claim in history.services:
        if claim.code in DOSES and first <= claim.day <= last:
            ingredient, form, days = DOSES[claim.code]
            found[claim.day, ingredient, form] = Fill(claim.day, days, form), f"{ingredient} given"
    return list(found.values())


def start(history: History, year: int, as_of: date) -> dict | None:
    """oud_start, or None for somebody without the diagnosis in the year."""
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    days = {c.day for c in history.diagnoses if c.code == "F1120" and c.setting != "dme" and first <= c.day <= known}
    if not days:
        return None
    treated = clinical.fills(history, FILLED, first, known) + [fill.day for fill, _ in doses(history, first, known)]
    why = clinical.outside(history, year, known, 18, 64, at_end=False)
    return {
        "index_day": min(days),
        "exclusion": "",
        "not_in_denominator": why,
        "denominator": not why,
        "numerator": not why and bool(treated),
        "value_day": min(treated, default=None),
        "last_day": None if treated or known == date(year, 12, 31) else date(year, 12, 31),
    }
