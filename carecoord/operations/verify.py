"""Whether a restored database is what it was: every row, every wall, every audit trigger, every log-in."""

import psycopg
from django.apps import apps
from django.conf import settings

from carecoord.kernel.audit.trail import TRAIL
from carecoord.kernel.tenancy.context import ROLES
from patients.models import Patient

from . import manifest as manifests
from .admin import CannotOperate


def rows(connection, stated):
    """Raises CannotOperate unless every table has as many rows as the back-up says."""
    found = manifests.rows_of_every_table(connection)
    faults = [
        f"{table} has {found.get(table)} rows, not {stated.get(table)}"
        for table in sorted(found.keys() | stated.keys())
        if found.get(table) != stated.get(table)
    ]
    if faults:
        raise CannotOperate(f"The restored database differs from the back-up: {'; '.join(faults[:5])}.")


def walls_and_trail(connection):
    """Raises CannotOperate unless row-level security is forced and every audit trigger stands, as the models say."""
    secured, policies, triggers = _catalogue(connection)
    faults = [f"{table} has no forced row-level security" for table in settings.OWN_ROWS if not secured.get(table)]
    for model in apps.get_models():
        table = model._meta.db_table
        if table not in secured:
            continue  # of a newer CareCoord than the back-up
        if getattr(model, "walls", None) is not None:
            if not secured[table]:
                faults.append(f"{table} has no forced row-level security")
            faults += [
                f"{table} has no policy for {role}" for role in ("owner", *model.walls) if (table, role) not in policies
            ]
        if getattr(model, "audit", None) is not None:
            faults += [
                f"{table} has no trigger audit_{verb}"
                for verb in ("insert", "update", "delete")
                if (table, f"audit_{verb}") not in triggers
            ]
    if (TRAIL, "append_only") not in triggers:
        faults.append("the audit trail can be changed")
    if faults:
        raise CannotOperate(f"The restored database is not guarded: {'; '.join(faults[:5])}.")


def _catalogue(connection):
    """table -> whether row-level security is on and forced; {(table, policy)}; {(table, trigger)} of those that fire."""
    tables = connection.execute(
        "select relname, relrowsecurity and relforcerowsecurity from pg_class "
        "where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
    )
    secured = dict(tables.fetchall())
    policies = connection.execute("select tablename, policyname from pg_policies where schemaname = 'public'")
    triggers = connection.execute(
        "select tgrelid::regclass::text, tgname from pg_trigger where tgenabled in ('O', 'A')"
    )
    return secured, set(policies.fetchall()), set(triggers.fetchall())


def log_ins(admin):
    """Raises CannotOperate unless every role logs in, sees nobody's patients by itself, and cannot touch the trail."""
    for role in ROLES:
        who = settings.DATABASES[role]
        try:
            with psycopg.connect(
                admin.address(user=who["USER"]), password=who["PASSWORD"], autocommit=True
            ) as connection:
                _tries(connection, role)
        except psycopg.OperationalError as error:
            raise CannotOperate(f"The role {role} cannot log in to the restored database: {error}") from error


def _tries(connection, role):
    try:
        shown = connection.execute(f"select count(*) from {Patient._meta.db_table}").fetchone()[0]  # noqa: S608
    except psycopg.errors.InsufficientPrivilege:
        shown = 0
    if shown:
        raise CannotOperate(
            f"The role {role} sees {shown} patients without saying for whom: row-level security is off."
        )
    try:
        connection.execute(f"delete from {TRAIL}")  # noqa: S608
    except psycopg.errors.InsufficientPrivilege:
        return
    raise CannotOperate(f"The role {role} can remove lines of the audit trail.")
