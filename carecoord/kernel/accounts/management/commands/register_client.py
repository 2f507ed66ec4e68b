"""`manage.py register_client`: lets a payer's system send feeds; prints its client id. Or replaces its keys."""

import json
from argparse import BooleanOptionalAction
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carecoord.kernel.accounts.actions import CannotRegister, let_read_results, register_client, replace_keys
from carecoord.kernel.accounts.models import ApiClient, Organisation
from carecoord.kernel.tenancy.context import Scope, acting_as


class Command(BaseCommand):
    help = "Register a feed client of a payer with its public keys (a JWK set), and print the client id as JSON."

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--payer", help="the payer's code; made when it is new")
        which.add_argument("--client", help="a client id: its keys are replaced by those of the file")
        parser.add_argument("--name", default="", help="what people call the system")
        parser.add_argument(
            "--sandbox",
            action="store_true",
            help="a new payer is one for trying: its feeds are loaded, nobody works with them",
        )
        parser.add_argument(
            "--pbm",
            default="",
            help="the code of the PBM whose administrators look after a sandbox; the only one there is",
        )
        parser.add_argument(
            "--results",
            action=BooleanOptionalAction,
            help="whether it may also ask what measures say of the payer's members; a new client may not",
        )
        parser.add_argument("jwks", type=Path, help="a file with the public keys as a JWK set")

    def handle(self, *, jwks, payer="", client="", name="", sandbox=False, pbm="", results=None, **options):
        try:
            keys = json.loads(jwks.read_text())
        except OSError as error:
            raise CommandError(f"{jwks} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise CommandError(f"{jwks} is not JSON.") from error
        with acting_as(Scope(role="pbm")):
            try:
                found = _with_keys(client, keys) if client else _new(payer, name, keys, sandbox, pbm)
                if results is not None:
                    let_read_results(client=found, may=results, by=None)
            except CannotRegister as error:
                raise CommandError(str(error)) from error
        told = {
            "client_id": found.client_id,
            "payer": found.organisation.code,
            "sandbox": found.organisation.is_sandbox,
            "sandbox_of": found.organisation.sandbox_of.code if found.organisation.sandbox_of else None,
            "keys": [key["kid"] for key in found.public_jwks["keys"]],
            "token_address": "/api/v1/token",
            "algorithms": ["RS384", "ES384"],
            "may_read_results": found.may_read_results,
        }
        self.stdout.write(json.dumps(told, indent=2))


def _new(payer, name, keys, is_sandbox, pbm):
    organisation, _ = Organisation.objects.get_or_create(
        kind=Organisation.Kind.PAYER, code=payer, defaults={"name": payer, "is_sandbox": is_sandbox}
    )
    if organisation.is_sandbox and (pbm or organisation.sandbox_of is None):
        organisation.sandbox_of = _pbm(pbm)
        organisation.save(update_fields=["sandbox_of"])
    if is_sandbox and not organisation.is_sandbox:
        raise CannotRegister(f"{payer} is there already, and no sandbox: a sandbox needs a code of its own.")
    return register_client(payer=organisation, name=name, jwks=keys, by=None)


def _pbm(code):
    """The PBM of this code, or the only one there is; None before there is one. Raises CannotRegister."""
    found = Organisation.objects.filter(kind=Organisation.Kind.PBM, **({"code": code} if code else {}))
    if code and not found:
        raise CannotRegister(f"There is no PBM {code}.")
    if len(found) > 1:
        raise CannotRegister(f"Say with --pbm who looks after the sandbox: {', '.join(one.code for one in found)}.")
    return found[0] if found else None


def _with_keys(client_id, keys):
    client = ApiClient.objects.select_related("organisation__sandbox_of").filter(client_id=client_id).first()
    if client is None:
        raise CannotRegister(f"There is no client {client_id}.")
    return replace_keys(client=client, jwks=keys, by=None)
