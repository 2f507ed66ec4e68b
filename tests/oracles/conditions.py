"""Conditions the slow way: for each way of a rule, walk its claims day by day until those seen so far prove it."""

from dataclasses import dataclass
from datetime import date, timedelta

from patients.measures.code_lists import emergency_services
from patients.measures.conditions.condition import Condition, Way

from .history import NUMBER, PRODUCTS, History

PROCEDURES = ("hcpcs", "icd10pcs", "drg")


@dataclass(frozen=True)
class Seen:
    """A claim that counts: `full` unless it counts beside another only."""

    day: date
    event_id: int
    code: str
    setting: str
    full: bool


def met(history: History, condition: Condition, as_of: date, every: dict[str, Condition]) -> dict | None:
    """Way, days and claims of the proof that came first within the look-back; None where no way is met."""
    first = condition.first_day(as_of)
    kept = [pair for pair in _ways(history, condition, as_of) if not _is_void(pair[0], history, as_of, every)]
    days_met = [(day, way, claims) for way, claims in kept if (day := _met(claims, way, first, as_of))]
    if not days_met:
        return None
    day, way, mine = min(days_met, key=lambda found: (found[0], found[1].number))
    in_time = [claim for _, claims in kept for claim in claims if first <= claim.day <= as_of]
    proof = [*sorted({claim.day for claim in mine if first <= claim.day < day})[: way.claims - 1], day]
    ever = [_ever(claims, other, condition) for other, claims in kept]
    return {
        "way": way.number,
        "first_met": day,
        "first_ever": min([*filter(None, ever), day]),
        "last_seen": max(claim.day for claim in in_time),
        "events": [min(claim.event_id for claim in mine if claim.day == on) for on in proof],
    }


def diabetes_type(history: History, condition: Condition, as_of: date) -> str:
    """type_1, type_2, other_type or type_unsettled."""
    first = condition.first_day(as_of)
    days = {"E10": set(), "E11": set()}
    for _, claims in _ways(history, condition, as_of):
        for claim in claims:
            if first <= claim.day <= as_of and claim.code[:3] in days:
                days[claim.code[:3]].add(claim.day)
    sets = {code for fill in history.fills if first <= fill.day <= as_of for code, _ in PRODUCTS[fill.product]}
    if not days["E10"] and not days["E11"]:
        return "other_type"
    if len(days["E10"]) <= len(days["E11"]) or "oral_glucose_lowering" in sets:
        return "type_2"
    return "type_1" if "insulins" in sets else "type_unsettled"


def kidney_stage(history: History, condition: Condition, as_of: date) -> str:
    """The stage of the newest claim that tells one; '' without."""
    order = ["N181", "N182", "N183", "N1830", "N1831", "N1832", "N184", "N185", "N186"]
    names = ["stage_1", "stage_2", "stage_3", "stage_3", "stage_3a", "stage_3b", "stage_4", "stage_5", "esrd"]
    told = [claim for _, claims in _ways(history, condition, as_of) for claim in claims if claim.code in order]
    told = [claim for claim in told if condition.first_day(as_of) <= claim.day <= as_of]
    if not told:
        return ""
    newest = max(told, key=lambda claim: (claim.day, order.index(claim.code)))
    return names[order.index(newest.code)]


def _ways(history, condition, as_of):
    for way in condition.ways:
        claims = [*_coded(history, condition, way), *_fills(history, condition, way), *_entitled(history, way, as_of)]
        yield way, [claim for claim in claims if claim.day <= as_of]


def _is_void(way: Way, history, as_of, every) -> bool:
    def has(codes):
        return any(met(history, every[code], as_of, every) for code in codes)

    return has(way.void_if) and not has(way.void_unless)


def _met(claims, way, first, last):
    for day in sorted({claim.day for claim in claims if first <= claim.day <= last}):
        so_far = [claim for claim in claims if first <= claim.day <= day]
        if len({claim.day for claim in so_far}) >= way.claims and any(claim.full for claim in so_far):
            return day
    return None


def _ever(claims, way, condition):
    back = timedelta(days=365 * condition.look_back_years - 1)
    return next((day for day in sorted({claim.day for claim in claims}) if _holds(claims, way, day, back)), None)


def _holds(claims, way, day, back):
    within = [claim for claim in claims if day - back <= claim.day <= day]
    return len({claim.day for claim in within}) >= way.claims and any(claim.full for claim in within)


def _coded(history, condition, way):
    for facts, systems in ((history.diagnoses, ("icd10cm",)), (history.services, PROCEDURES)):
        told = [code for code in condition.codes if code.system in systems and code.group != "excluded"]
        groups = {f"DRG{code.code}" if code.system == "drg" else code.code: code.group for code in told}
        excluded = {code.code for code in condition.codes if code.group == "excluded"}
        out = {claim.event_id for claim in facts if claim.code in excluded}
        for claim in facts:
            group = groups.get(claim.code)
            accepted = claim.setting in way.settings or ("emergency" in way.settings and _is_emergency(claim, history))
            if accepted and claim.event_id not in out and group in (*way.groups, *way.lesser_groups):
                yield Seen(claim.day, claim.event_id, claim.code, claim.setting, group in way.groups)


def _is_emergency(claim, history):
    return any(
        (s.day, s.setting) == (claim.day, claim.setting) and s.code in emergency_services() for s in history.services
    )


def _fills(history, condition, way):
    if "pharmacy" not in way.settings:
        return
    sets = {code.code for code in condition.codes if code.system == "drug_set" and code.group in way.groups}
    for place, fill in enumerate(history.fills):
        if sets & {code for code, _ in PRODUCTS[fill.product]}:
            yield Seen(fill.day, 1000 + place, f"{NUMBER[fill.product]:011d}", "pharmacy", True)


def _entitled(history, way, as_of):
    if "coverage" in way.settings:
        for span in history.spans:
            if span.esrd and span.starts <= as_of:
                for day in (span.starts, min(span.ends or as_of, as_of)):
                    yield Seen(day, 0, "ESRD", "coverage", True)
