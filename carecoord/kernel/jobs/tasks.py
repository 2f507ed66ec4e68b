"""Celery shells. A message carries an outbox id, nothing else."""

from celery import shared_task

from . import actions


@shared_task(name="jobs.work", acks_late=True, reject_on_worker_lost=True)
def work(outbox_id):
    actions.work(outbox_id=outbox_id)


@shared_task(name="jobs.sweep")
def sweep():
    actions.sweep()
