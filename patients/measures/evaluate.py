"""Measures over facts, without a table of results: what actions, commands and pages build on.

Every function takes an open cursor, so that the caller decides as whom, for which payer and in which transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from .kinds import text
from .measure import Measure, Scope


def rows(
    cursor, *, measure: Measure, year: int, as_of: date, payer_id: int, patient_ids: Sequence[int] | None = None
) -> Iterator[Any]:
    """The results as frozen dataclasses, one a patient with something to measure. Raises NoSuchYear."""
    return text.rows(cursor, measure, Scope(payer_id, year, as_of, patient_ids))


def explain(cursor, *, measure: Measure, year: int, as_of: date, payer_id: int, patient_id: int) -> dict[str, Any]:
    """The evidence of one patient; "result" is None when there is nothing to measure. Raises NoSuchYear."""
    scope = Scope(payer_id, year, as_of, (patient_id,))
    result = next(text.rows(cursor, measure, scope), None)
    return measure.kind.explain(cursor, measure, scope, result=result)
