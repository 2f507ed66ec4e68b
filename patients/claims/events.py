"""From the stage into the event tables: what is new goes in, what is known already is noted as a repeat.

Look-ups in the big tables are lateral, with `offset 0`: one index search for each row of the stage, whatever the planner
believes. The payer is asked as `(select ...)`, too: as a constant, a payer that is newer than the statistics counts as one
row, any index that begins with the payer looks as good as the right one, and 200,000 lines are then joined in a square.
"""

from django.db import connection, models

from . import payments
from .identities import PARTED

MANY = 500
"""Rows above which the planner's statistics are worth making anew."""
FILTERED_BY = ("id", "standing", "action")
"""What look-ups in an event table are narrowed by, beside the columns of its indexes."""
FEW = 2
"""Events that act on others are few when there are less than so many for each row of the stage."""
PRIOR = """
create temporary table prior on commit drop as
select s.seq, s.line_number, s.record_id, s.record_line, e.id as event_id, e.content_hash = s.content_hash as is_same
  from stage s
 cross join lateral (
       select id, content_hash from {table} e
        where e.payer_id = (select %(payer)s::bigint) and e.record_id = s.record_id and e.record_line = s.record_line and not e.is_withdrawn
       offset 0) e
"""
SEVERAL = """
create temporary table several on commit drop as
select record_id, record_line from stage group by 1, 2 having count(*) > 1
"""
ALIKE = """
create temporary table alike on commit drop as
select s.seq, s.line_number, s.record_id, s.record_line, s.content_hash,
       row_number() over (partition by s.content_hash order by s.seq) > 1 as is_twin
  from several v join stage s using (record_id, record_line)
"""
KNOWN = f"""
create temporary table known on commit drop as
select i.member_id, coalesce(m.patient_id, p.patient_id) as patient_id
  from (select distinct member_id from stage) i
 cross join lateral (
       select (array_agg(e.patient_id))[1] as patient_id from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.member_id = i.member_id and not e.is_withdrawn offset 0) m
  left join lateral (
       select case when min(e.patient_id) = max(e.patient_id) then min(e.patient_id) end as patient_id
         from claims_eligibilityevent e
        where m.patient_id is null and e.payer_id = (select %(payer)s::bigint) and e.person_id = i.member_id
          and not e.is_withdrawn and e.standing = 'paid' and not exists ({PARTED})
       offset 0) p on true
"""  # noqa: S608 - the part put in is SQL of this package
INSERT = """
insert into {table} (payer_id, delivery_id, patient_id, is_withdrawn, standing, settled_version, in_conflict, {columns})
select %(payer)s, %(delivery)s, k.patient_id, false, case when s.action < 2 then 'paid' else '' end,
       coalesce(s.version, 0), false, {ours}
  from stage s left join known k on k.member_id = s.member_id
 {only_new}
 order by s.record_id, s.record_line, s.seq
"""
IS_NEW = """not exists (select from prior p where p.seq = s.seq and p.is_same)
   and not exists (select from alike t where t.seq = s.seq and t.is_twin)"""
REPEATS = """
insert into claims_repeat (payer_id, delivery_id, kind, event_id, line_number)
select %(payer)s, %(delivery)s, %(kind)s, p.event_id, p.line_number from prior p where p.is_same
 union all
select %(payer)s, %(delivery)s, %(kind)s, e.id, t.line_number
  from alike t
 cross join lateral (
       select id from {table} e
        where e.payer_id = (select %(payer)s::bigint) and e.record_id = t.record_id and e.record_line = t.record_line
          and e.content_hash = t.content_hash and not e.is_withdrawn
       offset 0) e
 where t.is_twin and not exists (select from prior p where p.seq = t.seq and p.is_same)
"""
UNSETTLED = """
create temporary table unsettled on commit drop as
select s.record_id, s.record_line from stage s join prior b on b.seq = s.seq and not b.is_same where {is_new}
 union
select record_id, record_line from alike group by 1, 2 having min(content_hash::text) <> max(content_hash::text)
 union
select s.record_id, s.record_line from stage s where s.action > 0 and {is_new}
"""
NAMERS = """
create temporary table namers on commit drop as
select original_claim_id as record_id, record_line from {table} e
 where e.payer_id = (select %(payer)s::bigint) and e.original_claim_id <> '' and not e.is_withdrawn
 order by e.original_claim_id limit {most}
"""
NAMERS_BY_RX = """
create temporary table namers_by_rx on commit drop as
select member_id, filled_on, rx_number, pharmacy_ref from {table} e
 where e.payer_id = (select %(payer)s::bigint) and e.action = 2 and e.original_claim_id = '' and e.rx_number <> ''
   and not e.is_withdrawn
 order by e.member_id, e.filled_on limit {most}
"""
IS_NAMED = """exists (select from {table} e
                 where e.payer_id = (select %(payer)s::bigint)
                   and e.original_claim_id = s.record_id collate "default" and e.original_claim_id <> ''
                   and e.record_line = s.record_line and not e.is_withdrawn offset 0)"""
IS_NAMED_BY_RX = """exists (select from {table} e
                    where e.payer_id = (select %(payer)s::bigint) and e.member_id = s.member_id and e.filled_on = s.filled_on
                      and e.rx_number = s.rx_number and e.pharmacy_ref = s.pharmacy_ref and e.action = 2
                      and e.original_claim_id = '' and e.rx_number <> '' and not e.is_withdrawn offset 0)"""
AMONG_NAMERS = '(s.record_id collate "default", s.record_line) in (select record_id, record_line from namers)'
AMONG_NAMERS_BY_RX = """(s.member_id, s.filled_on, s.rx_number, s.pharmacy_ref) in
       (select member_id, filled_on, rx_number, pharmacy_ref from namers_by_rx)"""
