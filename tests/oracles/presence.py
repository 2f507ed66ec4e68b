"""Presence the slow way: somebody who fills one class and should fill another. Written from the rules, not from the SQL."""

from datetime import date

from .history import PRODUCTS, History
from .pdc import SOME_DIALYSIS, continuous_until, days

GAP = 31
KIDNEY = {"I120", "I1311", "I132", "N185", "N186", "N19", "Z9115", "Z91151", "Z91158", "Z992"}
OTHERS = {"muscle_disease": {"M6282"}, "cirrhosis": {"K7460"}, "prediabetes": {"R7303"}, "pregnancy": {"O24410"}}
"""A code of each list, as generated histories use them; the lists themselves have their own test."""


def supd(history: History, year: int, as_of: date) -> dict | None:
    """The result as a dict with the names of a row (dates for days), or None without a diabetes fill."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    known = min(last, as_of)
    diabetes = fills(history, {"diabetes_non_insulin", "insulins"}, first, known)
    if not diabetes:
        return None
    index = min(diabetes)
    span_end = continuous_until(history, index, last, GAP)
    end = min([last, span_end or last] + ([history.died] if history.died else []))
    seen = min(end, as_of)
    is_met = any(day <= seen for day in fills(history, {"statins"}, first, known))
    result = {
        "index_day": index,
        "exclusion": exclusion(history, first, known),
        "not_in_denominator": outside(history, year, span_end, len(days(index, end)), diabetes, seen),
        "last_day": end if not is_met and seen < end else None,
    }
    result["denominator"] = not (result["exclusion"] or result["not_in_denominator"])
    return result | {"numerator": result["denominator"] and is_met}


def outside(history, year, span_end, length, diabetes, seen) -> str:
    """Why somebody is not in the denominator, the first that holds."""
    if history.born is None:
        return "no_birth_date"
    age = year - history.born.year - ((history.born.month, history.born.day) > (1, 1))
    if age < 40:
        return "under_age"
    if age > 75:
        return "over_age"
    if span_end is None:
        return "no_coverage"
    if length < 90:
        return "late_first_fill"
    return "one_fill" if len({day for day in diabetes if day <= seen}) < 2 else ""


def fills(history, sets, first, last) -> list[date]:
    """The days on which something of these drug sets was filled."""
    known = [fill for fill in history.fills if first <= fill.day <= last]
    return [fill.day for fill in known if any(code in sets for code, _ in PRODUCTS.get(fill.product, []))]


def exclusion(history, first, known) -> str:
    """The first of the measure's exclusions that holds."""

    def in_year(day):
        return first <= day <= known

    def flagged(name):
        spans = [span for span in history.spans if getattr(span, name)]
        return any(span.starts <= known and (span.ends is None or span.ends >= first) for span in spans)

    diagnoses = [claim for claim in history.diagnoses if in_year(claim.day)]
    services = [claim for claim in history.services if in_year(claim.day)]
    stays = [
        one for one in history.stays if one.kind == "hospice" and one.admission <= known and one.discharge >= first
    ]
    if flagged("hospice") or stays or any(c.setting == "hospice" for c in diagnoses + services):
        return "hospice"
    if flagged("esrd") or any(c.code in KIDNEY for c in diagnoses) or any(c.code in SOME_DIALYSIS for c in services):
        return "kidney_failure"
    found = [name for name, codes in OTHERS.items() if any(claim.code in codes for claim in diagnoses)]
    if found:
        return found[0]
    return "fertility" if fills(history, {"fertility"}, first, known) else ""
