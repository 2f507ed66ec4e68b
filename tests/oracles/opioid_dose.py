"""The dose of opioids the slow way: the morphine equivalents of every day, as fractions. Written from CDC's tables, not from the SQL."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from .history import History
from .overlap import GAP, excluded, frame
from .pdc import days
from .safety_drugs import STRENGTH

NEW_FACTORS = date(2022, 11, 4)


def factor(fill) -> Fraction | None:
    """MME of one milligram (one microgram an hour of a patch) of the fill; None: not in the tables."""
    is_new = fill.day >= NEW_FACTORS
    match fill.product:
        case "oxycodone" | "oxycodone/acetaminophen":
            return Fraction("1.5")
        case "morphine":
            return Fraction(1)
        case "tramadol":
            return Fraction("0.2") if is_new else Fraction("0.1")
        case "fentanyl_patch":
            return Fraction("7.2")
        case "methadone" if is_new:
            return Fraction("4.7")
        case "methadone":
            daily = Fraction(STRENGTH["methadone"] * fill.quantity) / fill.days_supply
            return Fraction(4 if daily <= 20 else 8 if daily <= 40 else 10 if daily <= 60 else 12)
    return None


def dose(history: History, limit: int, year: int, as_of: date) -> dict | None:
    """The result as a dict with the names of a row (dates for days), or None without an opioid."""
    at = frame(history, {"opioids"}, year, as_of, gap=GAP, age=18, min_period=90)
    if at is None:
        return None
    mme, problems, ends = _spread(at)
    fills = [fill for fill, _, _ in at["own"]]
    episode = len(days(at["index_day"], max(ends))) if fills else 0
    average = _thousandths(sum(mme.values()) / episode) if episode else 0
    is_open = "no_days_supply" in problems
    why = at["why"] or few(fills, episode, is_open)
    is_met = average >= 1000 * limit
    problem = max(problems, default="")
    result = {
        "index_day": at["index_day"],
        "exclusion": excluded(
            history, at["first"], min(date(year, 12, 31), as_of), ("cancer", "sickle_cell", "palliative_care")
        ),
        "not_in_denominator": why,
        "not_computed": "" if is_met and not is_open else problem,
        "value_milli": average,
        "second_milli": _thousandths(max(mme.values(), default=Fraction(0))),
    }
    counts = not (result["exclusion"] or result["not_in_denominator"] or result["not_computed"])
    return result | {"denominator": counts, "numerator": counts and is_met}


def _spread(at):
    """MME of every day, what is not known, and the last day so far of every fill."""
    mme, problems, ends = defaultdict(Fraction), set(), []
    for fill, _, _ in at["own"]:
        supply = fill.days_supply or 1
        ends.append(min(at["seen"], fill.day + timedelta(days=supply - 1)))
        if not fill.days_supply:
            problems.add("no_days_supply")
        elif not fill.quantity:
            problems.add("no_quantity")
        elif factor(fill) is None:
            problems.add("no_strength")
        else:
            a_day = Fraction(STRENGTH[fill.product]) * Fraction(fill.quantity) * factor(fill) / supply
            for day in days(fill.day, ends[-1]):
                mme[day] += a_day
    return mme, problems, ends


def few(fills, episode: int, is_open: bool) -> str:
    if len({fill.day for fill in fills}) < 2:
        return "one_fill"
    if is_open:
        return ""
    if sum(fill.days_supply for fill in fills) < 15:
        return "short_supply"
    return "short_episode" if episode < 90 else ""


def _thousandths(number: Fraction) -> int:
    return int(number * 1000 + Fraction(1, 2))
