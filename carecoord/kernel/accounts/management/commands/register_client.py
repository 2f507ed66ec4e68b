"""`manage.py register_client`: lets a payer's system send feeds; prints its client id."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.accounts.actions import CannotRegister, register_client
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy.context import Scope, acting_as


class Command(BaseCommand):
    help = "Register a feed client of a payer with its public keys (a JWK set), and print the client id as JSON."

    def add_arguments(self, parser):
        parser.add_argument("--payer", required=True, help="the payer's code; made when it is new")
        parser.add_argument("--name", default="", help="what people call the system")
        parser.add_argument(
            "--sandbox",
            action="store_true",
            help="a new payer is one for trying: its feeds are loaded, nobody works with them",
        )
        parser.add_argument("jwks", type=Path, help="a file with the public keys as a JWK set")

    def handle(self, *, payer, name, jwks, sandbox, **options):
        try:
            keys = json.loads(jwks.read_text())
        except OSError as error:
            raise CommandError(f"{jwks} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise CommandError(f"{jwks} is not JSON.") from error
        with acting_as(Scope(role="pbm")):
            organisation, _ = Organisation.objects.get_or_create(
                kind=Organisation.Kind.PAYER, code=payer, defaults={"name": payer, "is_sandbox": sandbox}
            )
            if sandbox and not organisation.is_sandbox:
                raise CommandError(f"{payer} is there already, and no sandbox: a sandbox needs a code of its own.")
            try:
                client = register_client(payer=organisation, name=name, jwks=keys, by=None)
            except CannotRegister as error:
                raise CommandError(str(error)) from error
        told = {
            "client_id": client.client_id,
            "payer": payer,
            "sandbox": organisation.is_sandbox,
            "token_address": "/api/v1/token",
            "algorithms": ["RS384", "ES384"],
        }
        self.stdout.write(json.dumps(told, indent=2))
