"""A worker that is killed at a named point of its work. Run by test_shards.py: killed_worker.py DATABASE OUTBOX_ID POINT."""

import os
import signal
import sys
from importlib import import_module

import django
from django.conf import settings

DATABASE, OUTBOX_ID, POINT = sys.argv[1:]


def die_after(point):
    """`module.function`: the process is killed, with no chance to tidy up, when that function has done its work."""
    name, function = point.split(".")
    module = import_module(f"patients.measures.{name}")
    real = getattr(module, function)

    def fatal(*args, **kwargs):
        real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, function, fatal)


for each in settings.DATABASES.values():
    each["NAME"] = DATABASE
django.setup()
jobs = import_module("carecoord.kernel.jobs.actions")
die_after(POINT)
jobs.work(outbox_id=int(OUTBOX_ID))
