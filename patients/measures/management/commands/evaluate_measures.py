"""manage.py evaluate_measures --year 2025 --as-of 2025-12-31 [--payer CODE] [--patients NAME ...] [--engine duckdb --lake DIR]"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from carecoord.kernel.tenancy import context
from patients.measures import actions, engines, people, queries
from patients.measures.lake import actions as lakes
from patients.measures.lake import manifest

ENGINES = ("postgres", *engines.BUCKETS_AT_ONCE)


class Command(BaseCommand):
    help = "Judges every measure for a measurement year as of a day, and prints how many results there are as JSON."

    def add_arguments(self, parser):
        parser.add_argument("--year", required=True, type=int)
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, help="The day, as YYYY-MM-DD.")
        parser.add_argument("--payer", action="append", default=[], metavar="CODE", help="Only this payer; repeatable.")
        parser.add_argument(
            "--patients", nargs="+", default=None, metavar="PAYER:MEMBER_ID", help="Only these; or UUIDs."
        )
        parser.add_argument(
            "--at-once",
            type=int,
            default=1,
            help="postgres: so many shards of members at once, each of them committed by itself.",
        )
        parser.add_argument(
            "--engine", default="postgres", help=f"One of {', '.join(ENGINES)}; the others read --lake."
        )
        parser.add_argument("--lake", type=Path, metavar="DIR", help="A folder that export_lake keeps.")
        parser.add_argument(
            "--compare",
            action="store_true",
            help="Write nothing: say how the lake's results differ from those that are stored.",
        )

    def handle(self, *, year, as_of, payer, patients, engine, **options):
        if engine not in ENGINES:
            raise CommandError(f"There is no engine {engine!r} here. There is: {', '.join(ENGINES)}.")
        if (engine == "postgres") != (options["lake"] is None) or (engine != "postgres" and patients):
            raise CommandError("--lake DIR goes with --engine duckdb or spark, and they judge all members.")
        began = time.monotonic()
        try:
            asked = people.payers(payer)
            work = dict.fromkeys(asked) if patients is None else people.members(patients, among=asked)
            report = {one.code: self._evaluate(one, year, as_of, ids, engine, options) for one, ids in work.items()}
        except (
            people.NotFound,
            actions.CannotEvaluate,
            manifest.NoLake,
            lakes.NotUpToDate,
            engines.NotInstalled,
        ) as error:
            raise CommandError(str(error)) from None
        answer = {"year": year, "as_of": as_of.isoformat(), "engine": engine}
        answer |= {"results": sum(one["results"] for one in report.values()), "payers": report}
        self.stdout.write(json.dumps(answer | {"seconds": round(time.monotonic() - began, 3)}, indent=2, default=str))

    def _evaluate(self, payer, year, as_of, patient_ids, engine, options):
        asked = {"payer": payer, "year": year, "as_of": as_of}
        if engine == "postgres" and patient_ids is None and options["at_once"] > 1:
            return self._in_shards(options["at_once"], **asked)
        with context.acting_as(context.worker_for(payer.pk)):
            if engine != "postgres" and options["compare"]:
                return lakes.compare(**asked, folder=options["lake"], engine=engine)
            if engine != "postgres":
                return self._told(lakes.evaluate(**asked, folder=options["lake"], engine=engine), asked)
            return self._told(actions.evaluate(**asked, patient_ids=patient_ids, cause="command"), asked)

    def _in_shards(self, at_once, **asked):
        scope = context.worker_for(asked["payer"].pk)
        with context.acting_as(scope):
            run = actions.begin(**asked, cause="command")
            shards = list(run.shards.order_by("pk").values_list("pk", flat=True))
        with ThreadPoolExecutor(at_once) as workers:  # they wait for PostgreSQL, which has a process for each
            list(workers.map(lambda shard: _judge_shard(scope, shard), shards))
        with context.acting_as(scope):
            run.refresh_from_db()
            return self._told(run, asked)

    def _told(self, run, asked):
        return {"run": run.pk, "patients": run.patients, "results": run.results, "measures": queries.counts(**asked)}


def _judge_shard(scope, shard_id):
    try:
        with context.acting_as(scope):
            actions.evaluate_shard(shard_id=shard_id)
    finally:
        connections.close_all()
