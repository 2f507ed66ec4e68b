"""The evidence of one patient's persistence: the diagnosis, fills and doses with their days after carry-over, and the gaps."""

from typing import Any

from ..code_lists import in_sql
from ..measure import Measure, Scope
from . import dispensed, doses, explained, sources

_DIAGNOSES = (
    "SELECT d.day, d.code, d.event_id FROM coded d WHERE d.list_code IN ({diagnosis}) ORDER BY d.day, d.event_id"
)


def explain(cursor, measure: Measure, scope: Scope, *, kind, result: Any) -> dict[str, Any]:
    """Everything behind `result` (a row, or None without a new treatment): days as ISO dates.

    `fills` and `doses` (given as a service) from the year before on; those from the first one on have covers_from and covers_to.
    `gaps`: {from, to, days}.
    """
    patient = explained.patient_parameters(measure, scope)
    inline = sources.inline(sources.Reads(diagnoses=frozenset({kind.diagnosis})), scope).rstrip().rstrip(",")
    coded = explained.rows_of(cursor, f"WITH {inline} {_DIAGNOSES.format(diagnosis=in_sql([kind.diagnosis]))}", patient)
    found = dispensed.fills(cursor, kind.drugs, scope, patient)
    given = doses.given(cursor, kind.given, scope, patient)
    seen_day = result and min(result.period_end_day, patient["known_day"])
    limits = {
        "intake_back_days": kind.intake_back_days,
        "history_days": kind.history_days,
        "diagnosis_days": kind.diagnosis_days,
        "follow_days": kind.follow_days,
        "cover_days": kind.cover_days or kind.follow_days,
        "least_days": kind.least_days,
        "longest_gap_days": kind.longest_gap_days,
    }
    moved = {}
    if result:
        moved = _carried(found, result.index_day, seen_day) | _carried(given, result.index_day, seen_day)
    claims = dispensed.claims(found, lambda code: "asks") + doses.claims(given, kind.given, "asks")
    claims += [explained.claim("asks", day, event, "Diagnosis", code=code) for day, code, event in coded]
    return explained.common(cursor, measure, scope, parameters=patient, result=result, limits=limits) | {
        "claims": claims,
        "fills": [dispensed.said(fill) | _covers(moved.get(id(fill))) for fill in found],
        "doses": [dose | {"day": explained.day(dose["day"])} | _covers(moved.get(id(dose))) for dose in given],
        "gaps": _gaps(moved.values(), result.index_day, seen_day) if result else [],
    }


def _carried(found: list[dict[str, Any]], index_day: int, seen_day: int) -> dict[int, tuple[int, int]]:
    """id of a fill -> first and last day that it covers: an ingredient's next supply starts when its last one ends."""
    ends: dict[str, int] = {}
    moved = {}
    for fill in found:
        if index_day <= fill["day"] <= seen_day and (fill["days_supply"] or 0) > 0:
            start = max(fill["day"], ends.get(fill["ingredient"], fill["day"]))
            ends[fill["ingredient"]] = start + fill["days_supply"]
            moved[id(fill)] = (start, ends[fill["ingredient"]] - 1)
    return moved


def _covers(days: tuple[int, int] | None) -> dict[str, Any]:
    return {} if days is None else {"covers_from": explained.day(days[0]), "covers_to": explained.day(days[1])}


def _gaps(moved, index_day: int, seen_day: int) -> list[dict[str, Any]]:
    covered = {day for first, last in moved for day in range(first, last + 1)}
    runs: list[list[int]] = []
    for day in (day for day in range(index_day, seen_day + 1) if day not in covered):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [{"from": explained.day(run[0]), "to": explained.day(run[-1]), "days": len(run)} for run in runs]
