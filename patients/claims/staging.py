"""From the reader into a temporary table: COPY in batches, because COPY into a walled table is refused by PostgreSQL.

The stage has the types and checks of the event table, so that whatever the database would refuse it refuses here, line by
line: a batch that fails is halved until the one bad line stands alone, and that line is rejected as `database_refused`.
"""

from dataclasses import dataclass, field

import psycopg
from django.db import connection, transaction

from .formats import Bad
from .models import Reject
from .tables import NULL, ONLY_STAGED

BATCH_LINES = 5_000
REJECT_BATCH = 1_000
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


@dataclass
class Staged:
    """What the reading came to. `lines`: data records. `rejected`: lines with a fault, each once."""

    lines: int = 0
    rejected: int = 0
    refused: list = field(default_factory=list)  # (line number, hash) of lines that the database refused


def create(table):
    """Makes the empty stage for a kind of record; it lives as long as the transaction."""
    texts = [name for name in _columns(table) if name in _text_columns(table)]
    changes = [f"drop column {name}" for name in DERIVED]
    changes += [f"alter column {name} set default ''" for name in texts]
    changes += ["add column seq bigint not null", "alter column record_line set default 1"]
    if table.is_claim:
        changes += [f"add column {name} {type_}" for name, type_ in ONLY_STAGED.items() if name in table.staged]
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.stage")
        cursor.execute(f"create temporary table stage (like {table.name} including constraints) on commit drop")
        cursor.execute(f"alter table stage {', '.join(changes)}")
        cursor.execute(f"alter table stage add column action smallint generated always as ({_action(table)}) stored")


def _columns(table):
    return [f.column for f in table.model._meta.concrete_fields if f.column not in DERIVED]


def _text_columns(table):
    return {f.column for f in table.model._meta.concrete_fields if f.get_internal_type() == "TextField"}


def _action(table):
    """0 a claim (or any other record), 1 a rebill, 2 a reversal: models.events.Action."""
    if not table.is_claim:
        return "0"
    rebill = "when transaction = 'B3' then 1" if "transaction" in table.staged else ""
    return f"case when is_reversal then 2 {rebill} else 0 end"


def fill(feed, table, *, delivery):
    """Reads the feed to its end into the stage, and its bad lines into Reject. Returns Staged.

    Raises FeedRefused when the file turns out to be damaged; then nothing of it may stay.
    """
    sql = (
        f"copy stage (seq, line_number, content_hash, {', '.join(table.staged)}) from stdin "
        f"(format csv, delimiter e'\\t', quote e'\\x01', null '{NULL}', force_not_null ({', '.join(table.texts)}))"
    )
    staged, batch, rejects = Staged(), [], []
    encode, seq = table.encode, 0
    with connection.cursor() as cursor:
        for item in feed:
            if isinstance(item, Bad):
                rejects += _rejects(item, delivery)
                if len(rejects) >= REJECT_BATCH:
                    rejects = _write(rejects)
                continue
            number, row = item
            seq += 1
            try:
                digest, words = encode(row)
                batch.append((number, f"{seq}\t{number}\t{digest}\t{words}\n".encode()))
            except UnicodeEncodeError:
                staged.refused.append(number)
            if len(batch) >= BATCH_LINES:
                _copy(cursor, sql, batch, staged)
                batch = []
        _copy(cursor, sql, batch, staged)
        staged.lines = feed.records
        staged.rejected = feed.rejected + _set_aside(cursor, staged.refused, rejects, delivery)
        cursor.execute("analyze stage")
    return staged


def _copy(cursor, sql, batch, staged):
    """One COPY; halved as long as it fails."""
    if not batch:
        return
    try:
        with transaction.atomic(), cursor.copy(sql) as copy:
            copy.write(b"".join(line for _, line in batch))
    except OF_LINE_FAULT:
        if len(batch) == 1:
            staged.refused.append(batch[0][0])
            return
        middle = len(batch) // 2
        _copy(cursor, sql, batch[:middle], staged)
        _copy(cursor, sql, batch[middle:], staged)


def _set_aside(cursor, refused, rejects, delivery):
    """Lines that the database refused leave the stage whole, even where only one of their spans was at fault."""
    numbers = sorted(set(refused))
    if numbers:
        cursor.execute("delete from stage where line_number = any(%s)", [numbers])
    rejects += [
        _reject(delivery, number, field="line", code="database_refused", message=SAYS, digest="") for number in numbers
    ]
    _write(rejects)
    return len(numbers)


def _rejects(bad, delivery):
    return [
        _reject(delivery, bad.number, field=one.field, code=one.code, message=one.message, digest=bad.digest)
        for one in bad.problems
    ]


def _reject(delivery, number, *, field, code, message, digest):
    return Reject(
        payer_id=delivery.payer_id,
        delivery_id=delivery.pk,
        line_number=number,
        field=field[:60],
        code=code,
        message=message,
        digest=digest,
    )


def _write(rejects):
    Reject.objects.bulk_create(rejects, batch_size=REJECT_BATCH)
    return []
