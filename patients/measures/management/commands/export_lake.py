"""manage.py export_lake DIR [--payer CODE] [--everything]"""

import json
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.tenancy import context
from patients.measures import people
from patients.measures.engines import NotInstalled
from patients.measures.lake import actions, manifest


class Command(BaseCommand):
    help = (
        "Keeps facts and drug reference as Parquet files in DIR, for `evaluate_measures --engine duckdb` or spark: only members "
        "that deliveries touched since the last time are written anew. The files hold patient data (days of birth and death, "
        "claims; no names): keep DIR on an encrypted disk that only the service's user reads, and delete it with the data."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--payer", action="append", default=[], metavar="CODE", help="Only this payer; repeatable.")
        parser.add_argument("--everything", action="store_true", help="Write all, whatever changed.")

    def handle(self, *, folder, payer, everything, **options):
        began, told = time.monotonic(), {}
        try:
            for one in people.payers(payer):
                with context.acting_as(context.worker_for(one.pk)):
                    told[one.code] = actions.export(payer=one, folder=folder, everything=everything)
        except (people.NotFound, manifest.NoLake, NotInstalled) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps({"payers": told, "seconds": round(time.monotonic() - began, 3)}, indent=2))
