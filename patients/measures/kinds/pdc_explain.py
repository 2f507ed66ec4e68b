"""The evidence of one patient's PDC, as one dict that the chart, the letter and the audit answer all come from."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from carecoord.kernel.periods import date_of

from ..measure import Measure, Scope
from . import exclusions
from .pdc_strip import GAP, FillFact, Run, Supplied, strip, supplied

_FILLS = """
    SELECT f.event_id, f.ndc,
        CASE WHEN p.name = upper(p.name) THEN left(p.name, 1) || lower(substr(p.name, 2)) ELSE p.name END AS name,
        m.ingredient_name, f.day, f.days_supply,
        f.pharmacy_id, f.pharmacy_ref, f.prescriber_ref
    FROM claims_fill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code = %(drugs)s
    JOIN drugs_product p ON p.id = m.product_id
    WHERE f.payer_id = %(payer_id)s AND f.patient_id = %(patient_id)s AND f.day BETWEEN %(first_day)s AND %(known_day)s
    ORDER BY f.day, f.event_id, m.ingredient_name
"""
_STAYS = """
    SELECT s.from_day, s.to_day, s.kind
    FROM claims_stay s
    WHERE s.payer_id = %(payer_id)s AND s.patient_id = %(patient_id)s AND s.kind IN ('inpatient', 'snf')
        AND s.from_day <= %(known_day)s AND s.to_day >= %(first_day)s
    ORDER BY s.from_day, s.to_day
"""
_COVERAGE = """
    SELECT c.starts_on, c.ends_on FROM patients_coverage c
    WHERE c.payer_id = %(payer_id)s AND c.patient_id = %(patient_id)s ORDER BY c.starts_on, c.ends_on
"""


def explain(cursor, measure: Measure, scope: Scope, *, parameters: dict[str, Any], result: Any) -> dict[str, Any]:
    """Everything behind `result` (a PdcRow, or None when no fill of the class is known): days as ISO dates.

    covered + carried days of the strip are the result's covered_days; stays, fills with shifted dates, uncovered days,
    evidence of exclusions and the numbers of the rule that was applied come with it.
    """
    patient = parameters | {"patient_id": scope.patient_ids[0]}
    fills = [FillFact(*row) for row in _all(cursor, _FILLS, patient)]
    stays = list(_all(cursor, _STAYS, patient))
    coverage = list(_all(cursor, _COVERAGE, patient))
    answer = _heading(measure, scope, parameters) | {
        "result": result and _result(result),
        "coverage": [{"starts_on": _iso(starts), "ends_on": _iso(ends)} for starts, ends in coverage],
        "exclusions": list(_exclusions(cursor, measure, patient)),
        "fills": [],
        "stays": [],
        "strip": [],
        "uncovered": [],
    }
    if result is None:
        return answer
    seen_day = min(result.period_end_day, parameters["as_of_day"])
    stay_days = _stay_days(stays, parameters, result.index_day, seen_day)
    answer["stays"] = [
        {"admitted_on": _day(first), "discharged_on": _day(after), "kind": kind} for first, after, kind in stays
    ]
    if result.not_computed:
        looked_at = max(seen_day, result.index_day)
        return answer | {"fills": [_unmoved(fill) for fill in fills if fill.day <= looked_at]}
    moved = supplied([fill for fill in fills if fill.day <= seen_day], stay_days)
    runs = strip(moved, stay_days, index_day=result.index_day, seen_day=seen_day)
    return answer | {
        "fills": [_moved(one) for one in moved],
        "strip": [_run(run) for run in runs],
        "uncovered": [_run(run) for run in runs if run.state == GAP],
    }


def _heading(measure: Measure, scope: Scope, parameters: dict[str, Any]) -> dict[str, Any]:
    rules = measure.rules(scope.year)
    return {
        "measure": measure.code,
        "title": measure.title,
        "version": measure.version(scope.year),
        "source": measure.source,
        "year": scope.year,
        "as_of": scope.as_of.isoformat(),
        "payer_id": scope.payer_id,
        "patient_id": scope.patient_ids[0],
        "limits": {
            "drugs": parameters["drugs"],
            "threshold_bp": parameters["threshold_bp"],
            "min_period_days": parameters["min_period_days"],
            "least_age": measure.ages.least,
            "stay_adjustment": rules.stay_adjustment,
            "stay_includes_discharge_day": rules.stay_includes_discharge_day,
            "enrolment_gap_days": rules.enrolment_gap_days,
        },
    }


def _result(row) -> dict[str, Any]:
    values = asdict(row)
    for name in ("index_day", "period_end_day", "last_day", "supply_ends_day", "next_refill_day"):
        values[name] = _day(values[name])
    return values


def _stay_days(stays, parameters: dict[str, Any], index_day: int, seen_day: int) -> frozenset[int]:
    """The stay days that leave the period: none in years without adjustment."""
    if not parameters["stay_adjustment"]:
        return frozenset()
    extra = parameters["discharge_day_counts"]
    return frozenset(
        day for first, after, _ in stays for day in range(max(first, index_day), min(after + extra, seen_day + 1))
    )


def _exclusions(cursor, measure: Measure, patient: dict[str, Any]) -> Iterator[dict[str, Any]]:
    text = exclusions.evidence(measure.exclude)
    for rank, day, event_id in sorted(_all(cursor, text, patient), key=lambda row: (row[0], row[1], row[2] or 0)):
        yield {"exclusion": measure.exclude[rank].code, "day": _day(day), "event_id": event_id}


def _moved(one: Supplied) -> dict[str, Any]:
    return _unmoved(one.fill) | {
        "starts_on": _day(one.days[0]),
        "ends_on": _day(one.days[-1]),
        "carried_days": len(one.carried),
    }


def _unmoved(fill: FillFact) -> dict[str, Any]:
    values = asdict(fill)
    return values | {"day": _day(fill.day)}


def _run(run: Run) -> dict[str, Any]:
    return {"from": _day(run.from_day), "to": _day(run.last_day), "days": run.days, "state": run.state}


def _all(cursor, text: str, parameters: dict[str, Any]) -> list[tuple]:
    cursor.execute(text, parameters)
    return cursor.fetchall()


def _day(number: int | None) -> str | None:
    return _iso(date_of(number))


def _iso(day: date | None) -> str | None:
    return day and day.isoformat()
