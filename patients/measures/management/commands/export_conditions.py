"""manage.py export_conditions --year 2025 --format csv [--payer CODE] [--condition CODE] [--advantage-counts] [--all]"""

import csv
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.tenancy import context
from patients.measures import people, queries
from patients.measures.conditions import definitions, end_of_year
from patients.models import Member

BATCH = 2_000
COLUMNS = (
    "payer,member_id,condition,version,year,flag,first_ever_on,detail,months_asked,months_covered,months_advantage"
)


class Command(BaseCommand):
    help = "Writes the flag of each member and condition at the end of a year: 0 neither, 1 claims, 2 coverage, 3 both."

    def add_arguments(self, parser):
        parser.add_argument("--year", required=True, type=int)
        parser.add_argument("--format", required=True, choices=["csv"])
        parser.add_argument("--payer", action="append", default=[], metavar="CODE", help="Only this payer; repeatable.")
        parser.add_argument("--condition", action="append", metavar="CODE", help="Only this condition; repeatable.")
        parser.add_argument(
            "--advantage-counts", action="store_true", help="Months in Medicare Advantage are cover: a plan's own feed."
        )
        parser.add_argument("--all", action="store_true", help="Flags 0 and 2, too.")

    def handle(self, *, year, payer, condition, advantage_counts, **options):
        try:
            asked = people.payers(payer)
            codes = condition and [definitions.find(code).code for code in condition]
            date(year, 12, 31)
        except (people.NotFound, definitions.UnknownCondition, ValueError) as error:
            raise CommandError(str(error)) from None
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(COLUMNS.split(","))
        for one in asked:
            self._write(writer, one, year, codes, advantage_counts, options["all"])

    def _write(self, writer, payer, year, codes, advantage_counts, all_flags):
        wanted = {"year": year, "conditions": codes, "advantage_counts": advantage_counts, "payer_id": payer.pk}
        with context.acting_as(context.worker_for(payer.pk)), connection.cursor() as cursor:
            ids = {row.patient_id: row.id_now for row in Member.objects.filter(payer=payer, merged_into=None)}
            count = 0
            for patients in batched_ids(ids):
                for flag in end_of_year.flags(cursor, patient_ids=patients, **wanted):
                    if all_flags or flag.found:
                        writer.writerow([queries.harmless(text) for text in _texts(payer, ids, year, flag)])
                        count += 1
            detail = {"year": year, "payer": payer.code}
            audit.record(event="conditions.exported", by=None, count=count, detail=detail)


def batched_ids(ids):
    """Patient ids by the thousand, in order."""
    ordered = sorted(ids)
    return [ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH)]


def _texts(payer, ids, year, flag):
    version = definitions.find(flag.condition).version
    detail = flag.found.detail if flag.found else ""
    months = (flag.months_asked, flag.months_covered, flag.months_advantage)
    first = flag.first_ever_on.isoformat() if flag.first_ever_on else ""
    texts = (payer.code, ids[flag.patient_id], flag.condition, version, year, flag.value, first, detail, *months)
    return [str(text) for text in texts]
