"""manage.py export_results --year 2025 --as-of 2025-12-31 --format csv [--payer CODE] [--wide]"""

import csv
from dataclasses import astuple, fields
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.tenancy import context
from patients.measures import people, queries


class Command(BaseCommand):
    help = "Writes the results of evaluate_measures for that year and day, one row a patient and measure."

    def add_arguments(self, parser):
        parser.add_argument("--year", required=True, type=int)
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, help="The day, as YYYY-MM-DD.")
        parser.add_argument("--format", required=True, choices=["csv"])
        parser.add_argument("--payer", action="append", default=[], metavar="CODE", help="Only this payer; repeatable.")
        parser.add_argument(
            "--wide",
            action="store_true",
            help="With second values, limits, units, days of values and the pharmacy to which each counts, too.",
        )

    def handle(self, *, year, as_of, payer, wide, **options):
        try:
            asked = people.payers(payer)
        except people.NotFound as error:
            raise CommandError(str(error)) from None
        evaluated = [one for one in asked if self._was_evaluated(one, year, as_of)]
        if not evaluated or (payer and len(evaluated) < len(asked)):
            missing = ", ".join(one.code for one in asked if one not in evaluated) or "any payer"
            raise CommandError(
                f"Nothing was evaluated for {missing} for {year} as of {as_of}: "
                f"run evaluate_measures --year {year} --as-of {as_of} first."
            )
        writer = csv.writer(self.stdout, lineterminator="\n")
        columns = len(fields(queries.ExportRow)) if wide else queries.NARROW_COLUMNS
        writer.writerow([field.name for field in fields(queries.ExportRow)][:columns])
        for one in evaluated:
            with context.acting_as(context.worker_for(one.pk)):
                found = queries.export_rows(payer=one, year=year, as_of=as_of, is_wide=wide)
                rows = [astuple(row)[:columns] for row in found]
                detail = {"year": year, "as_of": as_of.isoformat(), "payer": one.code}
                audit.record(event="results.exported", by=None, count=len(rows), detail=detail)
            writer.writerows([queries.harmless(text) for text in row] for row in rows)

    def _was_evaluated(self, payer, year, as_of):
        with context.acting_as(context.worker_for(payer.pk)):
            return queries.was_evaluated(payer=payer, year=year, as_of=as_of)
