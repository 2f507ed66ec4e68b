"""Who runs when, and what follows from what, on one screen.

TOPICS: what an outbox row is about -> the function that does it. GIVEN_UP: who is told when it failed too often.
BEAT: what runs by the clock, in UTC.
"""

from celery.schedules import crontab
from django.apps import AppConfig
from django.conf import settings

TOPICS = {
    "delivery.received": "patients.claims.tasks.load",
    "claims.grown": "patients.claims.tasks.grown",  # a delivery touched many: statistics first
    "delivery.withdrawn": "patients.claims.tasks.withdraw",
    "patients.touched": "patients.measures.tasks.evaluate_touched",  # a delivery was loaded or withdrawn
    "patients.evaluated": "patients.flags.tasks.flag_touched",
    "night": "patients.measures.tasks.nightly",
    "tidy": "patients.measures.tasks.tidy",
    "payer.untidy": "patients.measures.tasks.tidy_payer",
    "payer.due": "patients.measures.tasks.evaluate_payer",
    "payer.evaluated": "patients.programs.tasks.enrol_payer",
    "payer.enrolled": "patients.flags.tasks.flag_payer",  # a programme was decided, at night or by a person
}

GIVEN_UP = {
    "delivery.received": "patients.claims.tasks.given_up",
    "delivery.withdrawn": "patients.claims.tasks.given_up",
}

BEAT = {
    "sweep": {"task": "jobs.sweep", "schedule": 20.0},
    "seal": {"task": "audit.seal", "schedule": 60.0},
    "night": {"task": "measures.nightly", "schedule": crontab(hour=7, minute=30)},  # 3 in the morning in the east
    "tidy": {"task": "measures.tidy", "schedule": crontab(hour=9, minute=30)},
}


class Roof(AppConfig):
    """The shell as an app: when all is loaded, the outbox learns who handles what, and how to wake a worker."""

    name = "carecoord"
    label = "carecoord"

    def ready(self):
        from carecoord.celery import app
        from carecoord.kernel.jobs import actions as jobs

        app.conf.beat_schedule = BEAT
        # Without a broker (a command in another terminal) nobody is woken: the sweeper of the running stack finds the row.
        wake = (lambda outbox_id: app.send_task("jobs.work", [outbox_id], retry=False)) if settings.BROKER_URL else None
        jobs.register(TOPICS, wake=wake, given_up=GIVEN_UP)
