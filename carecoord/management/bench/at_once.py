"""Runs over invented members as workers do them: shards of their own transactions, two at a time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from django.db import connections

from carecoord.kernel.tenancy import context
from patients.measures import actions, shards
from patients.measures.measure import Measure, Scope
from patients.measures.models import Run

from .members import Made

WORKERS = 2


def acting(made: Made) -> AbstractContextManager:
    """As a worker for their payer, in a transaction."""
    return context.acting_as(context.worker_for(made.payer.pk))


def work_on(work: Callable[[Any], Any], pieces: Iterable[Any]) -> None:
    """Calls `work` with each piece, WORKERS at a time. Raises what it raises."""

    def closing(piece):
        try:
            work(piece)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(closing, pieces))


def judge(made: Made, measures: list[Measure], as_of: date) -> int:
    """These measures for everybody, results written; without conditions. Returns the run's id."""
    with acting(made):
        run = Run.objects.create(payer=made.payer, cause="bench", year=made.year, as_of=as_of)
        ranges = shards.cut(payer_id=made.payer.pk)

    def judged(patients):
        with acting(made):
            actions.judge(run, Scope(made.payer.pk, made.year, as_of, patient_range=patients), measures)

    work_on(judged, ranges)
    return run.pk


def run(made: Made, as_of: date) -> None:
    """A full run by shards, conditions included."""
    with acting(made):
        begun = actions.begin(payer=made.payer, year=made.year, as_of=as_of, cause="bench")
        ids = list(begun.shards.values_list("pk", flat=True))

    def shard(pk):
        with acting(made):
            actions.evaluate_shard(shard_id=pk)

    work_on(shard, ids)
