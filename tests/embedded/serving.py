"""The real stack in a home of its own, in more of a hurry than outside of tests; its parts can be killed; a feed client of it."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from joserfc.jwk import ECKey

from carecoord.client import Client
from carecoord.embedded import valkey

from .conftest import ROOT, postmaster

HURRIED = """
import django; django.setup()
import sys
from datetime import timedelta
from carecoord import schedule
from carecoord.kernel.jobs import actions as jobs
schedule.BEAT["sweep"]["schedule"] = 0.5
jobs.BACKOFF, jobs.MAX_TRIES = timedelta(milliseconds=1), 10_000  # kills that come by the minute come by the month elsewhere
from celery.__main__ import main
main()
"""
SERVE = f"""
import sys
from dataclasses import replace
from functools import partial
from carecoord.embedded import stack
programs = stack._programs
def hurried(*args, **words):
    for one in programs(*args, **words):
        if "celery" in one.argv:
            one = replace(one, argv=(sys.executable, "-c", {HURRIED!r}, *one.argv[3:]))
        yield one
stack._programs = lambda *args, **words: list(hurried(*args, **words))
stack.Supervisor = partial(stack.Supervisor, quick_seconds=0, most_quick_deaths=10**6, delay=0.1)
sys.exit(stack.run_stack(port=int(sys.argv[1]), workers=2, announce=lambda at: print("address", at, flush=True)))
"""
PARTS = ("web", "worker", "broker", "database")


def environment():
    limits = {"CARECOORD_API_REQUESTS_A_MINUTE": "100000", "CARECOORD_API_VISITS_A_MINUTE": "100000"}
    return os.environ | limits | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "carecoord.settings"}


def manage(*arguments):
    """What `manage.py` prints."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


class House:
    """The running stack. `address`, and what can be killed of it."""

    def __init__(self, folder, port):
        self.folder, self.key = folder, ECKey.generate_key("P-384", {"kid": "one"})
        (folder / "jwks.json").write_text(json.dumps({"keys": [self.key.as_dict(private=False)]}))
        self.log = (folder / "stack.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(port)], cwd=ROOT, env=environment(), stdout=self.log, stderr=self.log
        )
        self.address = f"http://localhost:{port}"

    @property
    def is_up(self):
        assert self.process.poll() is None, self.told
        return b"address http" in (self.folder / "stack.log").read_bytes()

    @property
    def told(self):
        """The end of what the stack said."""
        return (self.folder / "stack.log").read_bytes()[-20_000:].decode(errors="replace")

    def client_of(self, payer):
        """A client of a new payer, patient enough for a server that is killed all the time."""
        told = json.loads(manage("register_client", "--payer", payer, str(self.folder / "jwks.json")))
        private = json.dumps(self.key.as_dict(private=True))
        return Client(self.address, told["client_id"], private, timeout=20, tries=300, longest_pause=1)

    def pids(self, part):
        """Processes of a part: the one that leads, then those below it."""
        if part == "broker":
            return list(valkey._all_processes(valkey.this_broker()))
        found = postmaster() if part == "database" else next(iter(self._programs(part)), None)
        return [found, *_below(found)] if found else []

    def _programs(self, part):
        word = {"web": b"granian", "worker": b"\0worker\0"}[part]
        for pid in _children(self.process.pid):
            if word in Path(f"/proc/{pid}/cmdline").read_bytes():
                yield pid

    def kill(self, part, *, chance=random):
        """SIGKILL for the leader of a part or for one below it. Returns what was killed; None when nothing of it runs."""
        pids = self.pids(part)
        if not pids:
            return None
        pid = pids[0] if chance.random() < 0.5 else chance.choice(pids)
        os.kill(pid, signal.SIGKILL)
        return f"{part} {'leader' if pid == pids[0] else 'child'}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def _children(pid):
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _below(pid):
    return [one for child in _children(pid) for one in (child, *_below(child))]
