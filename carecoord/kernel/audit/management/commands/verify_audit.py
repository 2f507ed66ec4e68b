"""manage.py verify_audit: is the trail what it was when it was sealed?"""

import json
from dataclasses import asdict

from django.core.management.base import BaseCommand

from carecoord.kernel.audit import seals


class Command(BaseCommand):
    help = (
        "Computes the hash chain over the audit trail again and compares it with the seals and with the signed heads outside "
        "the database. Prints the verdict as JSON; exit code 1 if anything was edited, deleted, reordered, inserted or cut off."
    )

    def handle(self, **options):
        verdict = seals.verify()
        waited = {"unsealed_minutes": round(seals.age_of(verdict).total_seconds() / 60, 1)}
        self.stdout.write(json.dumps(asdict(verdict) | waited, indent=2, default=str))
        if verdict.problems:
            raise SystemExit(1)
