"""How the SELECT of a kind is put together from its SQL file, the sources, a frame (the period) and the tail."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from patients.models import LineOfBusiness

from ..code_lists import in_sql
from ..measure import EVERY_LINE, Measure, Scope
from . import exclusions, sources

BATCH = 2_000
# Members whose whole cover of the year, as far as it is known, is of lines that the measure is not for. A line that the feed does
# not tell is any.
_OF_LINES = """other_line AS (
    SELECT c.patient_id
    FROM patients_coverage c
    WHERE c.payer_id = %(payer_id)s AND c.starts_on - DATE '1970-01-01' <= %(known_day)s
        AND coalesce(c.ends_on - DATE '1970-01-01', %(open_day)s) >= %(first_day)s {people_c}
    GROUP BY c.patient_id
    HAVING max(CASE WHEN c.line_of_business IN ({lines}) THEN 1 ELSE 0 END) = 0
),
counted_of_lines AS (
    SELECT {columns}, CASE WHEN o.patient_id IS NULL THEN c.not_in_denominator ELSE 'other_line' END AS not_in_denominator
    FROM counted c
    LEFT JOIN other_line o ON o.patient_id = c.patient_id
),"""
_NAMED_BY_TAIL = frozenset({"patient_id", "denominator", "exclusion", "numerator"})


def columns(measure: Measure) -> tuple[str, ...]:
    """The columns of the measure's SELECT: the fields of its kind's row."""
    return tuple(column.name for column in fields(measure.kind.row))


def reads(measure: Measure, year: int) -> sources.Reads:
    """All that the measure looks at in a measurement year, exclusions included. Raises NoSuchYear."""
    return measure.kind.reads(measure.rules(year)) | exclusions.reads(measure.exclude)


def select(measure: Measure, scope: Scope, *, is_prepared: bool = False) -> tuple[str, dict[str, Any]]:
    """The SELECT and its parameters, one row a patient; `is_prepared` inside sources.prepared. Raises NoSuchYear."""
    of_lines = _of_lines(measure, scope)
    tail = of_lines + _read("tail.sql").format(
        counted="counted_of_lines" if of_lines else "counted",
        exclusions=exclusions.selects(measure.exclude, scope),
        exclusion_codes=exclusions.names(measure.exclude),
        columns=",\n    ".join(name for name in columns(measure) if name not in _NAMED_BY_TAIL),
    )
    return of(measure, scope, tail=tail, is_prepared=is_prepared), parameters(measure, scope)


def _of_lines(measure: Measure, scope: Scope) -> str:
    """What sets members of other lines of business aside; '' for a measure that is for every line."""
    if set(measure.lines) >= set(EVERY_LINE):
        return ""
    names = {"patient_id", "is_met", *columns(measure)} - {
        "denominator",
        "exclusion",
        "numerator",
        "not_in_denominator",
    }
    return _OF_LINES.format(
        lines=in_sql((*measure.lines, LineOfBusiness.OTHER)),
        columns=", ".join(f"c.{name}" for name in sorted(names)),
        **sources.people(scope),
    )


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
