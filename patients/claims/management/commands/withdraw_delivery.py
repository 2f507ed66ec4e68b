"""manage.py withdraw_delivery ID --reason "...": takes a delivery back, and folds again what it had told."""

import json
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import actions, queries
from patients.claims.models import Delivery


class Command(BaseCommand):
    help = "Withdraws a loaded delivery: its lines leave the claims as if they had never come."

    def add_arguments(self, parser):
        parser.add_argument("id", help="The delivery's id, as load_feed printed it.")
        parser.add_argument("--reason", required=True)

    def handle(self, *, id, reason, **options):
        with find(id) as delivery:
            try:
                actions.withdraw(delivery=delivery, reason=reason, by=None)
            except actions.CannotWithdraw as refusal:
                raise CommandError(str(refusal))
        jobs.drain()
        with context.acting_as(context.worker_for(delivery.payer_id)):
            self.stdout.write(json.dumps(queries.summary([delivery])["deliveries"][0], indent=2, default=str))


@contextmanager
def find(public_id):
    """The delivery, in a transaction of the worker for its payer. Raises CommandError when there is none."""
    with context.logged_in("worker"):
        payers = list(Organisation.objects.filter(kind=Organisation.Kind.PAYER).values_list("pk", flat=True))
    for payer_id in payers:  # the worker sees one payer at a time
        with context.acting_as(context.worker_for(payer_id)):
            try:
                delivery = Delivery.objects.filter(public_id=public_id).first()
            except ValidationError:
                raise CommandError(f"'{public_id}' is not the id of a delivery.")
            if delivery is not None:
                yield delivery
                return
    raise CommandError(f"There is no delivery {public_id}.")
