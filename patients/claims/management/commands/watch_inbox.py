"""manage.py watch_inbox DIR: takes the files that are put into a folder, each once, and loads them."""

import json
import signal
import threading
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from patients.claims import inbox, inbox_rules


class Command(BaseCommand):
    help = (
        "Watches DIR/PAYER/FORMAT (or what DIR/rules.toml says) and loads each complete file once. A file goes to DIR/done or "
        "DIR/failed, with what became of its lines as JSON beside it. Several watchers may share a folder."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--once", action="store_true", help="Stop when nothing is left; exit code 1 if a file failed."
        )
        parser.add_argument(
            "--settle", type=float, default=10.0, help="Seconds without a change until a file is whole (10)."
        )
        parser.add_argument("--poll", type=float, default=2.0, help="Seconds between two looks (2).")

    def handle(self, *, folder, once, settle, poll, **options):
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        try:
            rules = inbox_rules.read(folder)
        except inbox_rules.BadRules as bad:
            raise CommandError("\n".join(bad.problems))
        try:
            inbox.prepare(folder)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be used: {error.strerror}.") from error
        with _asked_to_stop() as stop:
            is_good = self._watch(inbox.Inbox(folder, rules=rules, settle=settle), stop, once=once, poll=poll)
        if once and not is_good:
            raise SystemExit(1)

    def _watch(self, watched, stop, *, once, poll):
        """Prints what became of each file, a line each. Returns whether all of them were loaded."""
        is_good = True
        while not stop.is_set():
            told, is_waiting = watched.look(stop=stop.is_set)
            for one in told:
                is_good &= one.pop("is_good")
                self.stdout.write(json.dumps(one, default=str))
                self.stdout.flush()
            if once and not is_waiting:
                break
            stop.wait(poll)
        return is_good


@contextmanager
def _asked_to_stop():
    """An event that SIGTERM and SIGINT set: what is under way is finished first."""
    stop, before = threading.Event(), {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            before[number] = signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
