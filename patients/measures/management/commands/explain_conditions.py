"""manage.py explain_conditions PAYER:MEMBER_ID [CONDITION] --as-of DATE"""

import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.tenancy import context
from patients.measures import people
from patients.measures.conditions import definitions
from patients.measures.conditions.explain import explain, listed
from patients.models import Member


class Command(BaseCommand):
    help = "Prints the conditions that a member's claims show, or the rule and every claim behind one of them, as JSON."

    def add_arguments(self, parser):
        parser.add_argument("member", metavar="PAYER:MEMBER_ID", help="Or a patient's UUID.")
        parser.add_argument(
            "condition", nargs="?", metavar="CONDITION", help="A code, such as diabetes; all when not given."
        )
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, help="The day, as YYYY-MM-DD.")
        parser.add_argument("--payer", metavar="CODE", help="Of which payer, when a UUID is a member of several.")

    def handle(self, *, member, condition, as_of, payer, **options):
        try:
            found = people.members([member], among=people.payers([payer] if payer else []))
            if len(found) > 1:
                codes = ", ".join(sorted(one.code for one in found))
                raise CommandError(f"That patient is a member of {codes}: add --payer CODE.")
            ((one, (patient_id,)),) = found.items()
            answer = self._answer(one, patient_id, condition, as_of)
        except (people.NotFound, definitions.UnknownCondition) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(answer, indent=2, default=str))

    def _answer(self, payer, patient_id, condition, as_of):
        with context.acting_as(context.worker_for(payer.pk)):
            row = Member.objects.select_related("patient").get(payer=payer, patient=patient_id)
            asked = {"as_of": as_of, "payer_id": payer.pk, "patient_id": patient_id}
            with connection.cursor() as cursor:
                told = explain(cursor, condition=condition, **asked) if condition else listed(cursor, **asked)
            detail = {"condition": condition or "all", "as_of": as_of.isoformat()}
            audit.record(event="conditions.explained", by=None, target=row, detail=detail)
        names = {"payer": payer.code, "member_id": row.id_now, "patient_id": str(row.patient.public_id)}
        return names | (told if condition else {"as_of": as_of, "conditions": told})
