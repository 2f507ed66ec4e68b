"""Evaluating: every measure and condition for a payer's members, as of a day, as one run."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date
from functools import reduce
from operator import or_

from django.db import connection
from django.utils import timezone

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import audited

from . import definitions, results_sql
from .conditions import write as conditions
from .kinds import sources, text
from .measure import Measure, NoSuchYear, Scope
from .models import Run
from .turns import take_turn


class CannotEvaluate(Exception):
    """There is nothing to judge by for that year or day; the text says why."""


@audited
def evaluate(*, payer, year: int, as_of: date, patient_ids: Sequence[int] | None = None, cause: str, by=None) -> Run:
    """Judges all registered measures for a measurement year as of a day, and refreshes the conditions found in claims.

    patient_ids None: all of the payer's. Results are keyed (payer, patient, measure, year, as_of): written again they are
    replaced, and those that no longer hold (the only fill was reversed) are deleted; results as of other days stay.
    Conditions are the newest word: they are refreshed unless a run as of a later day already did.
    Raises CannotEvaluate when a measure has no rules for the year, or `as_of` lies before it.
    """
    if as_of < date(year, 1, 1):
        raise CannotEvaluate(f"{as_of} lies before the measurement year {year}.")
    patients = None if patient_ids is None else sorted(set(patient_ids))
    take_turn(payer_id=payer.pk, work="evaluate")
    is_newest = not Run.objects.filter(payer=payer, as_of__gt=as_of).exists()
    run = Run.objects.create(
        payer=payer, cause=cause, year=year, as_of=as_of, patients=None if patients is None else len(patients)
    )
    counts = _judge_all(run, patients)
    if is_newest:
        find_conditions(payer=payer, as_of=as_of, patient_ids=patients, by=by)
    run.results, run.ended_at = sum(counts.values()), timezone.now()
    run.save(update_fields=["results", "ended_at"])
    detail = {"cause": cause, "year": year, "as_of": as_of.isoformat(), "results": counts}
    audit.record(event="measures.evaluated", by=by, target=run, count=run.results, detail=detail)
    return run


def _judge_all(run: Run, patients: list[int] | None) -> dict[str, int]:
    """Measure -> how many results; for many patients the sources are gathered once for all measures."""
    measures = list(definitions.every().values())
    scope = Scope(run.payer_id, run.year, run.as_of, patients)
    is_prepared = patients is None or len(patients) > results_sql.MANY
    try:
        asked = reduce(or_, (text.reads(measure, run.year) for measure in measures))
    except NoSuchYear as error:
        raise CannotEvaluate(str(error)) from None
    with connection.cursor() as cursor:
        results_sql.plan_for(cursor, patients)
        with sources.prepared(cursor, asked, scope) if is_prepared else nullcontext():
            counts = {one.code: _judge(cursor, run, one, scope, is_prepared) for one in measures}
        results_sql.leave_planning(cursor)
    return counts


def _judge(cursor, run: Run, measure: Measure, scope: Scope, is_prepared: bool) -> int:
    """Writes one measure's results; returns how many there are."""
    select, parameters = text.select(measure, scope, is_prepared=is_prepared)
    parameters = parameters | {
        "measure": measure.code,
        "version": measure.version(run.year),
        "year": run.year,
        "as_of": run.as_of,
        "run_id": run.pk,
        "patient_ids": scope.patient_ids,
    }
    written = results_sql.run(cursor, results_sql.upsert(measure, select), parameters)
    results_sql.run(cursor, results_sql.remove(scope.patient_ids), parameters)
    return written


@audited
def find_conditions(*, payer, as_of: date, patient_ids: Sequence[int] | None = None, by=None) -> int:
    """Makes the payer's PatientCondition rows say what claims show as of a day; returns how many there are.

    A condition whose claims have left the look-back, or were reversed, is no longer found, and its row goes.
    """
    with connection.cursor() as cursor:
        results_sql.plan_for(cursor, patient_ids)
        done = conditions.write(cursor, payer_id=payer.pk, as_of=as_of, patient_ids=patient_ids)
        results_sql.leave_planning(cursor)
    detail = {"as_of": as_of.isoformat()} | asdict(done)
    audit.record(event="conditions.found", by=by, count=done.changed + done.gone, detail=detail)
    return done.found
