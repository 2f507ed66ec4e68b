"""manage.py try_delivery_again ID: one more try, here and now, for a delivery whose load or withdrawal failed."""

import json
import logging

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import actions, queries

from .withdraw_delivery import find

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Tries a delivery again whose load or withdrawal failed, and prints what became of it."

    def add_arguments(self, parser):
        parser.add_argument("id", help="The delivery's id, as load_feed printed it.")

    def handle(self, *, id, **options):
        with find(id) as delivery:
            payer_id, is_waiting = (
                delivery.payer_id,
                delivery.state in (delivery.State.RECEIVED, delivery.State.LOADING),
            )
            if not is_waiting:
                try:
                    actions.try_again(delivery=delivery, by=None)
                except actions.CannotTryAgain as refusal:
                    raise CommandError(str(refusal))
        try:
            jobs.work_on(subject_id=delivery.pk, topics=("delivery.received", "delivery.withdrawn"))
            jobs.drain()
        except Exception as fault:
            log.exception("delivery %s failed again", id)
            raise CommandError(f"It failed again: {jobs.fault_of(fault)}.")
        with context.acting_as(context.worker_for(payer_id)):
            self.stdout.write(json.dumps(queries.summary([delivery])["deliveries"][0], indent=2, default=str))
