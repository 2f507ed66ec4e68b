"""The inputs of many people as of a day, with the claims behind each, in a fixed number of queries a batch.

Nothing after the as-of day is ever read: every question about facts goes through `_until`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Max

from carecoord.kernel.drugs.models import DrugSetMember, Product
from carecoord.kernel.periods import day_number
from patients.claims.models import Diagnosis, Fill, Service, Stay
from patients.measures.code_lists import emergency_services
from patients.measures.conditions import definitions as conditions

from .points import Inputs
from .sensitive import INGREDIENTS

EMERGENCY_DAYS, STAY_DAYS, DISCHARGE_DAYS = 180, 365, 30
MEDICINE_DAYS, OPIOID_DAYS, COST_DAYS, USUAL_DAYS = 120, 90, 90, 270
LONGEST_STAY_DAYS = 400
MEDICAL_FEED_DAYS = 365
EVIDENCE_AT_MOST = 20
"""Claims kept of one input; the newest."""
OPIOIDS, BENZODIAZEPINES = "opioids", "benzodiazepines"
WITHIN = {
    "acute_myocardial_infarction": "ischemic_heart_disease",
    "bipolar_disorder": "mood_disorders",
    "depression": "mood_disorders",
    "esrd": "chronic_kidney_disease",
    "schizophrenia": "psychotic_disorders",
}
"""Conditions whose codes another one has too: one illness is not two."""

Evidence = dict[str, list[list[Any]]]


@dataclass
class Found:
    """`evidence`: name of an input -> [[event id, day, what]], oldest first."""

    inputs: Inputs
    evidence: Evidence


@dataclass(frozen=True)
class Adherence:
    """Of one person: codes of the classes below the goal; whether any class could be computed, or none and why."""

    low: tuple[str, ...] = ()
    is_unknown: bool = False


@dataclass
class Known:
    """What holds for all of a payer's people on a day. `has_medical`, `has_fills`: whether such claims come at all."""

    has_medical: bool
    has_fills: bool
    drug_sets: Mapping[str, frozenset[str]] = field(default_factory=dict)


def known(*, payer, as_of: date) -> Known:
    since = day_number(as_of) - MEDICAL_FEED_DAYS
    models = (Diagnosis, Service, Stay)
    days = {Diagnosis: "day", Service: "day", Stay: "from_day"}
    medical = any(_newest(one, payer, as_of, days[one]) > since for one in models)
    fills = _newest(Fill, payer, as_of) > since
    sets = defaultdict(set)
    asked = DrugSetMember.objects.filter(set_code__in=[OPIOIDS, BENZODIAZEPINES])
    for code, ndc in asked.values_list("set_code", "ndc11"):
        sets[code].add(ndc)
    return Known(medical, fills, {code: frozenset(ndcs) for code, ndcs in sets.items()})


def _newest(model, payer, as_of: date, day: str = "day") -> int:
    """The day of the payer's newest fact up to the as-of day; 0 without one. An index has it; whether a newer one than some day
    exists is searched for among all."""
    return _until(model, payer, None, as_of, day).aggregate(newest=Max(day))["newest"] or 0


def read(
    *,
    payer,
    patient_ids: Sequence[int],
    as_of: date,
    common: Known,
    rafs: Mapping[int, int | None],
    found_conditions: Mapping[int, Mapping[str, list]],
    adherence: Mapping[int, Adherence],
) -> dict[int, Found]:
    """Inputs of everybody asked for. `rafs`, `found_conditions` (code -> evidence) and `adherence` are as of the same day."""
    visits = _emergency(payer, patient_ids, as_of)
    stays = _stays(payer, patient_ids, as_of)
    fills = _fills(payer, patient_ids, as_of)
    drugs = _ingredients({fill[2] for rows in fills.values() for fill in rows})
    answer = {}
    for patient_id in patient_ids:
        evidence: Evidence = {}
        medical = _medical(common, visits.get(patient_id, []), stays.get(patient_id, []), as_of, evidence)
        medical["conditions"] = _conditions(common, found_conditions.get(patient_id, {}), evidence)
        about = _medicines(common, fills.get(patient_id, []), drugs, as_of, evidence)
        low = adherence.get(patient_id, Adherence())
        if low.low:
            evidence["low_adherence"] = [[None, day_number(as_of), code] for code in low.low]
        answer[patient_id] = Found(
            Inputs(
                raf_milli=rafs.get(patient_id),
                low_adherence=None if low.is_unknown or not common.has_fills else len(low.low),
                **medical,
                **about,
            ),
            evidence,
        )
    return answer


def _until(model, payer, patient_ids, as_of: date, day: str = "day"):
    """The facts of these people up to the as-of day: the only way in which this file asks for facts."""
    rows = model.objects.filter(payer=payer, **{f"{day}__lte": day_number(as_of)})
    return rows if patient_ids is None else rows.filter(patient__in=patient_ids)


def _conditions(common: Known, found: Mapping[str, list], evidence: Evidence) -> int | None:
    """How many, sensitive ones left out, and those that another found one holds already."""
    if not common.has_medical:
        return None
    known = conditions.every()
    codes = sorted(code for code in found if not (code in known and known[code].is_sensitive))
    counted = [code for code in codes if WITHIN.get(code) not in codes]
    rows = [[one["event_id"], one["day"], code] for code in counted for one in found[code]]
    _keep(evidence, "conditions", rows)
    return len(counted)


