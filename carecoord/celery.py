"""`celery -A carecoord.celery worker` and `... beat`. Messages are JSON and carry ids; the database says what to do."""

import logging.config
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carecoord.settings")

from celery import Celery, signals  # noqa: E402
from django.conf import settings  # noqa: E402

app = Celery("carecoord", set_as_current=True)
app.conf.update(
    broker_url=settings.BROKER_URL or "memory://",
    task_ignore_result=True,
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 6 * 60 * 60,  # above the longest task: a shorter one runs it twice
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    },
    timezone="UTC",
)
app.autodiscover_tasks(["carecoord.kernel.audit", "carecoord.kernel.jobs", "carecoord.operations", "patients.measures"])


@signals.setup_logging.connect
def log_as_the_rest_does(**_):
    """Celery leaves logging alone when somebody else sees to it."""
    logging.config.dictConfig(settings.LOGGING)
