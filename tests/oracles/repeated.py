"""High-risk medicines the slow way: fills counted by class, days of cover in a set. Written from the rules, not from the SQL."""

from datetime import date
from itertools import groupby

from .history import History
from .overlap import dispensed, excluded
from .pdc import days

CLASSES = {
    "hrm_antidepressants": 0,
    "hrm_antihistamines": 0,
    "hrm_antispasmodics": 0,
    "hrm_digoxin": 0,
    "hrm_doxepin": 0,
}
CLASSES |= {"hrm_nitrofurantoin": 90}
REASONS = {"antipsychotics": {"F209", "F319"}, "benzodiazepines": {"G40909", "F411", "F10239", "F13239", "G4752"}}
"""A class that counts without a reason: codes of its reasons, as generated histories use them."""
GAP = 45


def high_risk(history: History, year: int, as_of: date, *, classes=CLASSES) -> dict | None:
    """hrm, or by other `classes` (drug set -> days of supply to exceed) another rate.

    The result as a dict with the names of a row, or None for somebody too young or without cover of medicines."""
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    with_drugs = [span for span in history.spans if span.drugs and span.starts <= known]
    if not any(span.ends is None or span.ends >= first for span in with_drugs):
        return None
    if history.born is None or year - history.born.year < 67:
        return None
    best, met = 0, []
    for code, over in classes.items():
        fills = list({id(fill): fill for fill, _, _ in dispensed(history, {code}, first, known)}.values())
        if has_reason(history, code, fills, year):
            continue
        fill_days = len({fill.day for fill in fills})
        best = max(best, fill_days)
        if fill_days >= 2 and (not over or sum(fill.days_supply or 0 for fill in fills) > over):
            met.append(fill_days)
    why = ""
    if history.died and history.died <= known:
        why = "died"
    elif not is_covered(history, first, known):
        why = "no_full_coverage"
    elif not has_medicines(history, first, known):
        why = "no_drug_cover"
    result = {
        "exclusion": excluded(history, first, known, ("palliative_care",)),
        "not_in_denominator": why,
        "value_milli": 1000 * max(met, default=best),
    }
    counts = not (result["exclusion"] or why)
    return result | {"denominator": counts, "numerator": counts and bool(met)}


def has_reason(history: History, code: str, fills, year: int) -> bool:
    """A diagnosis of the class from the year before to its first fill."""
    until = min((fill.day for fill in fills), default=date.min)
    coded = {claim.code for claim in history.diagnoses if date(year - 1, 1, 1) <= claim.day <= until}
    return bool(coded & REASONS.get(code, set()))


def has_medicines(history: History, first: date, known: date) -> bool:
    """Cover of medicines from the first 46 days of the year to the last day known, with gaps of at most 45 days."""
    last = None
    for span in sorted((span for span in history.spans if span.drugs), key=lambda span: span.starts):
        if last is None or (span.starts - last).days - 1 > GAP:
            begins, last = span.starts, date.min
        last = max(last, min(span.ends or known, known))
        if (begins - first).days <= GAP and last >= known:
            return True
    return False


def is_covered(history: History, first: date, known: date) -> bool:
    """On every day of the year so far but for one gap of at most 45 days, and on the last."""
    covered = {day for span in history.spans for day in days(max(first, span.starts), min(known, span.ends or known))}
    if known not in covered:
        return False
    gaps = [len(list(run)) for is_gap, run in groupby(days(first, known), key=lambda day: day not in covered) if is_gap]
    return len(gaps) <= 1 and max(gaps, default=0) <= GAP
