"""The pharmacy of a member's adherence the slow way: a counter at each pharmacy, one day of supply after the other."""

from datetime import date
from fractions import Fraction

from .history import PRODUCTS, History
from .pdc import Rules, continuous_until

LEAST = Fraction(51, 100)


def counts_to(history: History, rules: Rules, year: int, as_of: date) -> tuple[str, int, int] | None:
    """(pharmacy, days dispensed there, days of all), or None when nobody dispensed 51% of the days, or they are not known."""
    claims = claims_seen(history, rules, year, as_of)
    if not claims or any(not fill.days_supply or fill.days_supply < 0 for fill in claims):
        return None
    everything = [fill.pharmacy for fill in claims for _ in range(fill.days_supply)]
    for pharmacy in {fill.pharmacy for fill in claims} - {""}:
        there = everything.count(pharmacy)
        if Fraction(there, len(everything)) >= LEAST:
            return pharmacy, there, len(everything)
    return None


def claims_seen(history: History, rules: Rules, year: int, as_of: date) -> list:
    """The fills of the class from the first of the year to the end of the period, as far as it is known on the day."""
    last = date(year, 12, 31)
    mine = [
        fill
        for fill in history.fills
        if date(year, 1, 1) <= fill.day <= min(last, as_of)
        and any(code == rules.drugs for code, _ in PRODUCTS.get(fill.product, []))
    ]
    if not mine:
        return []
    ends = [last, as_of, *([history.died] if history.died else [])]
    ends.append(continuous_until(history, min(fill.day for fill in mine), last, rules.gap) or last)
    return [fill for fill in mine if fill.day <= min(ends)]
