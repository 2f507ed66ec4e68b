"""`manage.py restore DIR`: a back-up into an empty place; with --drill, into a scratch database that is dropped again."""

import json
import os

from django.core.management.base import BaseCommand, CommandError

from carecoord.operations.admin import CannotOperate
from carecoord.operations.restore import drill, restore


class Command(BaseCommand):
    help = (
        "Restore the back-up in DIR into an empty CARECOORD_HOME or DATABASE_URL. Every hash, every row count, every wall, "
        "audit trigger and log-in is checked. Prints counts and seconds as JSON. --drill does it in a scratch database "
        "beside the running one and drops it."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR")
        parser.add_argument("--drill", action="store_true", help="only try it; the running database is not touched")

    def handle(self, *, folder, **options):
        os.umask(0o077)
        try:
            answer = drill(folder) if options["drill"] else restore(folder)
        except CannotOperate as error:
            raise CommandError(str(error)) from error
        if not options["drill"]:
            self.stderr.write("Restored. Now `manage.py verify_audit` says whether the trail is what it was.")
        self.stdout.write(json.dumps(answer, indent=2))
