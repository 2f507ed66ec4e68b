"""PDC the slow way: every day of the year in a set. Written from the rules, not from the SQL.

Days here are dates. The only arithmetic is counting days in sets.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from .history import PRODUCTS, History

ESRD = {"I120", "I1311", "I132", "N186", "Z9115", "Z91151", "Z91158", "Z992"}
SOME_DIALYSIS = {"90935", "90999", "G0257", "REV0821"}  # what generated histories use; the list itself has its own test
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rules:
    drugs: str
    excluded_drugs: str | None
    stay_adjustment: bool
    gap: int = 1
    discharge_day_counts: bool = False
    threshold_bp: int = 8000
    min_period: int = 91
    also: tuple[str, ...] = ()
    diagnosis: str = ""  # a code that is asked for, in a hospital or on two days
    is_out_by_esrd: bool = True
    is_out_by: tuple[str, str] = ("", "")  # (a code, the exclusion that it is)


def days(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return list(map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1)))


def class_fills(history: History, rules: Rules, first: date, last: date):
    """(day, days supply, ingredient) of the class, a combination once for each ingredient."""
    return [
        (fill.day, fill.days_supply, ingredient)
        for fill in history.fills
        if first <= fill.day <= last
        for code, ingredient in PRODUCTS.get(fill.product, [])
        if code in (rules.drugs, *rules.also)
    ]


def pdc(history: History, rules: Rules, year: int, as_of: date) -> dict | None:
    """The result as a dict with the names of PdcRow (dates for days), or None without a fill of the class."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    known = min(last, as_of)
    fills = class_fills(history, rules, first, known)
    if not fills:
        return None
    index = min(day for day, _, _ in fills)
    span_end = continuous_until(history, index, last, rules.gap)
    ends = [last, span_end or last] + ([history.died] if history.died else [])
    end = min(ends)
    seen = min(end, as_of)
    full = days(index, end)
    is_unknown = any(not supply or supply < 0 for day, supply, _ in fills if day <= seen or day == index)
    fills = [fill for fill in fills if fill[0] <= seen]

    stay_days = {day for stay in history.stays for day in days_of_stay(stay, rules)} & set(days(index, seen))
    if not rules.stay_adjustment:
        stay_days = set()
    full_days = [day for day in full if day not in stay_days]
    period_days = [day for day in days(index, seen) if day not in stay_days]

    result = {
        "exclusion": exclusion(history, rules, first, known),
        "period_days": len(period_days),
        "full_period_days": len(full_days),
        "stay_days": len(stay_days),
        "index_day": index,
        "not_computed": "no_days_supply" if is_unknown else "",
    }
    result["not_in_denominator"] = outside(history, rules, year, known, fills, span_end, full, full_days)
    result["denominator"] = not (result["not_in_denominator"] or result["exclusion"] or result["not_computed"])
    nothing = dict.fromkeys(("covered_days", "days_left", "last_day", "supply_ends_day", "next_refill_day"))
    if result["not_computed"]:
        return result | nothing | {"numerator": False}
    return result | covered(fills, stay_days, full_days, period_days, seen, end, rules, result["denominator"])


