"""After a transactional test its rows are taken out again.

Django truncates all tables, which makes and removes a thousand files and then writes permissions anew; most tests leave a few
rows in some tables, and deleting those takes a tenth of the time.
"""

from django.core.management.commands import flush
from django.db import connections, transaction

STAYS = ("django_migrations", "django_content_type", "auth_permission")
"""What `migrate` wrote and no test alters."""
MUCH = 4_000_000
"""Bytes of one table; from there on emptying it whole is quicker than deleting row by row."""
OF_SOME_SIZE = """
select relname, pg_relation_size(pg_class.oid) from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> all (%s) and pg_relation_size(pg_class.oid) > 0
"""


def instead_of_flush(operations):
    """From here on `flush` on the connection of these operations, the owner's, empties what has rows and signals nothing."""
    operations.execute_sql_flush = lambda sql: empty()
    flush.emit_post_migrate_signal = lambda *arguments: None


def empty():
    """Every table but STAYS, as the owner. Guards of single tables, the audit trail's among them, step aside for that alone."""
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute(OF_SOME_SIZE, [list(STAYS)])
        sizes = dict(cursor.fetchall())
        if not sizes:
            return
        cursor.execute(" union all ".join(f"select '{name}' where exists (select from {name})" for name in sizes))
        occupied = [name for (name,) in cursor.fetchall()]
        if any(sizes[name] > MUCH for name in occupied):
            _truncate(cursor)
        elif occupied:
            _delete(cursor, occupied)


def _delete(cursor, tables):
    """One statement: a foreign key looks at its end, when the rows on both sides are gone."""
    guards = "; ".join(f"alter table {name} {{0}} trigger user" for name in tables)
    deletions = ", ".join(f"from_{name} as (delete from {name})" for name in tables)
    cursor.execute(
        f"{guards.format('disable')}; with {deletions} select; set constraints all immediate; {guards.format('enable')}"
    )


def _truncate(cursor):
    guard = "alter table audit_auditevent {0} trigger append_only; alter table audit_seal {0} trigger append_only"
    cursor.execute(
        "select string_agg(relname, ', ') from pg_class "
        "where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> all (%s)",
        [list(STAYS)],
    )
    (tables,) = cursor.fetchone()
    cursor.execute(f"{guard.format('disable')}; truncate {tables}; {guard.format('enable')}")
