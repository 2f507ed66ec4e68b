"""The evidence of one patient's PDC, as one dict that the chart, the letter and the audit answer all come from."""

from dataclasses import asdict
from typing import Any

from ..code_lists import in_sql
from ..measure import Measure, Scope
from . import days_supply, explained, pdc_cash, pdc_pharmacy
from .pdc_strip import GAP, FillFact, Run, Supplied, strip, supplied

_FILLS = """
    SELECT f.event_id, f.ndc,
        CASE WHEN p.name = upper(p.name) THEN left(p.name, 1) || lower(substr(p.name, 2)) ELSE p.name END AS name,
        m.ingredient_name, f.day, f.days_supply,
        f.pharmacy_id, f.pharmacy_ref, f.prescriber_ref, f.quantity, m.form
    FROM claims_fill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code IN ({drugs})
    JOIN drugs_product p ON p.id = m.product_id
    WHERE f.payer_id = %(payer_id)s AND f.patient_id = %(patient_id)s AND f.day BETWEEN %(first_day)s AND %(known_day)s
    ORDER BY f.day, f.event_id, m.ingredient_name
"""
_CASH_FILLS = """
    SELECT f.event_id, f.ndc,
        CASE WHEN p.name = upper(p.name) THEN left(p.name, 1) || lower(substr(p.name, 2)) ELSE p.name END AS name,
        m.ingredient_name, f.day, f.days_supply, NULL, f.pharmacy_ref, '', f.quantity, m.form
    FROM claims_cashfill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code IN ({drugs})
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


def explain(cursor, measure: Measure, scope: Scope, *, kind, result: Any) -> dict[str, Any]:
    """Everything behind `result` (a PdcRow, or None when no fill of the class is known): days as ISO dates.

    kind: the Pdc whose days are shown. `with_cash` is None, or what some fills paid in cash would make of the covered days
    (pdc_cash.py): never part of the result.
    covered + carried days of the strip are the result's covered_days; stays, fills with shifted dates, uncovered days,
    evidence of exclusions, shares of pharmacies and the numbers of the rule that was applied come with it.
    """
    patient = explained.patient_parameters(measure, scope)
    fills, cash = (
        [FillFact(*row) for row in explained.rows_of(cursor, select.format(drugs=in_sql(kind.drug_sets)), patient)]
        for select in (_FILLS, _CASH_FILLS)
    )
    stays = explained.rows_of(cursor, _STAYS, patient)
    rules = measure.rules(scope.year)
    limits = {
        "drugs": kind.drugs,
        "threshold_bp": patient["threshold_bp"],
        "min_period_days": patient["min_period_days"],
        "stay_adjustment": rules.stay_adjustment,
        "stay_includes_discharge_day": rules.stay_includes_discharge_day,
    }
    if kind.pharmacy_share_bp:
        limits |= {"pharmacy_share_bp": kind.pharmacy_share_bp}
    answer = explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "fills": [],
        "stays": [],
        "strip": [],
        "uncovered": [],
        "pharmacies": [],
        "with_cash": None,
    }
    if result is None:
        return answer
    seen_day = min(result.period_end_day, patient["as_of_day"])
    stay_days = _stay_days(stays, patient, result.index_day, seen_day)
    answer["stays"] = [
        {"admitted_on": explained.day(first), "discharged_on": explained.day(after), "kind": kind}
        for first, after, kind in stays
    ]
    answer["pharmacies"] = _pharmacies(kind, [fill for fill in fills if fill.day <= seen_day])
    if result.not_computed:
        looked_at = max(seen_day, result.index_day)
        return answer | {"fills": [_unmoved(fill, scope) for fill in fills if fill.day <= looked_at]}
    counted = [fill for fill in fills if fill.day <= seen_day]
    bought = pdc_cash.beside([fill for fill in cash if fill.day <= seen_day], counted)
    moved = supplied(counted, stay_days)
    runs = strip(moved, stay_days, index_day=result.index_day, seen_day=seen_day)
    return answer | {
        "with_cash": _with_cash(counted, bought, stay_days, result, seen_day, scope),
        "fills": [_moved(one, scope) for one in moved],
        "strip": [_run(run) for run in runs],
        "uncovered": [_run(run) for run in runs if run.state == GAP],
    }


def _pharmacies(kind, fills: list[FillFact]) -> list[dict[str, Any]]:
    """Which pharmacy dispensed what share of the days' supply, for measures with a pharmacy level."""
    share_bp = kind.pharmacy_share_bp
    return [asdict(share) for share in pdc_pharmacy.shares(fills, share_bp=share_bp)] if share_bp else []


def _with_cash(
    counted: list[FillFact], bought: list[FillFact], stay_days: frozenset[int], result: Any, seen_day: int, scope: Scope
) -> dict[str, Any] | None:
    """The covered days with the cash fills; None without any, and as long as no day of the period has come."""
    if not bought or not result.period_days:
        return None
    days = pdc_cash.covered_days(counted, bought, stay_days, index_day=result.index_day, seen_day=seen_day)
    return {
        "covered_days": days,
        "period_days": result.period_days,
        "fills": [_unmoved(fill, scope) for fill in bought],
    }


def _stay_days(stays, patient: dict[str, Any], index_day: int, seen_day: int) -> frozenset[int]:
    """The stay days that leave the period: none in years without adjustment."""
    if not patient["stay_adjustment"]:
        return frozenset()
    extra = patient["discharge_day_counts"]
    return frozenset(
        day for first, after, _ in stays for day in range(max(first, index_day), min(after + extra, seen_day + 1))
    )


def _moved(one: Supplied, scope: Scope) -> dict[str, Any]:
    return _unmoved(one.fill, scope) | {
        "starts_on": explained.day(one.days[0]),
        "ends_on": explained.day(one.days[-1]),
        "carried_days": len(one.carried),
    }


def _unmoved(fill: FillFact, scope: Scope) -> dict[str, Any]:
    """A fill ready for JSON, with what cannot be right of its days' supply ('' when nothing is in doubt)."""
    doubt = days_supply.doubt(quantity=fill.quantity, days_supply=fill.days_supply, form=fill.form, as_of=scope.as_of)
    quantity = None if fill.quantity is None else f"{fill.quantity:f}"
    return asdict(fill) | {"day": explained.day(fill.day), "quantity": quantity, "doubt": doubt}


def _run(run: Run) -> dict[str, Any]:
    return {
        "from": explained.day(run.from_day),
        "to": explained.day(run.last_day),
        "days": run.days,
        "state": run.state,
    }
