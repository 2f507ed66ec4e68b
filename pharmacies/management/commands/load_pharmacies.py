"""manage.py load_pharmacies FILE: pharmacies into the directory, from a CSV."""

import json
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.tenancy import context
from pharmacies import actions


class Command(BaseCommand):
    help = (
        f"Loads a CSV with the columns {','.join(actions.DIRECTORY_COLUMNS)} (npi and name are needed), "
        f"or an extract of the provider registry ({','.join(actions.DIRECTORY_ALIASES)}), into the directory and "
        " prints what became of its lines as JSON. Exit code 1 if any line was rejected."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            with context.acting_as(context.Scope(role="pbm")), file.open("rb") as stream:
                listed = actions.load_pharmacies(stream=stream, by=None)
        except (actions.NotADirectory, actions.CannotChange) as refusal:
            raise CommandError(str(refusal)) from None
        counts = {name: getattr(listed, name) for name in ("lines", "unchanged", "rejected", "unplaced")}
        counts |= {"added": len(listed.added), "changed": len(listed.changed)}
        self.stdout.write(json.dumps(counts | {"problems": list(map(asdict, listed.problems))}, indent=2))
        if listed.rejected:
            raise SystemExit(1)
