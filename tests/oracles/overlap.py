"""Overlap the slow way: every day of every medicine in a set. Written from the rules, not from the SQL."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from . import safety_drugs
from .history import PRODUCTS, History
from .pdc import Rules as PdcRules
from .pdc import continuous_until, days
from .pdc import exclusion as hospice_or_esrd
from .presence import exclusion as hospice_or_none

GAP = 31
CODES = {"cancer": {"C50919"}, "sickle_cell": {"D5700"}, "palliative_care": {"Z515"}, "seizure_disorder": {"G40909"}}
"""A code of each list, as generated histories use them; the lists themselves have their own test."""


@dataclass(frozen=True)
class Rules:
    """classes: drug set -> (group, track or '' for each ingredient)."""

    who_fill: frozenset[str]
    classes: dict[str, tuple[str, str]]
    at_once: int
    least_days: int
    age: int
    track_fill_days: int = 2
    least_supply: int = 0
    same_drug: bool = False
    unless: str = ""
    excluded: tuple[str, ...] = ()
    min_period: int = 30


def dispensed(history: History, sets, first: date, last: date):
    """(fill, drug set, ingredient) of all that counts for these sets on these days."""
    return [
        (fill, code, ingredient)
        for fill in history.fills
        if first <= fill.day <= last
        for code, ingredient in PRODUCTS.get(fill.product, [])
        if code in sets and safety_drugs.counts(code, ingredient, fill)
    ]


def frame(history: History, who_fill, year: int, as_of: date, *, gap: int, age: int, min_period: int) -> dict | None:
    """index, end, seen, and why somebody is not in the denominator by age, cover or first fill; None without a fill."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    own = dispensed(history, who_fill, first, min(last, as_of))
    if not own:
        return None
    index = min(fill.day for fill, _, _ in own)
    span_end = continuous_until(history, index, last, gap)
    end = max(index - timedelta(days=1), min([last, span_end or last] + ([history.died] if history.died else [])))
    why = ""
    if history.born is None:
        why = "no_birth_date"
    elif history.born > date(year - age, 1, 1):
        why = "under_age"
    elif span_end is None:
        why = "no_coverage"
    elif len(days(index, end)) < min_period:
        why = "late_first_fill"
    seen = min(end, as_of)
    own = [one for one in own if one[0].day <= seen]
    return {"index_day": index, "end": end, "seen": seen, "why": why, "own": own, "first": first}


def excluded(history: History, first: date, known: date, lists: tuple[str, ...]) -> str:
    """The first exclusion that holds: hospice, then the code lists in their order ("esrd": cover and services too)."""
    if hospice_or_none(history, first, known) == "hospice":
        return "hospice"
    found = {claim.code for claim in history.diagnoses if first <= claim.day <= known}
    holding = {name for name, codes in CODES.items() if found & codes}
    holding.add(hospice_or_esrd(history, PdcRules("", None, stay_adjustment=False), first, known))
    return next((name for name in lists if name in holding), "")


def overlap(history: History, rules: Rules, year: int, as_of: date) -> dict | None:
    """The result as a dict with the names of a row (dates for days), or None without a fill that asks."""
    at = frame(history, rules.who_fill, year, as_of, gap=GAP, age=rules.age, min_period=rules.min_period)
    if at is None:
        return None
    seen, first = at["seen"], at["first"]
    tracks = defaultdict(list)
    for fill, code, ingredient in dispensed(history, rules.classes, first, seen):
        group, track = rules.classes[code]
        tracks[group, track or ingredient].append(fill)
    tracks = {key: fills for key, fills in tracks.items() if len({fill.day for fill in fills}) >= rules.track_fill_days}
    at_hand = defaultdict(set)
    for (group, track), fills in tracks.items():
        for fill in fills:
            for day in days(fill.day, min(seen, fill.day + timedelta(days=(fill.days_supply or 0) - 1))):
                at_hand[group, day].add(track)
    together = defaultdict(list)
    for (group, day), names in at_hand.items():
        if len(names) >= rules.at_once:
            together[group].append(day)
    most = max(map(len, together.values()), default=0)
    is_unknown = any(not fill.days_supply for fills in tracks.values() for fill in fills)
    why, base_unknown = at["why"] or _few(at["own"], rules), _base_unknown(at["own"], rules)
    protected = rules.unless and dispensed(history, {rules.unless}, seen - timedelta(days=365), seen)
    result = {
        "index_day": at["index_day"],
        "exclusion": excluded(history, first, min(date(year, 12, 31), as_of), rules.excluded),
        "not_in_denominator": why,
        "not_computed": "no_days_supply" if most < rules.least_days and (is_unknown or base_unknown) else "",
        "value_milli": 1000 * most,
    }
    counts = not (result["exclusion"] or result["not_in_denominator"] or result["not_computed"])
    return result | {"denominator": counts, "numerator": counts and most >= rules.least_days and not protected}


def _claims(own):
    """Each fill once, whatever ingredients it has."""
    return list({id(fill): fill for fill, _, _ in own}.values())


def _few(own, rules: Rules) -> str:
    by_drug = defaultdict(set)
    for fill, _, ingredient in own:
        by_drug[ingredient].add(fill.day)
    fills = _claims(own)
    if len({fill.day for fill in fills}) < 2:
        return "one_fill"
    if rules.same_drug and max(map(len, by_drug.values())) < 2:
        return "no_drug_twice"
    if all(fill.days_supply for fill in fills) and sum(fill.days_supply for fill in fills) < rules.least_supply:
        return "short_supply"
    return ""


def _base_unknown(own, rules: Rules) -> bool:
    fills = _claims(own)
    known = sum(fill.days_supply or 0 for fill in fills)
    return any(not fill.days_supply for fill in fills) and known < rules.least_supply
