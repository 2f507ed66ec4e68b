"""Evaluating: every measure and condition for a payer's members, as of a day, as one run."""

from collections import Counter
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
from patients.models import Member

from . import definitions, results_sql, runs, shards
from .conditions import write as conditions
from .kinds import sources, text
from .measure import Measure, Scope
from .models import Run, Shard
from .runs import CannotEvaluate
from .turns import stripes_between, stripes_of, take_turn_at

__all__ = ["CannotEvaluate", "begin", "evaluate", "evaluate_shard", "find_conditions", "judge"]


@audited
def evaluate(*, payer, year: int, as_of: date, patient_ids: Sequence[int] | None = None, cause: str, by=None) -> Run:
    """Judges all registered measures for a measurement year as of a day, and refreshes the conditions found in claims.

    patient_ids None: all of the payer's, shard after shard in this transaction (`begin` hands shards to workers instead).
    Results are keyed (payer, patient, measure, year, as_of): written again they are replaced, and those that no longer hold
    (the only fill was reversed) are deleted; results as of other days stay. Conditions are the newest word: they are
    refreshed unless a run as of a later day already did.
    Raises CannotEvaluate when a measure has no rules for the year, or `as_of` lies before it.
    """
    patients = None if patient_ids is None else sorted(set(patient_ids))
    run = runs.create(payer, year, as_of, cause, None if patients is None else len(patients))
    counts = Counter()
    if patients is None:
        ranges = shards.cut(payer_id=payer.pk)
        stripes = set().union(*(stripes_between(*one) for one in ranges))
        take_turn_at(
            payer_id=payer.pk, work="evaluate", stripes=stripes
        )  # all at once, in order: no two wait for each other
        for first_id, last_id in ranges:
            counts += _judge_range(run, first_id, last_id, by)
    else:
        take_turn_at(payer_id=payer.pk, work="evaluate", stripes=stripes_of(patients))
        for some in _by_shard(patients):  # the first feed of a large plan touches everybody
            counts += _judge_touched(run, Scope(payer.pk, year, as_of, some), by)
    runs.close(run, counts, by)
    return run


@audited
def begin(*, payer, year: int, as_of: date, cause: str, by=None) -> Run:
    """Cuts a run over all of the payer's members into shards, for `evaluate_shard`. Raises CannotEvaluate, as `evaluate`.

    Without members there is no shard, and the run has ended.
    """
    run = runs.create(payer, year, as_of, cause, None)
    ranges = shards.cut(payer_id=payer.pk)
    Shard.objects.bulk_create(
        Shard(payer=payer, run=run, first_patient_id=first_id, last_patient_id=last_id) for first_id, last_id in ranges
    )
    audit.record(event="measures.begun", by=by, target=run, count=len(ranges), detail=runs.detail(run))
    if not ranges:
        runs.close(run, Counter(), by)
    return run


@audited
def evaluate_shard(*, shard_id: int, by=None) -> Run:
    """Judges one shard of a run and, when it is the last, ends the run. Done again, it changes nothing."""
    shard = Shard.objects.select_related("run__payer").get(pk=shard_id)
    is_done = shard.ended_at is not None
    counts = Counter() if is_done else _judge_range(shard.run, shard.first_patient_id, shard.last_patient_id, by)
    run = (
        Run.objects.select_for_update(of=("self",)).select_related("payer").get(pk=shard.run_id)
    )  # the last two do not miss each other
    Shard.objects.filter(pk=shard.pk, ended_at=None).update(results=counts, ended_at=timezone.now())
    audit.record(event="measures.shard_evaluated", by=by, target=run, count=counts.total(), detail=runs.detail(run))
    told = Shard.objects.filter(run=run).values_list("ended_at", "results")
    if run.ended_at is None and all(ended_at for ended_at, _ in told):
        runs.close(run, sum((Counter(results) for _, results in told), Counter()), by)
    return run


def _by_shard(patients: list[int]) -> list[list[int]]:
    """As many at a time as a shard holds; one empty list for nobody, so that a run is judged in any case."""
    return [patients[start : start + shards.MEMBERS] for start in range(0, len(patients), shards.MEMBERS)] or [[]]


def _judge_range(run: Run, first_id: int, last_id: int, by) -> Counter:
    """Measures and conditions of the patients of a range, once nobody else is at them."""
    take_turn_at(payer_id=run.payer_id, work="evaluate", stripes=stripes_between(first_id, last_id))
    counts = judge(run, Scope(run.payer_id, run.year, run.as_of, None, (first_id, last_id)))
    _refresh_conditions(run, shards.members_in(payer_id=run.payer_id, first_id=first_id, last_id=last_id), by)
    return counts


def _judge_touched(run: Run, scope: Scope, by) -> Counter:
    """Measures and conditions of the patients whom a scope names. Those of many lie scattered: their facts are gathered first."""
    with connection.cursor() as cursor:
        are_many = len(scope.patient_ids) > results_sql.MANY
        with sources.gathered(cursor, scope) if are_many else nullcontext():
            counts = judge(run, scope)
            _refresh_conditions(run, scope.patient_ids, by)
    return counts


def _refresh_conditions(run: Run, patients: Sequence[int], by) -> None:
    if not Run.objects.filter(payer=run.payer, as_of__gt=run.as_of).exists():
        find_conditions(payer=run.payer, as_of=run.as_of, patient_ids=patients, by=by)


def judge(run: Run, scope: Scope, measures: Sequence[Measure] = ()) -> Counter:
    """Writes the results of a scope; code -> how many there are. Without `measures`: of all that are registered.

    The sources are gathered once for all measures. The caller has taken the turn.
    """
    measures = measures or list(definitions.every().values())
    asked = reduce(or_, (text.reads(measure, run.year) for measure in measures))
    are_many = _count(scope) > results_sql.MANY
    with connection.cursor() as cursor:
        results_sql.plan_for(cursor, are_many=are_many)
        results_sql.clear(cursor, run, measures, scope)
        with sources.prepared(cursor, asked, scope, are_many=are_many):
            counts = {one.code: _judge(cursor, run, one, scope) for one in measures}
        results_sql.leave_planning(cursor)
    return Counter(counts)


def _count(scope: Scope) -> int:
    """How many members the scope is about."""
    if scope.patient_ids is not None:
        return len(scope.patient_ids)
    members = Member.objects.filter(payer=scope.payer_id)
    if scope.patient_range:
        first_id, last_id = scope.patient_range
        members = members.filter(patient__gte=first_id, patient__lte=last_id)
    return members.count()


def _judge(cursor, run: Run, measure: Measure, scope: Scope) -> int:
    """Writes one measure's results; returns how many there are."""
    select, parameters = text.select(measure, scope, is_prepared=True)
    return results_sql.write(cursor, run, measure, select, parameters)


@audited
def find_conditions(*, payer, as_of: date, patient_ids: Sequence[int] | None = None, by=None) -> int:
    """Makes the payer's PatientCondition rows say what claims show as of a day; returns how many there are.

    A condition whose claims have left the look-back, or were reversed, is no longer found, and its row goes.
    """
    with connection.cursor() as cursor:
        results_sql.plan_for(cursor, are_many=patient_ids is None or len(patient_ids) > results_sql.MANY)
        done = conditions.write(cursor, payer_id=payer.pk, as_of=as_of, patient_ids=patient_ids)
        results_sql.leave_planning(cursor)
    detail = {"as_of": as_of.isoformat()} | asdict(done)
    audit.record(event="conditions.found", by=by, count=done.changed + done.gone, detail=detail)
    return done.found
