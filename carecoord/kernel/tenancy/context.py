"""Whose rows this transaction may see: a scope, told to PostgreSQL for one transaction and forgotten with it."""

import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import connection, connections, transaction

ROLES = ("portal", "pbm", "api", "worker", "auditor")
"""The log-in roles of the application. `owner` stands apart: it migrates, and nothing else."""

_scope = ContextVar("scope", default=None)
_role = ContextVar("role", default="portal")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Who asks: a log-in role, a person (none for a worker), their organisation, and the payers that it serves.

    `sees_substance_use`: rows labelled as substance use are theirs to see, too.
    """

    role: str
    user_id: int | None = None
    organisation_id: int | None = None
    payer_ids: tuple[int, ...] = ()
    sees_substance_use: bool = False

    @property
    def settings(self):
        """What PostgreSQL is told, setting by setting; `app.*` in kernel/tenancy/walls.py reads it back."""
        return {
            "app.user_id": str(self.user_id or ""),
            "app.organisation_id": str(self.organisation_id or ""),
            "app.payer_ids": "{" + ",".join(map(str, sorted(self.payer_ids))) + "}",
            "app.sees_substance_use": "yes" if self.sees_substance_use else "",
        }


class NoContext(Exception):
    """Tenant rows were asked for, and nobody said for whom."""


def current_scope():
    """The scope of this transaction, or None."""
    return _scope.get()


@contextmanager
def logged_in(role):
    """Inside, the `default` alias *is* this role's connection. A real log-in from its own pool, never SET ROLE."""
    if role == _role.get():
        yield
        return
    if connection.in_atomic_block:
        raise NoContext("A log-in changes only outside a transaction.")
    outer, token = connections["default"], _role.set(role)
    connections["default"] = connections[role]
    try:
        yield
    finally:
        connections["default"] = outer
        connections[role].close_if_unusable_or_obsolete()
        _role.reset(token)


@contextmanager
def acting_as(scope):
    """Runs the block in a transaction that sees the rows of `scope`, and nothing else does."""
    if _scope.get() not in (None, scope):
        raise NoContext("The context changes only at the outermost level.")
    with logged_in(scope.role), transaction.atomic():
        with connection.cursor() as cursor:
            told = scope.settings
            calls = ", ".join(["set_config(%s, %s, true)"] * len(told))
            cursor.execute(f"select {calls}", [part for pair in told.items() for part in pair])  # noqa: S608
        token = _scope.set(scope)
        try:
            yield
        finally:
            _scope.reset(token)


def worker_for(*payer_ids):
    """The scope of background work: one payer at a time, except where a report compares them."""
    return Scope(role="worker", payer_ids=tuple(payer_ids))


def refuse_without_context(execute, sql, params, many, context):
    """An execute wrapper: SQL that names a tenant table needs a scope. The owner (migrations) is let through."""
    if _scope.get() is None and _role.get() != "owner" and _tenant_tables().search(str(sql)):
        raise NoContext(f"No context for: {str(sql)[:300]}")
    return execute(sql, params, many, context)


def watch(connection, **_):
    """On `connection_created`: with a pool that is at every request, so the wrapper is put on once."""
    if connection.alias != "owner" and refuse_without_context not in connection.execute_wrappers:
        connection.execute_wrappers.append(refuse_without_context)


@cache
def _tenant_tables():
    tables = [m._meta.db_table for m in apps.get_models() if getattr(m, "walls", None) is not None]
    return re.compile(rf"\b(?:{'|'.join(tables)})\b")


class OnlyTheOwnerMigrates:
    """The database router: no other log-in could, and none should try."""

    def allow_migrate(self, db, app_label, **_):
        return db == "owner"
