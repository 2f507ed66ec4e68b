"""Statins in cardiovascular disease, and medication therapy management, the slow way. Written from the rules, not from the SQL."""

from collections import defaultdict
from datetime import date, timedelta

from . import clinical, pdc
from .history import History

PROCEDURES = {"33533", "92928", "37221"}
CORE = {"I10": "hypertension", "E119": "diabetes", "E785": "lipids", "I509": "heart", "J449": "lungs", "B20": "hiv"}


def discharged(history: History, day: date) -> date:
    """When the hospital stay of that day ended; the day itself where no stay is told."""
    stays = [s for s in history.stays if s.kind == "inpatient" and s.admission <= day <= s.discharge]
    return max((s.discharge for s in stays), default=day)


def statin(history: History, year: int, as_of: date) -> dict | None:
    """spc, or None for somebody without the disease."""
    first, known, before = date(year, 1, 1), min(date(year, 12, 31), as_of), date(year - 1, 1, 1)
    eve = first - timedelta(days=1)
    attacks = [c.day for c in history.diagnoses if c.code == "I214" and c.setting == "inpatient" and c.day <= known]
    attacks = [day for day in (discharged(history, day) for day in attacks) if before <= day <= eve]
    sick = [c.day for c in history.diagnoses if c.code == "I2510" and c.setting != "dme" and before <= c.day <= known]
    has_both = any(day < first for day in sick) and any(day >= first for day in sick)
    if not attacks and not clinical.claims(history, PROCEDURES, before, eve) and not has_both:
        return None
    fills = sorted(clinical.fills(history, {"statins_moderate_or_high"}, first, known))
    why = clinical.outside(history, year, known, 21, 75)
    age = clinical.age_at_end(history, year) if history.born else None
    if why in ("", "died", "no_full_coverage") and history.sex != "male" and age < 40:
        why = "under_age"
    if not why:
        with_drugs = History(spans=[span for span in history.spans if span.drugs])
        has = clinical.is_covered(with_drugs, first, known, 45)
        if not clinical.has_one_gap(history, before, eve, 45):
            why = "no_cover_before"
        elif not has:
            why = "no_drug_cover"
    gone = clinical.exclusion(history, year, known)
    if not gone:
        codes = {c.code for c in history.diagnoses + history.services if before <= c.day <= known}
        now = {c.code for c in history.diagnoses if first <= c.day <= known}
        is_esrd = any(s.esrd and s.starts <= known and (s.ends is None or s.ends >= before) for s in history.spans)
        checks = {
            "pregnancy_two_years": "Z3400" in codes,
            "in_vitro_fertilization": "S4015" in codes,
            "kidney_failure_two_years": "N186" in codes or "90999" in codes or is_esrd,
            "cirrhosis_two_years": "K7460" in codes,
            "muscle_pain": "M7918" in now,
        }
        gone = next((name for name, holds in checks.items() if holds), "")
    row = {
        "exclusion": gone,
        "not_in_denominator": why,
        "value_day": fills[0] if fills else None,
        "last_day": None if fills or known == date(year, 12, 31) else date(year, 12, 31),
    }
    row["denominator"] = not (gone or why)
    return row | {"numerator": row["denominator"] and bool(fills)}


def adherence(history: History, year: int, as_of: date) -> dict | None:
    """spc_adherence, or None for somebody without the disease or without a fill of the year."""
    first_rate, known = statin(history, year, as_of), min(date(year, 12, 31), as_of)
    rules = pdc.Rules("statins_moderate_or_high", None, stay_adjustment=False, min_period=1)
    fills = pdc.class_fills(history, rules, date(year, 1, 1), known)
    if first_rate is None or not fills:
        return None
    index, end = min(day for day, _, _ in fills), date(year, 12, 31)
    full, period = pdc.days(index, end), pdc.days(index, known)
    is_unknown = any(not supply for _, supply, _ in fills)
    row = {
        "exclusion": first_rate["exclusion"],
        "not_in_denominator": first_rate["not_in_denominator"],
        "not_computed": "no_days_supply" if is_unknown else "",
        "index_day": index,
        "period_days": len(period),
        "full_period_days": len(full),
        "denominator": first_rate["numerator"] and not is_unknown,
    }
    if is_unknown:
        return row | {"covered_days": None, "days_left": None, "last_day": None, "numerator": False}
    return row | pdc.covered(fills, set(), full, period, known, end, rules, row["denominator"])


def management(history: History, year: int, as_of: date, *, asks_review: bool) -> dict | None:
    """mtm_eligible and cmr_completion, or None for somebody without a core disease or without a fill who is not at risk."""
    first, known, before = date(year, 1, 1), min(date(year, 12, 31), as_of), date(year - 1, 1, 1)
    days, in_hospital = defaultdict(set), set()
    for claim in history.diagnoses:
        if CORE.get(claim.code) == "hiv" and year < 2025:  # core since 2025
            continue
        if claim.code in CORE and claim.setting != "dme" and before <= claim.day <= known:
            days[CORE[claim.code]].add(claim.day)
            if claim.setting == "inpatient":
                in_hospital.add(CORE[claim.code])
    diseases = {name for name, found in days.items() if len(found) >= 2} | in_hospital
    recent = [fill for fill in history.fills if known - timedelta(days=365) < fill.day <= known]
    held = [s for s in history.spans if s.at_risk and s.starts <= known and (s.ends is None or s.ends >= first)]
    if not held and not (diseases and recent):
        return None
    uses = defaultdict(list)
    for fill in recent:
        uses[fill.product].append(fill)
    long = [
        name
        for name, fills in uses.items()
        if len({fill.day for fill in fills}) >= 2 or sum(fill.days_supply or 0 for fill in fills) >= 60
    ]
    cents = sum(fill.paid_cents for fill in recent)
    limit = {2024: 533_000, 2025: 162_300, 2026: 127_600}[year]
    has_drugs = any(s.drugs and s.starts <= known and (s.ends is None or s.ends >= known) for s in history.spans)
    checks = {
        "no_birth_date": history.born is None,
        "under_age": history.born is not None and history.born > date(year - 18, 1, 1),
        "died": history.died is not None and history.died <= known,
        "no_drug_cover": not has_drugs,
    }
    criteria = {"few_diseases": len(diseases) < 3, "few_drugs": len(long) < 8, "low_cost": cents < limit}
    counting = checks if held else checks | criteria
    why = next((name for name, holds in counting.items() if holds), "")
    reviews = sorted(c.day for c in history.given if c.code == "comprehensive_review" and first <= c.day <= known)
    gone = "hospice" if asks_review and clinical.exclusion(history, year, known) == "hospice" else ""
    row = {
        "exclusion": gone,
        "not_in_denominator": why,
        "fills": len(long),
        "value_milli": cents * 10 if recent else None,
        "limit_milli": None if held and any(criteria.values()) else limit * 10,
        "value_day": reviews[0] if reviews else None,
    }
    row["denominator"] = not (gone or why)
    return row | {"numerator": row["denominator"] and (bool(reviews) or not asks_review)}
