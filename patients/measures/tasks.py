"""What follows from outbox rows and the clock; carecoord/schedule.py says which."""

from celery import shared_task
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs import retention as done_work
from carecoord.kernel.tenancy import context
from carecoord.kernel.webhooks import retention as told
from patients.claims import retention as touched
from patients.claims.queries import touched_patients

from . import actions, pharmacy_level, queries
from . import retention as results
from .models import Run


def evaluate_touched(row):
    """`patients.touched`: the members that a delivery touched, by coming or by being withdrawn; then their flags."""
    payer = Organisation.objects.get(pk=row.payer_id)
    as_of = queries.judged_on(payer=payer)
    asked = {"year": as_of.year, "as_of": as_of, "cause": f"delivery:{row.subject_id}"}
    run = actions.evaluate(payer=payer, patient_ids=touched_patients(row.subject_id), **asked)
    # The detail names the delivery: ids by the thousand stay at home.
    detail = {"as_of": as_of.isoformat(), "delivery": row.subject_id}
    jobs.hand_on(topic="patients.evaluated", payer_id=payer.pk, subject_id=run.pk, detail=detail)


def evaluate_payer(row):
    """`payer.due`: all of a payer's members, in shards; after the last its programmes."""
    payer = Organisation.objects.get(pk=row.payer_id)
    as_of = queries.judged_on(payer=payer)
    cause = row.detail.get("cause", "nightly")
    run = actions.begin(payer=payer, year=as_of.year, as_of=as_of, cause=cause)
    for shard in run.shards.order_by("pk"):
        jobs.hand_on(topic="shard.due", payer_id=payer.pk, subject_id=shard.pk)
    _go_on_from(run)


def evaluate_shard(row):
    """`shard.due`: one shard of a run; the last of them hands on what follows."""
    _go_on_from(actions.evaluate_shard(shard_id=row.subject_id))


def _go_on_from(run):
    if run.ended_at is not None:
        detail = {"as_of": run.as_of.isoformat()}
        asked = {"payer_id": run.payer_id, "subject_id": run.pk, "detail": detail, "key": f"evaluated:{run.pk}"}
        jobs.hand_on(topic="payer.evaluated", **asked)


def count_rates(row):
    """`rates.due`: what a run over everybody makes of each pharmacy's rates."""
    pharmacy_level.count_rates(run=Run.objects.get(pk=row.subject_id))


def nightly(row):
    """`night`: one piece of work for each payer, so that one payer's trouble is not another's."""
    _for_each_payer(row, then="payer.due", payers=Organisation.objects.filter(is_active=True, is_sandbox=False))


def tidy(row):
    """`tidy`: what is kept too long goes, for the house and then payer by payer; of those that left, too."""
    done_work.tidy()
    _for_each_payer(row, then="payer.untidy", payers=Organisation.objects.all())


def tidy_payer(row):
    """`payer.untidy`: lists of touched patients, messages to the payer's systems, and results that a month's last one stands for."""
    payer, today = Organisation.objects.get(pk=row.payer_id), timezone.localdate()
    touched.tidy(payer=payer, today=today)
    told.tidy(payer=payer, today=today)
    results.tidy(payer=payer, today=today)


def _for_each_payer(row, *, then, payers):
    for payer in payers.filter(kind=Organisation.Kind.PAYER).order_by("pk"):
        jobs.hand_on(topic=then, payer_id=payer.pk, key=f"{row.key or row.pk}:{payer.pk}")


@shared_task(name="measures.nightly")
def begin_night():
    """By the clock, on however many beats: one night a day."""
    with context.logged_in("worker"):
        jobs.hand_on(topic="night", key=f"night:{timezone.localdate()}")


@shared_task(name="measures.tidy")
def begin_tidying():
    """By the clock, on however many beats: once a day."""
    with context.logged_in("worker"):
        jobs.hand_on(topic="tidy", key=f"tidy:{timezone.localdate()}")
