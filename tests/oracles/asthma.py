"""The asthma medication ratio the slow way. Written from the rules, not from the SQL."""

from datetime import date

from .history import History
from .overlap import dispensed
from .presence import exclusion as hospice_or_none
from .repeated import is_covered
from .safety_drugs import FORM

CONTROLLERS, RELIEVERS, NOT_ALONE = {"asthma_controllers"}, {"asthma_relievers"}, {"montelukast", "omalizumab"}
ASTHMA, EMERGENCY, EXCLUDING = {"J4550"}, {"99283"}, {"J449"}
GAP = 45


def ratio(history: History, year: int, as_of: date) -> dict | None:
    """The result as a dict with the names of a row, or None for somebody without persistent asthma in both years."""
    known = min(date(year, 12, 31), as_of)
    years = [(date(year - 1, 1, 1), date(year - 1, 12, 31)), (date(year, 1, 1), known)]
    if not all(is_persistent(history, first, last) for first, last in years):
        return None
    (before, before_end), (first, _) = years
    own = _fills(history, first, known)
    controllers = sum(units(fill) for fill, code in own if code in CONTROLLERS)
    everything = sum(units(fill) for fill, _ in own)
    excluded = hospice_or_none(history, first, known) == "hospice" and "hospice"
    if not excluded and any(c.code in EXCLUDING and before <= c.day <= known for c in history.diagnoses):
        excluded = "asthma_exclusions"
    why = ""
    if not 5 <= year - history.born.year <= 64:
        why = "under_age" if year - history.born.year < 5 else "over_age"
    elif not is_covered(history, first, known):
        why = "no_full_coverage"
    elif not own:
        why = "no_asthma_medicine"
    result = {
        "exclusion": excluded or "",
        "not_in_denominator": why,
        "value_milli": 100_000 * controllers // everything if own else None,
    }
    counts = not (result["exclusion"] or why)
    return result | {"denominator": counts, "numerator": counts and 2 * controllers >= everything}


def _fills(history, first, last):
    """Each fill once a class."""
    found = dispensed(history, CONTROLLERS | RELIEVERS, first, last)
    return list({(id(fill), code): (fill, code) for fill, code, _ in found}.values())


def units(fill) -> int:
    """One for an inhaler or an injection; by mouth one for every 30 days that are begun."""
    return 1 if fill.product in FORM else max(1, -(-(fill.days_supply or 1) // 30))


def is_persistent(history: History, first: date, last: date) -> bool:
    coded = [claim for claim in history.diagnoses if claim.code in ASTHMA and first <= claim.day <= last]
    emergencies = {claim.day for claim in history.services if claim.code in EMERGENCY}
    if any(claim.is_principal and (claim.setting == "inpatient" or claim.day in emergencies) for claim in coded):
        return True
    fills = [fill for fill, _ in _fills(history, first, last)]
    by_mouth: dict[tuple, int] = {}
    for fill in fills:
        if fill.product not in FORM:
            key = fill.product, fill.day
            by_mouth[key] = by_mouth.get(key, 0) + (fill.days_supply or 0)
    times = sum(max(1, days // 30) for days in by_mouth.values())  # what is left over after full months is no time
    times += len([fill for fill in fills if FORM.get(fill.product) == "injection"])
    times += len({(fill.product, fill.day) for fill in fills if FORM.get(fill.product) == "inhaler"})
    visits = {claim.day for claim in coded if claim.setting in ("carrier", "outpatient")}
    if len(visits) >= 4 and times >= 2:
        return True
    return times >= 4 and bool(coded or any(fill.product not in NOT_ALONE for fill in fills))
