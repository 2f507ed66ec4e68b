"""The second wall: grants, row-level security and audit triggers, made from what the models declare.

`sync` runs after every migrate, as the owner, in one transaction, and is idempotent: what the models say is what stands
in the catalogue, and a table that nobody declared is a table that nobody but the owner can reach.
"""

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction

from .context import ROLES

PREFIX = "carecoord_"
OWNER = f"{PREFIX}owner"

_FUNCTIONS = """
create schema if not exists app;
revoke all on schema app from public;
grant usage on schema app to {roles};
create or replace function app.user_id() returns bigint language sql stable parallel safe
    return nullif(current_setting('app.user_id', true), '')::bigint;
create or replace function app.organisation_id() returns bigint language sql stable parallel safe
    return nullif(current_setting('app.organisation_id', true), '')::bigint;
create or replace function app.payer_ids() returns bigint[] language sql stable parallel safe
    return coalesce(nullif(current_setting('app.payer_ids', true), ''), '{{}}')::bigint[];
create or replace function app.sees_substance_use() returns boolean language sql stable parallel safe
    return coalesce(current_setting('app.sees_substance_use', true), '') = 'yes';
drop function if exists app.analyze(text[]);
create or replace function app.analyze(tables text[], columns text[] default '{{}}') returns void language plpgsql
    security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
    one text;
    named text := (select '(' || string_agg(quote_ident(name), ', ') || ')' from unnest(columns) name);
begin
    -- Only an owner may; after a big load the planner must not wait for the autovacuum's next round. Statistics are locked
    -- until their transaction ends: whoever finds another at them (a long load) goes on without.
    foreach one in array tables loop
        begin
            execute format('analyze public.%I', one) || coalesce(named, '');
        exception when lock_not_available then
            raise log 'statistics of % are being made by another transaction', one;
        end;
    end loop;
end $$;
create or replace function app.only_own() returns trigger language plpgsql as $$
begin
    -- A visitor signs in, or resets a password by the link in an e-mail, as the portal's role and nobody yet.
    if current_user <> '{owner}' and app.user_id() is distinct from old.id
       and not (current_user = '{portal}' and app.user_id() is null) then
        raise insufficient_privilege using message = 'that is for the person alone to change';
    end if;
    return new;
end $$;
revoke all on function app.analyze(text[], text[]) from public;
grant execute on all functions in schema app to {roles};
"""


def sync(using="owner"):
    """Makes the catalogue agree with the models. Raises what PostgreSQL raises; nothing is half done."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        roles = ", ".join(PREFIX + role for role in ROLES)
        present = set(connections[using].introspection.table_names(cursor))
        cursor.execute("select pg_advisory_xact_lock(hashtext('carecoord.walls'))")
        # A grant writes a table's line of the catalogue, for which an ANALYZE then waits with its lock on the table: all
        # tables are locked before the first grant, or the two would wait for each other.
        cursor.execute(f"lock table {', '.join(sorted(present))} in access exclusive mode" if present else "select 1")
        cursor.execute(_FUNCTIONS.format(roles=roles, owner=OWNER, portal=f"{PREFIX}portal"))
        cursor.execute(f"revoke all on all tables in schema public from {roles}")
        cursor.execute(f"grant usage on schema public to {roles}")
        for model in apps.get_models(include_auto_created=True):
            if model._meta.db_table in present and model._meta.managed and not model._meta.proxy:
                for statement in statements(model):
                    cursor.execute(statement)
        for role, verbs in settings.OPEN_TABLES["django_migrations"].items():  # a table without a model
            cursor.execute(f"grant {verbs} on django_migrations to {PREFIX}{role}")
        cursor.execute(f"grant usage on all sequences in schema public to {roles}")


def tear_down(using="owner"):
    """Drops every table and function, as the owner: for a demo that starts over. `migrate` makes them anew."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("drop schema if exists app cascade")
        cursor.execute("drop schema public cascade")
        cursor.execute("create schema public")


def statements(model):
    """The wall of one table."""
    table = model._meta.db_table
    if getattr(model, "walls", None) is None:
        grants = getattr(model, "grants", None) or settings.OPEN_TABLES.get(table, {})
        yield from (f"grant {verbs} on {table} to {PREFIX}{role}" for role, verbs in grants.items())
        yield from _own_rows(table, grants)
        yield from _own_columns(table, getattr(model, "only_own", ()))
        return
    yield f"alter table {table} enable row level security, force row level security"
    for role in ROLES:
        yield f"drop policy if exists {role} on {table}"
        yield f"drop policy if exists {role}_change on {table}"
        yield f"drop policy if exists {role}_insert on {table}"
    yield f"drop policy if exists owner on {table}"
    yield f"create policy owner on {table} to {OWNER} using (true)"  # FORCE binds the owner too, so it needs one
    for role, rights in model.walls.items():
        yield f"grant {rights.verbs} on {table} to {PREFIX}{role}"
        check = f" with check ({rights.check.sql(table)})" if rights.check else ""
        yield f"create policy {role} on {table} to {PREFIX}{role} using ({rights.rule.sql(table)}){check}"
        if rights.change:  # restrictive: it takes away from what the policy above lets through
            yield (
                f"create policy {role}_change on {table} as restrictive for update to {PREFIX}{role} "
                f"using ({rights.change.sql(table)}) with check (true)"
            )
        if rights.insert:
            yield (
                f"create policy {role}_insert on {table} as restrictive for insert to {PREFIX}{role} "
                f"with check ({rights.insert.sql(table)})"
            )


def _own_rows(table, grants):
    """settings.OWN_ROWS: rows of sign-in tables that a signed-in person reaches only where they are their own.

    What remains: the portal's role without a person is the visitor's, and sees all of them, since somebody's second factor is
    asked for before anybody is signed in, and a PIN while the screen is locked. With a person it sees that person's, as the
    other roles always do.
    """
    if table not in settings.OWN_ROWS:
        return
    yield f"alter table {table} enable row level security, force row level security"
    yield f"drop policy if exists owner on {table}"
    yield f"create policy owner on {table} to {OWNER} using (true)"
    for role in grants:
        own = f"{settings.OWN_ROWS[table]} = (select app.user_id())"
        visitor = " or (select app.user_id()) is null" if role == "portal" else ""
        yield f"drop policy if exists {role} on {table}"
        yield f"create policy {role} on {table} to {PREFIX}{role} using ({own}{visitor})"


def _own_columns(table, columns):
    """`only_own` of a model of people: what each changes for themselves alone."""
    if columns:
        changed = " or ".join(f"old.{column} is distinct from new.{column}" for column in columns)
        yield (
            f"create or replace trigger only_own before update on {table} for each row when ({changed}) "
            "execute function app.only_own()"
        )
