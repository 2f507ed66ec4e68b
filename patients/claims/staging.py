"""From the reader into temporary tables, one a kind: COPY in batches, because COPY into a walled table is refused by PostgreSQL.

A stage has the types and checks of its event table, so that whatever the database would refuse it refuses here, line by
line: a batch that fails is halved until the one bad line stands alone, and that line is rejected as `database_refused`.
"""

# ruff: noqa: S608 - the parts put together are table and column names of this package, never what a feed says
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
from django.conf import settings
from django.db import connection, transaction

from . import reader, storage
from .encoding import NULL
from .models import Reject
from .tables import ONLY_STAGED, TABLES

REJECT_BATCH = 1_000
CHUNK_ROWS = 50_000
"""Rows that are merged at once, while the reading process is at the next ones."""
FIRST_ROWS = 10_000
"""Rows of the first chunk: nothing can be merged while they are read."""
DERIVED = (
    "id",
    "payer_id",
    "delivery_id",
    "patient_id",
    "is_withdrawn",
    "standing",
    "settled_version",
    "in_conflict",
    "action",
)
OF_LINE_FAULT = (psycopg.DataError, psycopg.IntegrityError)
SAYS = "The database cannot hold this line."
STATISTICS = ("seq", "record_id", "record_line", "content_hash", "member_id")
TOTALS = {
    "pharmacy_claim": ("quantity", "paid_cents"),
    "medical_claim": ("units", "paid_cents"),
    "claim_payment": ("paid_cents",),
}
"""Columns that are added up for each kind, beside the number of rows: what a sender compares with his own control totals."""


@dataclass
class Staged:
    """What the reading came to. `lines`: data records. `rejected`: records with a fault, each once. `totals`: {kind: {"rows": n,
    column: sum}} of what was not rejected; sums of decimals as texts."""

    kind: str = ""
    lines: int = 0
    rejected: int = 0
    notes: dict = field(default_factory=dict)
    drift: dict = field(default_factory=dict)
    totals: dict = field(default_factory=dict)


def chunks(delivery, staged, *, said=None):
    """Reads the delivery's file into stages, and its bad records into Reject. Yields {table: rows} each time the stages hold
    CHUNK_ROWS rows of whole records, and what remains at the end; the stages are made anew after each. Fills `staged`.

    `said(number)` is told how far it is. Raises FeedRefused when the file turns out to be damaged; then nothing may stay.
    """
    stages, rejects, refused, wanted = Stages(), Rejects(delivery), 0, min(FIRST_ROWS, CHUNK_ROWS)
    for item in reader.items(
        format=delivery.format,
        path=storage.path_of(delivery.stored_as),
        name=delivery.file_name,
        max_bytes=settings.FEED_MAX_BYTES,
        today=datetime.now(UTC).date(),
    ):
        if isinstance(item, reader.Rows):
            for kind, lines in item.kinds:
                stages.copy(TABLES[kind], lines)
            stages.refused += item.unwritable
            if said is not None:
                said(item.last)
            if stages.rows >= wanted:
                refused += rejects.refuse(stages.set_aside())
                yield stages.ready(staged.totals)
                wanted = CHUNK_ROWS
        elif isinstance(item, reader.Faults):
            rejects.add(item.faults)
        else:
            refused += rejects.refuse(stages.set_aside())
            rejects.write()
            staged.kind, staged.lines, staged.rejected = item.kind, item.lines, item.rejected + refused
            staged.notes, staged.drift = item.notes, item.drift
            yield stages.ready(staged.totals)


class Stages:
    """The temporary tables of one transaction. `refused`: numbers of records that the database did not take."""

    def __init__(self):
        self.copies, self.rows, self.refused = {}, 0, []

    def copy(self, table, lines):
        with connection.cursor() as cursor:
            if table not in self.copies:
                self.copies[table] = _create(cursor, table)
            self.refused += _copy(cursor, self.copies[table], lines)
        self.rows += lines.count(b"\n")

    def set_aside(self):
        """Records that the database refused leave the stages whole, even where only one of their rows was at fault."""
        numbers, self.refused = sorted(set(self.refused)), []
        if numbers:
            with connection.cursor() as cursor:
                for table in self.copies:
                    cursor.execute(f"delete from {_name(table)} where line_number = any(%s)", [numbers])
        return numbers

    def ready(self, totals):
        """{table: rows} of what is staged, in the order of TABLES; adds to `totals`. Afterwards new stages are made."""
        found = {}
        with connection.cursor() as cursor:
            for table in sorted(self.copies, key=list(TABLES.values()).index):
                cursor.execute(f"analyze {_name(table)} ({', '.join(STATISTICS)})")
                rows, sums = _totals(cursor, table)
                if rows:
                    found[table] = rows
                    _add(totals.setdefault(table.kind, {"rows": 0}), rows, sums)
        self.copies, self.rows = {}, 0
        return found


