"""Work in the background, watched: a log line and a figure for each piece."""

import time
from functools import wraps

import structlog
from celery.exceptions import SoftTimeLimitExceeded

from .meters import TASKS

log = structlog.get_logger("carecoord.task")


def watched(handler):
    """`handler(row)` of an outbox row; its topic, id, milliseconds and outcome are written down."""

    @wraps(handler)
    def run(row):
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(topic=row.topic, outbox_id=row.pk):
            try:
                answer = handler(row)
            except SoftTimeLimitExceeded:
                _note(row, began, "out of time", log.error)
                raise
            except Exception:
                _note(row, began, "failed", log.error, exc_info=True)
                raise
            _note(row, began, "done", log.info)
            return answer

    return run


def _note(row, began, outcome, say, **more):
    seconds = time.perf_counter() - began
    TASKS.labels(row.topic, outcome).observe(seconds)
    say("task", ms=round(1000 * seconds), outcome=outcome, tries=row.tries, **more)
