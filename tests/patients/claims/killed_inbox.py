"""A watcher that is killed at a named point. Run by test_inbox.py: killed_inbox.py DATABASE POINT DELIVERIES INBOX."""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

DATABASE, POINT, DELIVERIES, INBOX = sys.argv[1:]


def die_after(point):
    """`module.function`: the process is killed, with no chance to tidy up, when that function has done its work."""
    name, function = point.split(".")
    module = import_module(f"patients.claims.{name}")
    real = getattr(module, function)

    def fatal(*args, **kwargs):
        real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, function, fatal)


for each in settings.DATABASES.values():
    each["NAME"] = DATABASE
settings.DELIVERIES = Path(DELIVERIES)
django.setup()
if POINT != "never":
    die_after(POINT)
call_command("watch_inbox", INBOX, *(["--once"] if POINT != "never" else []), "--settle", "0.1", "--poll", "0.1")
