"""Who runs when, and what follows from what, on one screen.

TOPICS: what an outbox row is about -> the function that does it. BEAT: what runs by the clock, in UTC.
"""

from django.apps import AppConfig

TOPICS = {
    "delivery.received": "patients.claims.tasks.load",
    "delivery.withdrawn": "patients.claims.tasks.withdraw",
    "patients.touched": "patients.claims.tasks.leave_to_measures",
}

BEAT = {
    "sweep": {"task": "jobs.sweep", "schedule": 20.0},
}


class Roof(AppConfig):
    """The shell as an app: when all is loaded, the outbox learns who handles what, and how to wake a worker."""

    name = "carecoord"
    label = "carecoord"

    def ready(self):
        from carecoord.celery import app
        from carecoord.kernel.jobs import actions as jobs

        app.conf.beat_schedule = BEAT
        jobs.register(TOPICS, wake=lambda outbox_id: app.send_task("jobs.work", [outbox_id], retry=False))
