"""The first pharmacy claims of all: what can wait until they are all there is done once, at the end of the same transaction.

Making an index of many rows costs less than finding a place in it for each, and folding once less than with every chunk. The
price: whoever else asks for these tables, which hold nothing yet, waits until the load is committed. So it happens only when
somebody asks for it (`load_feed --backfill`), and only while no payer has a pharmacy claim.
"""

from django.db import connection

from . import facts
from .models import PharmacyEvent

KEPT = ("unsettled", "changed")
"""Temporary tables that each chunk makes anew, and that the end needs of all chunks."""

KEEP = {
    True: "create temporary table kept_{name} on commit drop as select * from {name}",
    False: "insert into kept_{name} select * from {name}",
}


class Backfill:
    """Of one load. `is_wanted`: without it, nothing is taken. `floor`: the ids of what was taken lie above it."""

    def __init__(self, *, is_wanted):
        self.table, self.floor, self._may = None, None, is_wanted

    def takes(self, table):
        """Whether the rows of this kind are put by, to be settled by `finish`. Empties the way for the first of them."""
        if not self._may or table.model is not PharmacyEvent:
            return False
        if self.table is None:
            self._may = all(_call("drop_indexes", name) for name in (table.name, *facts.FACTS[table.model]))
            self.table = table if self._may else None
        return self._may

    def keep(self, floor):
        """Puts by what the chunk left: events.insert was called, and `floor` is what it returned."""
        with connection.cursor() as cursor:
            for name in KEPT:
                cursor.execute(KEEP[self.floor is None].format(name=name))
        self.floor = floor if self.floor is None else self.floor

    def lay_out(self):
        """Makes the indexes of the events, and `unsettled` and `changed` those of all chunks."""
        _call("make_indexes", self.table.name)
        with connection.cursor() as cursor:
            for name in KEPT:
                cursor.execute(f"drop table if exists pg_temp.{name}")
                cursor.execute(f"alter table kept_{name} rename to {name}")

    def close(self):
        """Makes the indexes of the facts."""
        for name in facts.FACTS[self.table.model]:
            _call("make_indexes", name)


def _call(function, table):
    with connection.cursor() as cursor:
        cursor.execute(f"select app.{function}(%s)", [table])
        return cursor.fetchone()[0]