def covered_with_cash(history: History, rules: Rules, year: int, as_of: date) -> int | None:
    """Days of the result's period that are covered when fills paid in cash are used up with the others; None without any."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    fills = class_fills(history, rules, first, min(last, as_of))
    index = min(day for day, _, _ in fills)
    ends = [last, as_of, continuous_until(history, index, last, rules.gap) or last]
    seen = min(ends + ([history.died] if history.died else []))
    cash = class_fills(replace(history, fills=history.cash), rules, first, seen)
    if not cash:
        return None
    stay_days = {day for stay in history.stays for day in days_of_stay(stay, rules)} & set(days(index, seen))
    if not rules.stay_adjustment:
        stay_days = set()
    both = [fill for fill in fills if fill[0] <= seen] + cash
    supplied = set().union(*(chain(both, name, stay_days) for name in {name for _, _, name in both}))
    return len(supplied & (set(days(index, seen)) - stay_days))


def outside(history, rules, year, known, fills, span_end, full, full_days) -> str:
    """Why somebody is not in the denominator, the first that holds."""
    if history.born is None:
        return "no_birth_date"
    checks = {
        "under_age": history.born > date(year - 18, 1, 1),
        "no_coverage": span_end is None,
        "late_first_fill": len(full) < rules.min_period,
        "one_fill": len({day for day, _, _ in fills}) < 2,
        "no_diagnosis": bool(rules.diagnosis) and not has_diagnosis(history, rules, date(year, 1, 1), known),
        "all_stay": not full_days,
    }
    return next((why for why, holds in checks.items() if holds), "")


def has_diagnosis(history: History, rules: Rules, first: date, known: date) -> bool:
    """On a claim of a hospital, or on two days of the year."""
    claims = [claim for claim in history.diagnoses if claim.code == rules.diagnosis and first <= claim.day <= known]
    return len({claim.day for claim in claims}) >= 2 or any(claim.setting == "inpatient" for claim in claims)


def covered(fills, stay_days, full_days, period_days, seen, end, rules, in_denominator) -> dict:
    supplied = set().union(*(chain(fills, name, stay_days) for name in {name for _, _, name in fills}))
    count = len(supplied & set(period_days))
    missed = len(period_days) - count
    may_miss = max(m for m in range(len(full_days) + 1) if enough(len(full_days) - m, len(full_days), rules))
    supply_ends = max(supplied, default=None)
    last_day = None
    if seen < end and missed <= may_miss:
        # Wait day by day from tomorrow; the last day to act is the one before which no day too many was missed.
        last_day, missing = seen + ONE_DAY, missed
        while missing + (last_day not in supplied) <= may_miss:
            missing += last_day not in supplied
            last_day += ONE_DAY
    return {
        "covered_days": count,
        "numerator": in_denominator and len(period_days) > 0 and enough(count, len(period_days), rules),
        "days_left": may_miss - missed,
        "last_day": last_day,
        "supply_ends_day": supply_ends,
        "next_refill_day": supply_ends and supply_ends + ONE_DAY,
    }


def enough(part: int, whole: int, rules: Rules) -> bool:
    return part * 10_000 >= rules.threshold_bp * whole


def chain(fills, ingredient, stay_days) -> set[date]:
    """The days that one ingredient's supply covers: each fill is used up day by day, never on a stay day, in order."""
    used: set[date] = set()
    day = date.min
    for filled_on, supply, _ in sorted(fill for fill in fills if fill[2] == ingredient):
        day = max(day, filled_on)
        for _ in range(supply):
            while day in stay_days:
                day += ONE_DAY
            used.add(day)
            day += ONE_DAY
    return used


def days_of_stay(stay, rules) -> list[date]:
    if stay.kind not in ("inpatient", "snf"):
        return []
    last = stay.discharge if rules.discharge_day_counts else stay.discharge - ONE_DAY
    return days(stay.admission, last)


def continuous_until(history: History, index: date, last: date, gap: int) -> date | None:
    """The last day of unbroken coverage with medicines that holds `index`, or None. Walks forward a day at a time."""
    horizon = last + timedelta(days=gap + 2)
    spans = [span for span in history.spans if span.drugs]
    insured = {day for span in spans for day in days(span.starts, min(span.ends or horizon, horizon))}

    def holds(day):
        if day in insured:
            return True
        for before in range(1, gap + 1):
            after = gap + 1 - before
            earlier = any(day - timedelta(days=n) in insured for n in range(1, before + 1))
            later = any(day + timedelta(days=n) in insured for n in range(1, after + 1))
            if earlier and later:
                return True
        return False

    if not holds(index):
        return None
    day = index
    while day < last and holds(day + ONE_DAY):
        day += ONE_DAY
    return day


def exclusion(history: History, rules: Rules, first: date, known: date) -> str:
    """The first that holds of hospice, ESRD, the excluding code and the excluding drug."""

    def in_year(day):
        return first <= day <= known

    def flagged(name):
        spans = [span for span in history.spans if getattr(span, name)]
        return any(span.starts <= known and (span.ends is None or span.ends >= first) for span in spans)

    claims = [claim for claim in history.diagnoses + history.services if in_year(claim.day)]
    hospice_stay = any(
        stay.kind == "hospice" and stay.admission <= known and stay.discharge >= first for stay in history.stays
    )
    if flagged("hospice") or hospice_stay or any(claim.setting == "hospice" for claim in claims):
        return "hospice"
    if rules.is_out_by_esrd and (
        flagged("esrd")
        or any(in_year(claim.day) and claim.code in ESRD for claim in history.diagnoses)
        or any(in_year(claim.day) and claim.code in SOME_DIALYSIS for claim in history.services)
    ):
        return "esrd"
    code, name = rules.is_out_by
    if any(claim.code == code and in_year(claim.day) for claim in history.diagnoses):
        return name
    for fill in history.fills:
        if in_year(fill.day) and any(code == rules.excluded_drugs for code, _ in PRODUCTS.get(fill.product, [])):
            return rules.excluded_drugs
    return ""