class Rejects:
    """Rejected records on their way into the table of rejects."""

    def __init__(self, delivery):
        self.delivery, self.waiting = delivery, []

    def add(self, faults):
        """(number, field, code, message, digest) each."""
        self.waiting += [_reject(self.delivery, *fault) for fault in faults]
        if len(self.waiting) >= REJECT_BATCH:
            self.write()

    def refuse(self, numbers):
        """Records that the database refused. Returns how many."""
        self.add([(number, "line", "database_refused", SAYS, "") for number in numbers])
        return len(numbers)

    def write(self):
        Reject.objects.bulk_create(self.waiting, batch_size=REJECT_BATCH)
        self.waiting = []


def take(table):
    """Makes a kind's stage the one that is called `stage`, in place of the one before."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.stage")
        cursor.execute(f"alter table pg_temp.{_name(table)} rename to stage")


def _name(table):
    return f"stage_{table.kind}"


def _create(cursor, table):
    """Makes the empty stage of a kind, which lives as long as the transaction; returns the COPY that fills it.

    `seq` and `action` come first: what is asked of every row is quickest to read at its beginning.
    """
    name = _name(table)
    texts = [column for column in _columns(table) if column in _text_columns(table)]
    changes = [f"drop column {column}" for column in DERIVED]
    changes += [f"alter column {column} set default ''" for column in texts]
    changes += ["alter column record_line set default 1"]
    first = ["seq bigint not null", f"acts smallint generated always as ({_action(table)}) stored"]
    first += [f"{column} {type_}" for column, type_ in ONLY_STAGED.items() if column in table.staged]
    cursor.execute(f"drop table if exists pg_temp.{name}")
    cursor.execute(
        f"create temporary table {name} ({', '.join(first)}, like {table.name} including constraints) on commit drop"
    )
    cursor.execute(f"alter table {name} {', '.join(changes)}")
    cursor.execute(f"alter table {name} rename column acts to action")
    return (
        f"copy {name} (seq, line_number, content_hash, {', '.join(table.staged)}) from stdin "
        f"(format csv, delimiter e'\\t', quote e'\\x01', null '{NULL}', force_not_null ({', '.join(table.texts)}))"
    )


def _columns(table):
    return [f.column for f in table.model._meta.concrete_fields if f.column not in DERIVED]


def _text_columns(table):
    return {f.column for f in table.model._meta.concrete_fields if f.get_internal_type() == "TextField"}


def _action(table):
    """0 a claim (or any other record), 1 a rebill, 2 a reversal: models.events.Action."""
    if "is_reversal" not in table.staged:
        return "0"
    rebill = "when transaction = 'B3' then 1" if "transaction" in table.staged else ""
    return f"case when is_reversal then 2 {rebill} else 0 end"


def _copy(cursor, sql, lines):
    """One COPY; halved as long as it fails. Returns the numbers of the records that the database refused."""
    if not lines:
        return []
    try:
        with transaction.atomic(), cursor.copy(sql) as copy:
            copy.write(lines)
    except OF_LINE_FAULT:
        single = lines.splitlines(keepends=True)
        if len(single) == 1:
            return [_last_number(lines)]
        middle = len(single) // 2
        return _copy(cursor, sql, b"".join(single[:middle])) + _copy(cursor, sql, b"".join(single[middle:]))
    return []


def _last_number(lines):
    """The number of the record of the last line."""
    return int(lines[lines.rfind(b"\n", 0, -1) + 1 :].split(b"\t", 2)[1])


def _totals(cursor, table):
    """(rows, {column: sum}) of a stage."""
    sums = TOTALS.get(table.kind, ())
    cursor.execute(f"select {', '.join(['count(*)', *(f'sum({name})' for name in sums)])} from {_name(table)}")
    rows, *found = cursor.fetchone()
    return rows, dict(zip(sums, found, strict=True))


def _add(told, rows, sums):
    told["rows"] += rows
    for name, value in sums.items():
        if value is not None:
            told[name] = str(Decimal(told.get(name, 0)) + value)


def _reject(delivery, number, field, code, message, digest):
    return Reject(
        payer_id=delivery.payer_id,
        delivery_id=delivery.pk,
        line_number=number,
        field=field[:60],
        code=code,
        message=message,
        digest=digest,
    )
