"""`manage.py serve`: the whole stack on this machine, without demo data."""

import sys

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections

from carecoord.embedded.home import CannotStart
from carecoord.embedded.stack import run_stack
from carecoord.schedule import QUEUES


class Command(BaseCommand):
    help = (
        "Run CareCoord on this machine: PostgreSQL and Valkey (unless DATABASE_URL and BROKER_URL name others), "
        "the web server, a Celery worker and beat. Ctrl-C stops all of it."
    )
    requires_system_checks = []  # `migrate` runs them, when the database is there

    def add_arguments(self, parser):
        parser.add_argument("--port", type=port_number, help="taken as it is; default: 8000 or the next free one")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--workers", type=positive, default=1, help="web server processes (default: 1)")

    def handle(self, *, port, host, workers, **options):
        try:
            code = run_stack(
                port=port,
                host=host,
                workers=workers,
                queues={name: queue.processes for name, queue in QUEUES.items()},
                announce=self.announce,
                prepare=self.migrate,
                say=self.stdout.write,
            )
        except CannotStart as error:
            raise CommandError(str(error)) from error
        if code:
            sys.exit(code)

    def migrate(self):
        if settings.DATABASE_URL:
            call_command("sync_roles")
        call_command("migrate", interactive=False, verbosity=1)
        connections.close_all()  # the supervisor needs none for the rest of its life

    def announce(self, address):
        self.stdout.write(self.style.SUCCESS(f"CareCoord runs at {address} - Ctrl-C stops it."))


def port_number(text):
    if not 1 <= int(text) <= 65_535:
        raise ValueError
    return int(text)


def positive(text):
    if int(text) < 1:
        raise ValueError
    return int(text)
