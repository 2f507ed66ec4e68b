"""manage.py evaluate_measures --year 2025 --as-of 2025-12-31 [--payer CODE] [--patients NAME ...] [--engine postgres]"""

import json
import time
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.tenancy import context
from patients.measures import actions, people, queries

ENGINES = ("postgres",)


class Command(BaseCommand):
    help = "Judges every measure for a measurement year as of a day, and prints how many results there are as JSON."

    def add_arguments(self, parser):
        parser.add_argument("--year", required=True, type=int)
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, help="The day, as YYYY-MM-DD.")
        parser.add_argument("--payer", action="append", default=[], metavar="CODE", help="Only this payer; repeatable.")
        parser.add_argument(
            "--patients", nargs="+", default=None, metavar="PAYER:MEMBER_ID", help="Only these; or UUIDs."
        )
        parser.add_argument("--engine", default="postgres", help="postgres; no other engine is built in yet.")

    def handle(self, *, year, as_of, payer, patients, engine, **options):
        if engine not in ENGINES:
            raise CommandError(f"There is no engine {engine!r} here. There is: {', '.join(ENGINES)}.")
        began = time.monotonic()
        try:
            asked = people.payers(payer)
            work = dict.fromkeys(asked) if patients is None else people.members(patients, among=asked)
            report = {one.code: self._evaluate(one, year, as_of, ids) for one, ids in work.items()}
        except (people.NotFound, actions.CannotEvaluate) as error:
            raise CommandError(str(error)) from None
        answer = {"year": year, "as_of": as_of.isoformat(), "engine": engine}
        answer |= {"results": sum(one["results"] for one in report.values()), "payers": report}
        self.stdout.write(json.dumps(answer | {"seconds": round(time.monotonic() - began, 3)}, indent=2))

    def _evaluate(self, payer, year, as_of, patient_ids):
        with context.acting_as(context.worker_for(payer.pk)):
            run = actions.evaluate(payer=payer, year=year, as_of=as_of, patient_ids=patient_ids, cause="command")
            measures = queries.counts(payer=payer, year=year, as_of=as_of)
            return {"run": run.pk, "patients": run.patients, "results": run.results, "measures": measures}
