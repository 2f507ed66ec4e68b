"""Sealing on a server that tests share."""

import time

from django.db import connection

from carecoord.kernel.audit import seals
from carecoord.kernel.tenancy import context


def sealed():
    """Seals once every transaction that is open now is over: other tests hold theirs on the same server."""
    with context.logged_in("owner"), connection.cursor() as cursor:
        cursor.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (reached,) = cursor.fetchone()
        for _ in range(600):
            cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] >= reached:
                break
            time.sleep(0.5)
    return seals.seal()
