"""`manage.py register_webhook`: tells a client's deliveries to an address, also for a sandbox, which no PBM sees."""

import json

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from carecoord.kernel.accounts.models import ApiClient
from carecoord.kernel.tenancy.context import Scope, acting_as, logged_in
from carecoord.kernel.webhooks import targets
from carecoord.kernel.webhooks.actions import endpoints, hosts
from carecoord.kernel.webhooks.models import AllowedHost
from patients.claims import notices


class Command(BaseCommand):
    help = "Register an address that is told what becomes of a client's deliveries, and print its secret as JSON, once."

    def add_arguments(self, parser):
        parser.add_argument("--client", required=True, help="a client id, as register_client prints it")
        parser.add_argument(
            "--allow-host",
            action="store_true",
            help="also put the address's host and port on the list of allowed hosts",
        )
        parser.add_argument(
            "--type",
            action="append",
            default=[],
            choices=list(notices.TYPES),
            dest="types",
            help="what it is told of, once for each; everything when absent",
        )
        parser.add_argument("--note", default="", help="such as whom to call when it fails")
        parser.add_argument("url", help="such as https://hooks.example.com/carecoord")

    def handle(self, *, client, url, allow_host, types, note, **options):
        with logged_in("pbm"):
            found = ApiClient.objects.select_related("organisation").filter(client_id=client).first()
        if found is None:
            raise CommandError(f"There is no client {client}.")
        with acting_as(Scope(role="pbm", payer_ids=(found.organisation_id,))):
            try:
                with transaction.atomic():
                    if allow_host:
                        _allow(found.organisation, targets.parse(url), note)
                    endpoint, secret = endpoints.register(client=found, url=url, types=set(types), note=note, by=None)
            except (targets.BadTarget, hosts.CannotAllow, endpoints.CannotRegister) as refusal:
                raise CommandError(str(refusal)) from refusal
        told = {
            "endpoint": str(endpoint.public_id),
            "payer": found.organisation.code,
            "url": url,
            "types": endpoint.types,
        }
        told["secret"] = secret
        self.stdout.write(json.dumps(told, indent=2))


def _allow(payer, target, note):
    if not AllowedHost.objects.filter(payer=payer, host=target.host, port=target.port).exists():
        hosts.allow(payer=payer, host=target.host, port=target.port, note=note, by=None)
