"""manage.py explain_risk PAYER:MEMBER_ID [--as-of DATE]"""

import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.tenancy import context
from patients.measures import people
from patients.models import Member
from patients.risk import queries


class Command(BaseCommand):
    help = "Prints a member's risk score and risk adjustment factors with inputs, limits and claims, as JSON."

    def add_arguments(self, parser):
        parser.add_argument("member", metavar="PAYER:MEMBER_ID", help="Or a patient's UUID.")
        parser.add_argument("--as-of", type=date.fromisoformat, help="The day; today when not given.")
        parser.add_argument("--payer", metavar="CODE", help="Of which payer, when a UUID is a member of several.")

    def handle(self, *, member, as_of, payer, **options):
        try:
            found = people.members([member], among=people.payers([payer] if payer else []))
        except people.NotFound as error:
            raise CommandError(str(error)) from None
        if len(found) > 1:
            codes = ", ".join(sorted(one.code for one in found))
            raise CommandError(f"That patient is a member of {codes}: add --payer CODE.")
        ((one, (patient_id,)),) = found.items()
        day = as_of or timezone.localdate()
        with context.acting_as(context.worker_for(one.pk)):
            answer = queries.explain(payer=one, patient_id=patient_id, day=day)
            row = Member.objects.select_related("patient").get(payer=one, patient=patient_id)
            audit.record(event="risk.explained", by=None, target=row, detail={"as_of": day.isoformat()})
        if answer is None:
            raise CommandError(f"Nobody has scored that member by {day}.")
        names = {"payer": one.code, "member_id": row.id_now, "patient_id": str(row.patient.public_id)}
        self.stdout.write(json.dumps(names | answer, indent=2, default=str))
