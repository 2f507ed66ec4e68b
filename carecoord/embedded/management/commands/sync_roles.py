"""`manage.py sync_roles`: the log-in roles on the server that DATABASE_URL names. Safe to repeat."""

import os

import environ
import psycopg
from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from carecoord.embedded.roles import ROLES, ensure_roles, let_the_owner_build


class Command(BaseCommand):
    help = (
        "Make the database roles (owner, portal, pbm, api, worker, auditor) with their passwords, and the database, on the "
        "server that DATABASE_URL names; its user must be allowed to create roles. `serve` does it by itself."
    )
    requires_system_checks = []

    def handle(self, **options):
        if not settings.DATABASE_URL:
            raise CommandError("DATABASE_URL is not set: the embedded server makes its roles by itself.")
        passwords = {role: settings.DATABASES[role.removeprefix("carecoord_")]["PASSWORD"] for role in ROLES}
        testing = os.environ.get("CARECOORD_TESTING") == "1"
        database = settings.SERVER["NAME"]
        try:
            with self.connect("postgres") as connection:
                ensure_roles(connection, passwords, testing=testing, database=database)
            with self.connect(database) as connection:
                let_the_owner_build(connection)
        except psycopg.errors.InsufficientPrivilege as error:
            raise CommandError(
                f"The user of DATABASE_URL may not do this ({error.diag.message_primary}). Give it CREATEROLE and CREATEDB, or run "
                "sync_roles once with an administrator's DATABASE_URL."
            ) from error
        except psycopg.OperationalError as error:
            raise CommandError(f"The server of DATABASE_URL does not answer as hoped: {error}") from error
        self.stdout.write(f"The roles of {database} are as they should be.")

    def connect(self, database):
        """As the user that DATABASE_URL names, who is not one of ours."""
        url = environ.Env().db_url("DATABASE_URL")
        given = {"user": url["USER"], "password": url["PASSWORD"], "host": url["HOST"], "port": url["PORT"]}
        return psycopg.connect(dbname=database, autocommit=True, **{k: v for k, v in given.items() if v})
