"""manage.py explain PAYER:MEMBER_ID MEASURE --as-of DATE [--year YEAR]"""

import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.tenancy import context
from patients.measures import definitions, people, queries
from patients.measures.measure import NoSuchYear
from patients.models import Member


class Command(BaseCommand):
    help = "Prints the evidence behind a member's result, day by day, as JSON."

    def add_arguments(self, parser):
        parser.add_argument("member", metavar="PAYER:MEMBER_ID", help="Or a patient's UUID.")
        parser.add_argument("measure", metavar="MEASURE", help="Code of a measure, such as pdc_rasa.")
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, help="The day, as YYYY-MM-DD.")
        parser.add_argument("--year", type=int, help="The measurement year; the year of --as-of when not given.")
        parser.add_argument("--payer", metavar="CODE", help="Of which payer, when a UUID is a member of several.")

    def handle(self, *, member, measure, as_of, year, payer, **options):
        try:
            found = people.members([member], among=people.payers([payer] if payer else []))
            if len(found) > 1:
                codes = ", ".join(sorted(one.code for one in found))
                raise CommandError(f"That patient is a member of {codes}: add --payer CODE.")
            ((one, (patient_id,)),) = found.items()
            answer = self._explain(one, patient_id, measure, as_of, year)
        except (people.NotFound, definitions.UnknownMeasure, NoSuchYear) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(answer, indent=2, default=str))

    def _explain(self, payer, patient_id, measure, as_of, year):
        with context.acting_as(context.worker_for(payer.pk)):
            evidence = queries.explain(payer=payer, patient_id=patient_id, measure=measure, as_of=as_of, year=year)
            row = Member.objects.select_related("patient").get(payer=payer, patient=patient_id)
            detail = {"measure": measure, "as_of": as_of.isoformat()}
            audit.record(event="result.explained", by=None, target=row, detail=detail)
        names = {"payer": payer.code, "member_id": row.id_now, "patient_id": str(row.patient.public_id)}
        return names | queries.without_own_keys(evidence)
