"""Persistence the slow way: the days of a new treatment in a set. Written from the rules, not from the SQL."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from . import moud
from .history import History
from .overlap import dispensed, excluded
from .pdc import days

GAP = 45  # and only one of them
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rules:
    drugs: frozenset[str]
    codes: frozenset[str]
    near: int
    intake: tuple[tuple[int, int], tuple[int, int]]  # (month, day) of the year before, (month, day) of the year
    quiet: int
    follow: int
    age: int
    at_year_end: bool = False
    least: int = 0
    longest_gap: int | None = None
    by_supply: bool = False
    only_first: bool = False
    doses: bool = False
    cover: int = 0  # days from the first fill with cover; 0: as long as it is followed


def persistence(history: History, rules: Rules, year: int, as_of: date) -> dict | None:
    """The result as a dict with the names of a row (dates for days), or None without a new treatment."""
    known = min(date(year, 12, 31), as_of)
    taken = [(fill, name) for fill, _, name in dispensed(history, rules.drugs, date(year - 1, 1, 1), known)]
    if rules.doses:
        taken += moud.doses(history, date(year - 1, 1, 1), known)
    index = _begin([fill for fill, _ in taken], rules, year)
    if index is None:
        return None
    end = index + timedelta(days=rules.follow - 1)
    seen = min(end, known)
    own = [(fill, name) for fill, name in taken if index <= fill.day <= seen]
    covered = _covered(own)
    window = days(index, seen)
    missed = [day for day in window if day not in covered]
    runs = [len(list(run)) for is_gap, run in groupby(window, key=lambda day: day not in covered) if is_gap]
    longest, have = max(runs, default=0), len(window) - len(missed)
    is_met = have >= rules.least and (rules.longest_gap is None or longest <= rules.longest_gap)
    if not rules.least:
        is_met = is_met and seen == end
    result = {
        "index_day": index,
        "exclusion": excluded(history, date(year, 1, 1), known, ()),
        "not_in_denominator": _outside(history, rules, year, index, known),
        "not_computed": "no_days_supply" if any(not fill.days_supply for fill, _ in own) else "",
        "value_milli": 1000 * have,
        "second_milli": 1000 * longest,
    }
    counts = not (result["exclusion"] or result["not_in_denominator"] or result["not_computed"])
    return result | {"denominator": counts, "numerator": counts and is_met}


def _begin(fills, rules: Rules, year: int) -> date | None:
    (month, day), (last_month, last_day) = rules.intake
    first, last = date(year - 1, month, day), date(year, last_month, last_day)
    inside = sorted({fill.day for fill in fills if first <= fill.day <= last})
    for one in inside[:1] if rules.only_first else inside:
        quiet = days(one - timedelta(days=rules.quiet), one - ONE_DAY)
        busy = set()
        for fill in fills:
            if fill.day < one:
                lasts = max(1, fill.days_supply or 1) if rules.by_supply else 1
                busy |= set(days(fill.day, fill.day + timedelta(days=lasts - 1)))
        if not busy & set(quiet) and not (rules.by_supply and one in busy):
            return one
    return None


def _covered(own) -> set[date]:
    """Each ingredient's supplies one after the other; the union of all."""
    covered = set()
    by_ingredient: dict[str, list] = {}
    for fill, ingredient in own:
        if fill.days_supply:
            by_ingredient.setdefault(ingredient, []).append(fill)
    for fills in by_ingredient.values():
        following = date.min
        for fill in sorted(fills, key=lambda fill: fill.day):
            start = max(fill.day, following)
            following = start + timedelta(days=fill.days_supply)
            covered |= set(days(start, following - ONE_DAY))
    return covered


def _outside(history: History, rules: Rules, year, index, known) -> str:
    if history.born is None:
        return "no_birth_date"
    if history.born > (date(year - rules.age, 12, 31) if rules.at_year_end else date(year - rules.age, 1, 1)):
        return "under_age"
    if history.died and history.died <= known:
        return "died"
    until = min(index + timedelta(days=(rules.cover or rules.follow) - 1), known)
    if not _is_covered(history, rules, index, until):
        return "no_cover_follow_up"
    near = timedelta(days=rules.near)
    coded = [
        claim.day
        for claim in history.diagnoses
        if claim.code in rules.codes and date(year - 1, 1, 1) <= claim.day <= known
    ]
    return "" if any(index - near <= day <= index + near for day in coded) else "no_diagnosis"


def _is_covered(history: History, rules: Rules, index: date, last: date) -> bool:
    """Cover of medicines on every day, save one run of at most 45 days anywhere that does not hold the first fill."""
    window = days(index - timedelta(days=rules.quiet), last)
    spans = [span for span in history.spans if span.drugs]
    bare = [day for day in window if not any(span.starts <= day <= (span.ends or last) for span in spans)]
    in_a_row = not bare or (bare[-1] - bare[0]).days == len(bare) - 1
    return in_a_row and len(bare) <= GAP and index not in bare
