"""What every kind's evidence begins with: the measure, the limits that were applied, the result, cover and exclusions."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from carecoord.kernel.periods import date_of

from ..measure import Measure, Scope
from . import exclusions, text

_COVERAGE = """
    SELECT c.starts_on, c.ends_on, c.plan <> %(plan_without_drugs)s, c.line_of_business FROM patients_coverage c
    WHERE c.payer_id = %(payer_id)s AND c.patient_id = %(patient_id)s ORDER BY c.starts_on, c.ends_on
"""


def patient_parameters(measure: Measure, scope: Scope) -> dict[str, Any]:
    """The parameters of the measure's SELECT, and patient_id: the one patient of the scope."""
    return text.parameters(measure, scope) | {"patient_id": scope.patient_ids[0]}


def common(
    cursor, measure: Measure, scope: Scope, *, parameters: dict[str, Any], result: Any, limits: dict[str, Any]
) -> dict[str, Any]:
    """`parameters` are patient_parameters; `result` is a row of the kind or None; `limits` are the kind's own, by name."""
    rules, ages = measure.rules(scope.year), measure.ages
    coverage = rows_of(cursor, _COVERAGE, parameters)
    return {
        "measure": measure.code,
        "title": measure.title,
        "version": measure.version(scope.year),
        "source": measure.source,
        "lines": list(measure.lines),
        "year": scope.year,
        "as_of": scope.as_of.isoformat(),
        "payer_id": scope.payer_id,
        "patient_id": scope.patient_ids[0],
        "limits": limits
        | {"least_age": ages.least}
        | ({} if ages.most is None else {"most_age": ages.most})
        | {"enrolment_gap_days": rules.enrolment_gap_days},
        "result": result and _result(result),
        "coverage": [
            {"starts_on": _iso(starts), "ends_on": _iso(ends), "has_drugs": has_drugs, "line_of_business": line}
            for starts, ends, has_drugs, line in coverage
        ],
        "exclusions": list(_exclusions(cursor, measure, scope, parameters)),
    }


def claim(
    role: str, day_number: int, event_id: int | None, what: str, *, code: str = "", **more: Any
) -> dict[str, Any]:
    """One claim of a kind's `claims`: role is "asks" (puts somebody into the measure), "meets" or "value"; what: in words."""
    return {"role": role, "day": day(day_number), "event_id": event_id, "what": what, "code": code} | more


def rows_of(cursor, select: str, parameters: dict[str, Any]) -> list[tuple]:
    """All rows of a SELECT."""
    cursor.execute(select, parameters)
    return cursor.fetchall()


def day(number: int | None) -> str | None:
    """A day number as an ISO date."""
    return _iso(date_of(number))


def _result(row) -> dict[str, Any]:
    return {name: day(value) if name.endswith("_day") else value for name, value in asdict(row).items()}


def _exclusions(cursor, measure: Measure, scope: Scope, patient: dict[str, Any]) -> Iterator[dict[str, Any]]:
    found = rows_of(cursor, exclusions.evidence(measure.exclude, scope), patient)
    for rank, number, event_id in sorted(found, key=lambda row: (row[0], row[1], row[2] or 0)):
        yield {"exclusion": measure.exclude[rank].code, "day": day(number), "event_id": event_id}


def _iso(one: date | None) -> str | None:
    return one and one.isoformat()
