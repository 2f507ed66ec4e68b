"""Measures over facts, without a table of results: what actions, commands and pages build on.

Every function takes an open cursor, so that the caller decides as whom, for which payer and in which transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from .measure import Measure, Scope


def select(
    *, measure: Measure, year: int, as_of: date, payer_id: int, patient_ids: Sequence[int] | None = None
) -> tuple[str, dict[str, Any]]:
    """SELECT text and parameters with the columns `measure.kind.columns`, one row a patient; to be wrapped, say, as
    INSERT INTO results (...) SELECT ... FROM (<text>) AS row. Raises NoSuchYear."""
    return measure.kind.select(measure, Scope(payer_id, year, as_of, patient_ids))


def rows(
    cursor, *, measure: Measure, year: int, as_of: date, payer_id: int, patient_ids: Sequence[int] | None = None
) -> Iterator[Any]:
    """The results as frozen dataclasses, one a patient with something to measure. Raises NoSuchYear."""
    return measure.kind.rows(cursor, measure, Scope(payer_id, year, as_of, patient_ids))


def explain(cursor, *, measure: Measure, year: int, as_of: date, payer_id: int, patient_id: int) -> dict[str, Any]:
    """The evidence of one patient; "result" is None when there is nothing to measure. Raises NoSuchYear."""
    return measure.kind.explain(cursor, measure, Scope(payer_id, year, as_of, (patient_id,)))