def _medical(common: Known, visits: list, stays: list, as_of: date, evidence: Evidence) -> dict[str, int | None]:
    if not common.has_medical:
        return {"emergency_visits": None, "stays": None, "recent_discharge": None}
    today = day_number(as_of)
    home = [[event, to, "stay"] for event, _, to in stays if to <= today]
    ended = [row for row in home if row[1] > today - STAY_DAYS]
    fresh = [row for row in ended if row[1] >= today - DISCHARGE_DAYS][-1:]
    _keep(evidence, "emergency_visits", visits)
    _keep(evidence, "stays", ended)
    _keep(evidence, "recent_discharge", fresh)
    return {"emergency_visits": len(visits), "stays": len(ended), "recent_discharge": int(bool(fresh))}


def _emergency(payer, patient_ids, as_of: date) -> dict[int, list]:
    """Visits, one a day."""
    rows = _until(Service, payer, patient_ids, as_of).filter(code__in=emergency_services())
    rows = rows.filter(day__gt=day_number(as_of) - EMERGENCY_DAYS).order_by("patient_id", "day", "event_id")
    found: dict[int, list] = defaultdict(list)
    for patient_id, event_id, day in rows.values_list("patient_id", "event_id", "day"):
        if not found[patient_id] or found[patient_id][-1][1] != day:
            found[patient_id].append([event_id, day, "emergency"])
    return found


def _stays(payer, patient_ids, as_of: date) -> dict[int, list]:
    """(event, first day, day of discharge) of hospital stays; those that follow each other without a day between are one."""
    rows = _until(Stay, payer, patient_ids, as_of, "from_day").filter(kind="inpatient")
    rows = rows.filter(from_day__gt=day_number(as_of) - STAY_DAYS - LONGEST_STAY_DAYS)
    merged: dict[int, list] = defaultdict(list)
    asked = rows.order_by("patient_id", "from_day", "to_day", "event_id")
    for patient_id, event_id, first, to in asked.values_list("patient_id", "event_id", "from_day", "to_day"):
        if merged[patient_id] and first <= merged[patient_id][-1][2]:
            last = merged[patient_id][-1]
            merged[patient_id][-1] = (event_id if to > last[2] else last[0], last[1], max(last[2], to))
        else:
            merged[patient_id].append((event_id, first, to))
    return merged


def _fills(payer, patient_ids, as_of: date) -> dict[int, list]:
    rows = _until(Fill, payer, patient_ids, as_of).filter(day__gt=day_number(as_of) - COST_DAYS - USUAL_DAYS)
    found: dict[int, list] = defaultdict(list)
    asked = rows.order_by("patient_id", "day", "event_id")
    for patient_id, event_id, day, ndc, cents in asked.values_list(
        "patient_id", "event_id", "day", "ndc", "paid_cents"
    ):
        found[patient_id].append((event_id, day, ndc, cents))
    return found


def _ingredients(ndcs: set[str]) -> dict[str, tuple[str, ...]]:
    """ndc -> ingredients by plain name; unknown codes are not in it."""
    return {
        ndc: tuple(names) for ndc, names in Product.objects.filter(ndc11__in=ndcs).values_list("ndc11", "ingredients")
    }


def _medicines(common: Known, fills: list, drugs, as_of: date, evidence: Evidence) -> dict[str, int | None]:
    """Sensitive medicines are as if they had not been filled."""
    unknown = {"medicines": None, "opioid_and_benzodiazepine": None, "recent_cents": None, "usual_cents": None}
    if not common.has_fills:
        return unknown
    today = day_number(as_of)
    fills = [fill for fill in fills if not INGREDIENTS & set(drugs.get(fill[2], ()))]
    recent = [fill for fill in fills if fill[1] > today - MEDICINE_DAYS]
    names = {name for fill in recent for name in drugs.get(fill[2], ())}
    if recent and not names:
        answer: dict[str, int | None] = {"medicines": None}
    else:
        answer = {"medicines": len(names)}
        _keep(evidence, "medicines", [[event, day, ndc] for event, day, ndc, _ in recent])
    answer["opioid_and_benzodiazepine"] = _both(common, recent, today, evidence)
    return answer | _cost(fills, today, evidence)


def _both(common: Known, recent: list, today: int, evidence: Evidence) -> int | None:
    sets = [common.drug_sets.get(code, frozenset()) for code in (OPIOIDS, BENZODIAZEPINES)]
    if not all(sets):
        return None
    rows = [[[e, day, ndc] for e, day, ndc, _ in recent if ndc in ndcs and day > today - OPIOID_DAYS] for ndcs in sets]
    if not all(rows):
        return 0
    _keep(evidence, "opioid_and_benzodiazepine", sorted(rows[0] + rows[1], key=lambda row: row[1]))
    return 1


def _cost(fills: list, today: int, evidence: Evidence) -> dict[str, int | None]:
    """Cannot be known without a fill before the last 90 days, or where no fill says what was paid."""
    late = [fill for fill in fills if fill[1] > today - COST_DAYS]
    early = [fill for fill in fills if fill[1] <= today - COST_DAYS]
    if not early or not any(fill[3] for fill in fills):
        return {"recent_cents": None, "usual_cents": None}
    _keep(evidence, "cost", [[event, day, ndc] for event, day, ndc, cents in late if cents])
    usual = sum(fill[3] for fill in early) * COST_DAYS // USUAL_DAYS
    return {"recent_cents": sum(fill[3] for fill in late), "usual_cents": usual}


def _keep(evidence: Evidence, name: str, rows: list) -> None:
    if rows:
        evidence[name] = rows[-EVIDENCE_AT_MOST:]
