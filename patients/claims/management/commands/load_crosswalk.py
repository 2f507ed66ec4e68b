"""manage.py load_crosswalk --payer CODE FILE: which pharmacies a feed's own pharmacy ids mean."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy import context
from patients.claims import actions
from patients.claims.formats import FeedRefused


class Command(BaseCommand):
    help = "Loads a CSV of feed_pharmacy_id,npi for a payer and prints what became of its lines as JSON."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--payer", required=True, help="The payer's code; it is made if it is new.")

    def handle(self, *, file, payer, **options):
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        with context.logged_in("worker"):
            kind = Organisation.Kind.PAYER
            organisation = Organisation.objects.get_or_create(kind=kind, code=payer, defaults={"name": payer})[0]
        try:
            with context.acting_as(context.worker_for(organisation.pk)), file.open("rb") as stream:
                crossed = actions.load_crosswalk(payer=organisation, stream=stream, by=None)
        except FeedRefused as refusal:
            raise CommandError(f"{refusal.message} (line {refusal.line})" if refusal.line else refusal.message)
        told = vars(crossed) | {
            "problems": [
                dict(zip(("line", "field", "code", "message"), each, strict=True)) for each in crossed.problems
            ]
        }
        self.stdout.write(json.dumps(told, indent=2))
        if crossed.rejected:
            raise SystemExit(1)
