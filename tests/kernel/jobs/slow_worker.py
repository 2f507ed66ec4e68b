"""A Celery worker of its own, with a broker of files. Run by test_time_limits.py: slow_worker.py DATABASE FOLDER."""

import sys
import time

import django
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection


def query(row):
    """Asked to stop in the middle of a statement, as a load is."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(60)")


def deaf(row):
    """Does not stop when it is asked to."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            time.sleep(60)
        except SoftTimeLimitExceeded:
            continue


def quick(row):
    """Done at once."""


HANDLERS = {f"test.{each.__name__}": f"tests.kernel.jobs.slow_worker.{each.__name__}" for each in (query, deaf, quick)}


def main(database, folder):
    for each in settings.DATABASES.values():
        each["NAME"] = database
    django.setup()
    from carecoord.celery import app
    from carecoord.kernel.jobs import actions as jobs
    from tests.kernel.jobs.test_time_limits import broker

    jobs.register(HANDLERS, wake=None)
    app.conf.update(**broker(folder))
    app.worker_main(
        ["--quiet", "worker", "--queues", "quick", "--concurrency", "1", "--without-gossip", "--without-mingle"]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
