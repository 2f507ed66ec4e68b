"""manage.py score_risk [--payer CODE ...] [--as-of DATE]"""

import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.tenancy import context
from patients.measures import people
from patients.measures.queries import judged_on
from patients.risk import actions


class Command(BaseCommand):
    help = "Scores a payer's members anew, after evaluate_measures for the same day; prints how many scores changed, as JSON."

    def add_arguments(self, parser):
        parser.add_argument("--payer", action="append", default=[], metavar="CODE", help="All payers when not given.")
        parser.add_argument("--as-of", type=date.fromisoformat, help="The day; that of automatic runs when not given.")

    def handle(self, *, payer, as_of, **options):
        try:
            payers = people.payers(payer)
        except people.NotFound as error:
            raise CommandError(str(error)) from None
        answer = {}
        for one in payers:
            with context.acting_as(context.worker_for(one.pk)):
                day = as_of or judged_on(payer=one)
                answer[one.code] = {"as_of": day.isoformat(), "changed": actions.evaluate(payer=one, as_of=day)}
        self.stdout.write(json.dumps(answer, indent=2))