NAMED = """
insert into unsettled
select s.record_id, s.record_line
  from stage s
 where {is_new} and ({named})
"""
NAMED_WHOLE = """
insert into unsettled
select s.record_id, s.record_line
  from stage s
 where {is_new}
   and (exists (select from {table} e
                 where e.payer_id = (select %(payer)s::bigint)
                   and e.original_claim_id = any({names}) and e.original_claim_id <> ''
                   and not e.is_withdrawn offset 0)
        or exists (select from {table} e
                    where e.payer_id = (select %(payer)s::bigint) and e.record_id = s.record_id and e.action > 0
                      and e.original_claim_id <> '' and not e.is_withdrawn offset 0))
"""
CHANGED = """
create temporary table changed on commit drop as
select distinct '' as member_id, '' as person_id, k.patient_id from stage s join known k using (member_id) where {is_new}
"""
CHANGED_IDS = """
create temporary table changed on commit drop as
select distinct member_id, person_id, patient_id from {table}
 where id > %(floor)s and delivery_id = %(delivery)s and payer_id = (select %(payer)s::bigint) and not is_withdrawn
"""


def insert(table, *, delivery, rows, many, is_known=False):
    """Puts the stage's new rows among the events, in the order of their keys, notes the repeats, and leaves two temporary
    tables: `unsettled`, the records whose standing the fold has to work out, and `changed`, whom the new events are about
    (eligibility: under which ids). Returns the floor: the new events' ids lie above it. The payer's lock is held.

    `many`: a set for the whole load, in which it is kept what is too much to be gathered for each chunk.
    `is_known`: eligibility, whose temporary table `known` (member_id, patient_id) is there already; else events make it.
    """
    values = {"payer": delivery.payer_id, "delivery": delivery.pk, "kind": table.kind}
    columns = [*table.told, *([] if "version" in table.staged else ["version"])]
    columns += [] if "record_line" in table.told else ["record_line"]
    columns += [name for name in _own_columns(table) if name not in columns]
    with connection.cursor() as cursor:

        def run(sql, **parts):
            cursor.execute(sql.format(table=table.name, **parts) if "{" in sql else sql, values)
            return cursor.rowcount

        run("drop table if exists pg_temp.prior, pg_temp.several, pg_temp.alike, pg_temp.unsettled, pg_temp.changed")
        known_before = run(PRIOR)
        run(SEVERAL)
        alike = run(ALIKE)
        is_new = IS_NEW if known_before or alike else "true"
        if not is_known:
            run("drop table if exists pg_temp.known")
            run(KNOWN)
        run("analyze prior, alike, known")
        run("select nextval(pg_get_serial_sequence('{table}', 'id'))")
        (floor,) = cursor.fetchone()
        values["floor"] = floor
        run(
            INSERT,
            columns=", ".join(columns),
            ours=", ".join(f"s.{name}" for name in columns),
            only_new=f"where {is_new}",
        )
        _learn_of_growth(cursor, table, rows)
        run(CHANGED_IDS if is_known else CHANGED, is_new=is_new)
        if known_before or alike:
            run(REPEATS)
        run(UNSETTLED, is_new=is_new)
        if table.has_links:
            _find_named(run, table, is_new, rows, many)
        elif table.acts_whole:
            run(NAMED_WHOLE, is_new=is_new, names=payments.NAMES.format(e="s"))
    return floor


def _find_named(run, table, is_new, rows, many):
    """Adds to `unsettled` the new records that an event acts on which is there already. Few such events are read at once and
    joined; of many, each new record asks the index for its own."""
    run("drop table if exists pg_temp.namers, pg_temp.namers_by_rx")
    named = []
    for gather, among, asked in (
        (NAMERS, AMONG_NAMERS, IS_NAMED),
        (NAMERS_BY_RX, AMONG_NAMERS_BY_RX, IS_NAMED_BY_RX),
    ):
        found = 0 if asked in many else run(gather, most=FEW * rows)
        if found == FEW * rows:
            many.add(asked)
        if asked in many:
            named.append(asked)
        elif found:
            named.append(among)
    if named:
        run(NAMED, is_new=is_new, named=" or ".join(named).format(table=table.name))


def _learn_of_growth(cursor, table, rows):
    """Statistics anew when a load is larger than what the planner knows of the table: the first loads of a new database.

    Without them every index that begins with the payer looks alike to it, and look-ups by claim read all of the payer's rows.
    """
    cursor.execute("select reltuples from pg_class where oid = %s::regclass", [table.name])
    if rows > MANY and rows > cursor.fetchone()[0]:
        cursor.execute("select app.analyze(%s, %s)", [[table.name], _planned_by(table.model._meta)])


def _planned_by(meta):
    """The columns that plans of look-ups are made by. Without statistics of one of them, any index looks as good as its own."""
    indexes = [*meta.indexes, *(one for one in meta.constraints if isinstance(one, models.UniqueConstraint))]
    names = {name.removeprefix("-") for index in indexes for name in index.fields}
    return sorted({meta.get_field(name).column for name in names}.union(FILTERED_BY))


def _columns(table):
    return [f.column for f in table.model._meta.concrete_fields]


def _own_columns(table):
    """Columns of the event table that this kind does not tell: the stage holds their defaults."""
    skipped = {
        "id",
        "payer_id",
        "delivery_id",
        "patient_id",
        "is_withdrawn",
        "standing",
        "settled_version",
        "in_conflict",
    }
    return [name for name in _columns(table) if name not in skipped]
