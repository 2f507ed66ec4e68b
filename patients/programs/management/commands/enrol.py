"""manage.py enrol PROGRAM --as-of DATE [--payer CODE] [--dry-run]"""

import json
from collections import Counter
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.programs import actions, queries
from patients.programs.models import Program


class Command(BaseCommand):
    help = "Decides a programme for every member of the payers that take part, and prints how many were excluded for which reason."

    def add_arguments(self, parser):
        parser.add_argument("program", metavar="PROGRAM", help="Code of the programme, or of its definition.")
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, help="The day, as YYYY-MM-DD.")
        parser.add_argument("--payer", action="append", default=[], metavar="CODE", help="Only this payer; repeatable.")
        parser.add_argument("--dry-run", action="store_true", help="Decide and count; change nothing.")

    def handle(self, *, program, as_of, payer, dry_run, **options):
        asked = {"as_of": as_of, "dry_run": dry_run, "by": None}
        total, by_payer, refused = Counter(), {}, {}
        try:
            found = queries.find(program)
        except Program.DoesNotExist as error:
            raise CommandError(str(error)) from None
        payers = queries.joined_payers(program=found, payer_codes=payer)
        if unknown := set(payer) - {one.code for one in payers}:
            raise CommandError(f"No client of {', '.join(sorted(unknown))} has joined {found.code}.")
        for one in payers:
            try:
                with context.acting_as(context.worker_for(one.pk)):
                    run = actions.enrol(program=found, payer=one, **asked)
            except actions.CannotEnrol as error:
                refused[one.code] = str(error)
                continue
            by_payer[one.code] = run.counts
            total.update(run.counts)
        if refused and not by_payer:
            raise CommandError(" ".join(refused.values()))
        report = {
            "program": found.code,
            "as_of": as_of.isoformat(),
            "dry_run": dry_run,
            "members": sum(total.values()),
            "enrolled": total.pop("enrolled", 0),
            "excluded": dict(total),
            "payers": by_payer,
        }
        if not dry_run:
            jobs.drain()  # the flags that follow
        self.stdout.write(json.dumps(report | ({"refused": refused} if refused else {}), indent=2))
