"""Who runs when, and what follows from what, on one screen.

TOPICS: what an outbox row is about -> the function that does it. GIVEN_UP: who is told when it failed too often.
QUEUES: which workers do it, and how long it may take.
BEAT: what runs by the clock, in UTC.
"""

from dataclasses import dataclass

from celery.schedules import crontab
from django.apps import AppConfig
from django.conf import settings

TOPICS = {
    "delivery.received": "patients.claims.tasks.load",
    "claims.grown": "patients.claims.tasks.grown",  # a delivery touched many: statistics first
    "delivery.withdrawn": "patients.claims.tasks.withdraw",
    "conflict.ruled": "patients.claims.tasks.ruled",
    "person.ruled": "patients.claims.tasks.person_ruled",
    "patients.touched": "patients.measures.tasks.evaluate_touched",  # a delivery was loaded or withdrawn
    "patients.evaluated": "patients.risk.tasks.score_touched",
    "patients.scored": "patients.flags.tasks.flag_touched",
    "night": "patients.measures.tasks.nightly",
    "tidy": "patients.measures.tasks.tidy",
    "payer.untidy": "patients.measures.tasks.tidy_payer",
    "payer.due": "patients.measures.tasks.evaluate_payer",
    "shard.due": "patients.measures.tasks.evaluate_shard",
    "rates.due": "patients.measures.tasks.count_rates",  # a run over everybody has ended
    "payer.evaluated": "patients.risk.tasks.score_payer",
    "payer.scored": "patients.programs.tasks.enrol_payer",
    "member.opted_out": "patients.programs.tasks.end_opted_out",
    "member.left": "patients.flags.tasks.flag_left",  # out of a programme between two decisions
    "payer.enrolled": "patients.flags.tasks.flag_payer",  # a programme was decided, at night or by a person
    "webhook.due": "carecoord.kernel.webhooks.tasks.send",
}

GIVEN_UP = {
    "delivery.received": "patients.claims.tasks.given_up",
    "delivery.withdrawn": "patients.claims.tasks.given_up",
    "webhook.due": "carecoord.kernel.webhooks.tasks.given_up",
}


@dataclass(frozen=True)
class Queue:
    """Work of one kind, with workers of its own. After `soft_seconds` a piece is asked to stop and tried again later; after
    `hard_seconds` its process is ended, and the sweeper hands it on. Both lie below the broker's visibility time-out."""

    soft_seconds: int
    hard_seconds: int
    processes: int
    topics: tuple = ()


HOUR = 60 * 60
QUEUES = {
    "feeds": Queue(
        4 * HOUR,
        4 * HOUR + 600,
        1,
        ("delivery.received", "delivery.withdrawn", "conflict.ruled", "person.ruled", "claims.grown"),
    ),
    "fresh": Queue(
        HOUR,
        HOUR + 300,
        2,
        ("patients.touched", "patients.evaluated", "patients.scored", "member.opted_out", "member.left"),
    ),
    # and small deliveries
    "measures": Queue(
        2 * HOUR,
        2 * HOUR + 300,
        2,
        ("payer.due", "shard.due", "rates.due", "payer.evaluated", "payer.scored", "payer.enrolled", "payer.untidy"),
    ),
    "hooks": Queue(60, 90, 4, ("webhook.due",)),  # waits for others' machines, ten seconds each time at most
    "quick": Queue(5 * 60, 10 * 60, 1),  # letters, money, the clock: all that no other queue names
}
SMALL_BYTES = 5_000_000
"""A delivery up to this size is loaded in seconds, and does not wait behind those that take an hour."""


def queue_of(topic, detail):
    """The name of the queue for an outbox row."""
    if topic == "delivery.received" and detail.get("bytes", SMALL_BYTES + 1) <= SMALL_BYTES:
        return "fresh"
    return next((name for name, queue in QUEUES.items() if topic in queue.topics), "quick")


BEAT = {
    "sweep": {"task": "jobs.sweep", "schedule": 20.0},
    "beat": {"task": "operations.beat", "schedule": 30.0},
    "figures": {"task": "operations.figures", "schedule": 60.0},
    "seal": {"task": "audit.seal", "schedule": 60.0},
    "night": {"task": "measures.nightly", "schedule": crontab(hour=7, minute=30)},  # 3 in the morning in the east
    "tidy": {"task": "measures.tidy", "schedule": crontab(hour=9, minute=30)},
}


class Roof(AppConfig):
    """The shell as an app: when all is loaded, the outbox learns who handles what, and how to wake a worker."""

    name = "carecoord"
    label = "carecoord"

    def ready(self):
        from kombu import Queue as Line

        from carecoord.celery import app
        from carecoord.kernel.jobs import actions as jobs
        from carecoord.kernel.jobs.models import Outbox

        def wake(outbox_id):
            topic, detail = Outbox.objects.values_list("topic", "detail").get(pk=outbox_id)
            name = queue_of(topic, detail)
            limits = {"soft_time_limit": QUEUES[name].soft_seconds, "time_limit": QUEUES[name].hard_seconds}
            app.send_task("jobs.work", [outbox_id], queue=name, retry=False, **limits)

        app.conf.update(
            beat_schedule=BEAT, task_queues=[Line(name) for name in QUEUES], task_default_queue="quick"
        )  # a worker that is not told which serves all of them
        # Without a broker (a command in another terminal) nobody is woken: the sweeper of the running stack finds the row.
        jobs.register(TOPICS, wake=wake if settings.BROKER_URL else None, given_up=GIVEN_UP)
