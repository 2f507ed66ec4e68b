"""How the SELECT of a kind is put together from its SQL file, the sources, a frame (the period) and the tail."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from ..measure import Measure, Scope
from . import exclusions, sources

BATCH = 2_000
_NAMED_BY_TAIL = frozenset({"patient_id", "denominator", "exclusion", "numerator"})


def columns(measure: Measure) -> tuple[str, ...]:
    """The columns of the measure's SELECT: the fields of its kind's row."""
    return tuple(column.name for column in fields(measure.kind.row))


def reads(measure: Measure, year: int) -> sources.Reads:
    """All that the measure looks at in a measurement year, exclusions included. Raises NoSuchYear."""
    return measure.kind.reads(measure.rules(year)) | exclusions.reads(measure.exclude)


def select(measure: Measure, scope: Scope, *, is_prepared: bool = False) -> tuple[str, dict[str, Any]]:
    """The SELECT and its parameters, one row a patient; `is_prepared` inside sources.prepared. Raises NoSuchYear."""
    tail = _read("tail.sql").format(
        exclusions=exclusions.selects(measure.exclude, scope),
        exclusion_codes=exclusions.names(measure.exclude),
        columns=",\n    ".join(name for name in columns(measure) if name not in _NAMED_BY_TAIL),
    )
    return of(measure, scope, tail=tail, is_prepared=is_prepared), parameters(measure, scope)


def of(measure: Measure, scope: Scope, *, tail: str, is_prepared: bool = False) -> str:
    """The kind's text with `tail` at its end: the one that judges, or one that shows what it judged."""
    kind = measure.kind
    words = kind.words() | sources.people(scope)
    return _read(kind.file).format(
        sources="" if is_prepared else sources.inline(reads(measure, scope.year), scope),
        period=_read(kind.frame).format(**words) if kind.frame else "",
        tail=tail,
        **words,
    )


def parameters(measure: Measure, scope: Scope) -> dict[str, Any]:
    """The values that sources, frames, exclusions and the kind ask for. Raises NoSuchYear."""
    rules = measure.rules(scope.year)
    return (
        sources.parameters(scope, reads(measure, scope.year))
        | {
            "born_by": measure.ages.born_by(scope.year),
            "born_after": measure.ages.born_after(scope.year),
            "enrolment_gap_days": rules.enrolment_gap_days,
        }
        | measure.kind.parameters(rules)
    )


def rows(cursor, measure: Measure, scope: Scope) -> Iterator[Any]:
    """The results as the kind's rows, as they come from the database. Raises NoSuchYear."""
    cursor.execute(*select(measure, scope))
    while batch := cursor.fetchmany(BATCH):
        for row in batch:
            yield measure.kind.row(*row)


@cache
def _read(file: str) -> str:
    return Path(__file__).with_name(file).read_text(encoding="utf-8")
