"""What follows from outbox rows and the clock; carecoord/schedule.py says which."""

from celery import shared_task
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims.queries import touched_patients

from . import actions, queries


def evaluate_touched(row):
    """`patients.touched`: the members that a delivery touched, by coming or by being withdrawn; then their flags."""
    payer = Organisation.objects.get(pk=row.payer_id)
    _evaluate(payer, row.subject_id, cause=f"delivery:{row.subject_id}", then="patients.evaluated")


def evaluate_payer(row):
    """`payer.due`: all of a payer's members, then its programmes."""
    payer = Organisation.objects.get(pk=row.payer_id)
    _evaluate(payer, None, cause=row.detail.get("cause", "nightly"), then="payer.evaluated")


def _evaluate(payer, delivery_id, *, cause, then):
    """All of the payer's members, or those that a delivery touched. The detail names the delivery: ids by the thousand stay at home."""
    patient_ids = None if delivery_id is None else touched_patients(delivery_id)
    as_of = queries.judged_on(payer=payer)
    run = actions.evaluate(payer=payer, year=as_of.year, as_of=as_of, patient_ids=patient_ids, cause=cause)
    detail = {"as_of": as_of.isoformat()} | ({} if delivery_id is None else {"delivery": delivery_id})
    jobs.hand_on(topic=then, payer_id=payer.pk, subject_id=run.pk, detail=detail)


def nightly(row):
    """`night`: one piece of work for each payer, so that one payer's trouble is not another's."""
    for payer in Organisation.objects.filter(kind=Organisation.Kind.PAYER, is_active=True).order_by("pk"):
        jobs.hand_on(topic="payer.due", payer_id=payer.pk, key=f"{row.key or row.pk}:{payer.pk}")


@shared_task(name="measures.nightly")
def begin_night():
    """By the clock, on however many beats: one night a day."""
    with context.logged_in("worker"):
        jobs.hand_on(topic="night", key=f"night:{timezone.localdate()}")
