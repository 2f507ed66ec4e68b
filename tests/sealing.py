"""Sealing on a server that tests share."""

from django.db import connection

from carecoord.kernel.audit import seals
from carecoord.kernel.tenancy import context


def sealed():
    """Seals what was written before, although other tests hold transactions open on the same server, minutes long.

    The trail counts on as after a restore on another cluster: from beyond those, which are in other databases.
    """
    with context.logged_in("owner"), connection.cursor() as cursor:
        cursor.execute(
            "select pg_snapshot_xmax(now)::text::bigint - pg_snapshot_xmin(now)::text::bigint + app.transactions_before()"
            " from pg_current_snapshot() now"
        )
        cursor.execute(
            "create or replace function app.transactions_before() returns bigint language sql immutable"
            f" as 'select {cursor.fetchone()[0]}::bigint'"
        )
    return seals.seal()
