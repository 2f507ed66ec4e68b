"""`manage.py backup DIR`: the database, the deliveries that wait, and a manifest."""

import os

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.telemetry import sightings
from carecoord.operations.admin import CannotOperate
from carecoord.operations.backup import back_up


class Command(BaseCommand):
    help = (
        "Back up into DIR, which must be new or empty: the database as of one moment, deliveries that wait to be loaded, "
        "and a manifest with the sha256 of every file and the rows of every table. Work goes on meanwhile. The back-up "
        "holds patient data: keep it on an encrypted disk. Passwords are never in it; the secret key is, encrypted, when "
        "CARECOORD_BACKUP_PHRASE is set."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR")

    def handle(self, *, folder, **options):
        os.umask(0o077)
        try:
            manifest = back_up(folder)
        except CannotOperate as error:
            raise CommandError(str(error)) from error
        size = sum(file["bytes"] for file in manifest["files"].values())
        rows = sum(manifest["rows"].values())
        sightings.note("backup", seconds=manifest["seconds"], rows=rows, bytes=size)
        self.stdout.write(
            f"Backed up {rows:,} rows of {len(manifest['rows'])} tables and {manifest['deliveries_waiting']} waiting "
            f"deliveries in {manifest['seconds']} s: {size:,} bytes in {folder}."
        )
        if manifest["deliveries_without_file"]:
            self.stderr.write(
                f"{len(manifest['deliveries_without_file'])} waiting deliveries have no file on this machine: is "
                "CARECOORD_DELIVERIES the folder that all machines share?"
            )
        if manifest["key"] == "left out":
            self.stdout.write(
                "The secret key is not in it (set CARECOORD_BACKUP_PHRASE to have it, encrypted): keep it elsewhere. "
                "Without it, after a restore everybody signs in again, and what it vouches for is not vouched for any more."
            )
