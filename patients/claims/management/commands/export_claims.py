"""manage.py export_claims --payer CODE [--kind pharmacy|medical] [--decisions]: claims as they stand after the fold."""

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit import actions as audit
from carecoord.kernel.tenancy import context
from patients.claims import export


class Command(BaseCommand):
    help = "Prints a payer's claim lines as they stand, as CSV, in order of claim id and line."

    def add_arguments(self, parser):
        parser.add_argument("--payer", required=True, help="The payer's code.")
        parser.add_argument("--kind", choices=sorted(export.COLUMNS), default="pharmacy")
        parser.add_argument("--format", choices=["csv"], default="csv")
        parser.add_argument(
            "--decisions", action="store_true", help="Adds who bills, and what remittances say of each line."
        )

    def handle(self, *, payer, kind, decisions, **options):
        if decisions and kind != "medical":
            raise CommandError("Decisions are told of medical claims: add --kind medical.")
        with context.logged_in("worker"):
            organisation = Organisation.objects.filter(kind=Organisation.Kind.PAYER, code=payer).first()
        if organisation is None:
            raise CommandError(f"There is no payer '{payer}'.")
        with context.acting_as(context.worker_for(organisation.pk)):
            count = export.write_claims(payer=organisation, kind=kind, out=self.stdout._out, decisions=decisions)
            audit.record(event="claims.exported", by=None, target=organisation, detail={"kind": kind}, count=count)
