"""What is true, worked out from the set of events: the same whatever their order, repetition or split into files.

For each record (a claim line; for other records: itself)
- the *original* is the claim event (or rebill) with the highest version; at one version a rebill before a claim, then the
  smallest content hash: an arbitrary rule, but one that does not depend on what came first. An original without a version
  has version 0. Two events with one key (record, version, action) and other words are both kept, and both in conflict.
- a *reversal* acts on its own record; or on the claim that it names in `original_claim_id`; or, when it names none and its
  own record has no original, on one claim of the same member, pharmacy, prescription number, fill number, day of service
  and (where both have one) authorization number and dispensing status (P or C): the latest that is not later than the
  reversal itself. Several reversals of one version take several such claims, one each. What a dispensing system tells is no
  such claim. A rebill (B3) reverses the claim that it names and is a claim itself.
- a medical claim that names another (`original_claim_id`; payments.py says which that is) acts on it whole: a replacement (B3)
  reverses all lines of the claim that it names and those of its own earlier versions that it no longer has; a void (B2) all lines
  of both.
- a record is reversed when a reversal that acts on it has the same or a higher version; a higher original revives it. A
  reversal without a version takes the lowest version of the claim that it acts on.
- a reversal that acts on nothing that is here is `reversed_pending`.
- a person's ruling on a conflict (models/rulings.py) is part of the set: while the chosen words are there, the words that it
  names as set aside take no part in any of this, and come to nothing.
- a `statement` (a year of enrolment in several spans) stands or falls whole: the spans of the line whose span is the
  original are in force with it. Spans of one statement are not in conflict with each other.
"""

# ruff: noqa: S608 - the parts put together are table and column names of this package, never what a feed says
from django.db import connection

from . import payments
from .records import DISPENSED

MATCHES = (
    """{o}.member_id = {r}.member_id and {o}.filled_on = {r}.filled_on and {o}.pharmacy_ref = {r}.pharmacy_ref
   and {o}.rx_number = {r}.rx_number and {o}.fill_number is not distinct from {r}.fill_number
   and ({o}.authorization_number = '' or {r}.authorization_number = ''
        or {o}.authorization_number = {r}.authorization_number)
   and ({o}.dispensing_status = '' or {r}.dispensing_status = '' or {o}.dispensing_status = {r}.dispensing_status)
   and {o}.source <> '"""
    + DISPENSED
    + "'"
)
BY_RX = "action = 2 and {r}.original_claim_id = '' and {r}.rx_number <> '' and {r}.pharmacy_ref <> ''"
# Look-ups are lateral for the reason given in events.py.
SPREAD = f"""
insert into touched_records (record_id, record_line, turn)
with mine as materialized (
    select e.* from touched_records t
     cross join lateral (
           select e.* from {{table}} e
            where e.payer_id = (select %(payer)s::bigint) and e.record_id = t.record_id and e.record_line = t.record_line
              and not e.is_withdrawn
           offset 0) e
     where t.turn = %(turn)s
)
select record_id, record_line, %(turn)s + 1 from (
    select original_claim_id as record_id, record_line from mine where original_claim_id <> ''
     union
    select e.record_id, e.record_line
      from touched_records t
     cross join lateral (
           select e.record_id, e.record_line from {{table}} e
            where e.payer_id = (select %(payer)s::bigint)
              and e.original_claim_id = t.record_id collate "default" and e.original_claim_id <> ''
              and e.record_line = t.record_line and not e.is_withdrawn
           offset 0) e
     where t.turn = %(turn)s
     union
    select o.record_id, o.record_line
      from mine r
     cross join lateral (
           select o.record_id, o.record_line from {{table}} o
            where o.payer_id = (select %(payer)s::bigint) and {MATCHES.format(o="o", r="r")} and not o.is_withdrawn and o.action < 2
           offset 0) o
     where r.{BY_RX.format(r="r")}
     union
    select r.record_id, r.record_line
      from mine o
     cross join lateral (
           select r.record_id, r.record_line from {{table}} r
            where r.payer_id = (select %(payer)s::bigint) and {MATCHES.format(o="o", r="r")} and not r.is_withdrawn
              and r.{BY_RX.format(r="r")}
           offset 0) r
     where o.action < 2 and o.rx_number <> ''
) found
on conflict do nothing
"""
SPREAD_WHOLE = """
insert into touched_records (record_id, record_line, turn)
with mine as materialized (
    select e.record_id, e.original_claim_id, e.number_of from touched_records t
     cross join lateral (
           select e.* from {table} e
            where e.payer_id = (select %(payer)s::bigint) and e.record_id = t.record_id and e.record_line = t.record_line
              and e.action > 0 and e.original_claim_id <> '' and not e.is_withdrawn
           offset 0) e
     where t.turn = %(turn)s
)
select record_id, record_line, %(turn)s + 1 from (
    select o.record_id, o.record_line
      from (select record_id from mine
             union
            select t.record_id from mine r cross join lateral ({targets}) t) m
     cross join lateral (
           select o.record_id, o.record_line from {table} o
            where o.payer_id = (select %(payer)s::bigint) and o.record_id = m.record_id collate "C" and not o.is_withdrawn
           offset 0) o
     union
    select r.record_id, r.record_line
      from (select distinct record_id from touched_records where turn = %(turn)s) t
     cross join lateral (
           select r.record_id, r.record_line from {table} r
            where r.payer_id = (select %(payer)s::bigint) and r.original_claim_id = any({names})
              and r.original_claim_id <> '' and r.action > 0 and not r.is_withdrawn
            union all
           select r.record_id, r.record_line from {table} r
            where r.payer_id = (select %(payer)s::bigint) and r.record_id = t.record_id
              and r.original_claim_id <> '' and r.action > 0 and not r.is_withdrawn
           offset 0) r
) found
on conflict do nothing
"""
LIVE = """
create temporary table live on commit drop as
select e.id, e.record_id, e.record_line, e.version, e.action, e.content_hash, e.delivery_id {extra},
       {conflict} as in_conflict
  from touched_records t
 cross join lateral (
       select e.* from {table} e
        where e.payer_id = (select %(payer)s::bigint) and e.record_id = t.record_id and e.record_line = t.record_line and not e.is_withdrawn
       offset 0) e
{ruled}
{window}
"""
SAME_KEY = """{e}.payer_id = (select %(payer)s::bigint) and {e}.record_id = r.record_id and {e}.record_line = r.record_line
   and {e}.version is not distinct from r.version and {e}.action = r.action and not {e}.is_withdrawn"""
ASIDE = f"""
create temporary table aside on commit drop as
select e.id, e.version
  from claims_conflictruling r
  join touched_records t on t.record_id = r.record_id and t.record_line = r.record_line
 cross join lateral (
       select e.id, e.version from {{table}} e
        where {SAME_KEY.format(e="e")} and e.content_hash = any(r.against) and exists (
              select from {{table}} c where {SAME_KEY.format(e="c")} and c.content_hash = r.chosen)
       offset 0) e
 where r.payer_id = (select %(payer)s::bigint) and r."table" = %(model)s and r.revoked_at is null
"""
NOT_ASIDE = "where not exists (select from aside a where a.id = e.id)"
SET_ASIDE = "insert into settled select id, '', coalesce(version, 0), false from aside"
WINDOW = "window w as (partition by e.record_id, e.record_line, e.version, e.action)"
SAID_TWICE = "count(*) over w > 1"
TOLD_TWICE = (
    "count(*) over w > 1 and (max(e.statement) over w = '' or min(e.statement) over w <> max(e.statement) over w)"
)
EXTRA = (
    ", member_id, filled_on, pharmacy_ref, rx_number, fill_number, authorization_number, original_claim_id"
    ", dispensing_status, source"
)
BEST = """
create temporary table best on commit drop as
select distinct on (record_id, record_line) record_id, record_line, id, coalesce(version, 0) as version,
       min(coalesce(version, 0)) over (partition by record_id, record_line) as lowest
  from live where action < 2
 order by record_id, record_line, coalesce(version, 0) desc, action desc, {tie} content_hash
"""
OWN = """
select r.record_id as of_id, r.record_line as of_line, r.record_id, r.record_line, r.version
  from live r where r.action = 2 and {unnamed} exists (select from best b where b.record_id = r.record_id and b.record_line = r.record_line)
"""
NAMED = """
select record_id, record_line, original_claim_id, record_line, version
  from live where action > 0 and original_claim_id not in ('', record_id)
"""
WHOLE_CLAIMS = f"""
select r.record_id, r.record_line, b.record_id, b.record_line,
       case when r.action = 1 and b.record_id = r.record_id then coalesce(r.version, 0) - 1 else r.version end
  from live r
 cross join lateral (select r.record_id union select record_id from ({payments.MEANS}) named) t
  join best b on b.record_id = t.record_id
 where r.action > 0 and r.original_claim_id <> ''
"""
PRESCRIPTION = "member_id, filled_on, pharmacy_ref, rx_number, fill_number, authorization_number, dispensing_status"
# Of reversals that contradict each other each takes a claim, where they are about other prescriptions.
PRESCRIBED = f"""
select r.record_id, r.record_line, o.record_id, o.record_line, r.version
  from (select x.*, row_number() over (
                    partition by {PRESCRIPTION}, version
                    order by record_id, record_line) - 1 as turn
          from (select distinct on (record_id, record_line, version, {PRESCRIPTION}) * from live x
                 where x.{BY_RX.format(r="x")}
                   and not exists (select from best b where b.record_id = x.record_id and b.record_line = x.record_line)
                 order by record_id, record_line, version, {PRESCRIPTION}, content_hash) x) r
 cross join lateral (
       select o.record_id, o.record_line
         from live o
        where o.action < 2 and {MATCHES.format(o="o", r="r")}
          and (r.version is null or coalesce(o.version, 0) <= r.version)
        group by o.record_id, o.record_line
        order by case when r.version is null then -min(coalesce(o.version, 0)) else max(coalesce(o.version, 0)) end desc,
                 o.record_id, o.record_line
        offset r.turn limit 1) o
"""
SETTLED = """
create temporary table settled on commit drop as
with acting as materialized ({acting}),
     against as (select b.record_id, b.record_line, max(coalesce(a.version, b.lowest)) as version
                   from acting a join best b on b.record_id = a.record_id and b.record_line = a.record_line group by 1, 2),
     faces as (
         select b.id, case when r.version >= b.version then 'reversed' else 'paid' end as standing,
                greatest(b.version, r.version) as settled_version
           from best b left join against r on r.record_id = b.record_id and r.record_line = b.record_line
          union all
         (select distinct on (l.record_id, l.record_line) l.id,
                 case when exists (select from acting a join best b on b.record_id = a.record_id
                                                                   and b.record_line = a.record_line
                                    where a.of_id = l.record_id and a.of_line = l.record_line)
                      then '' else 'reversed_pending' end, coalesce(l.version, 0)
            from live l
           where l.action = 2
             and not exists (select from best b where b.record_id = l.record_id and b.record_line = l.record_line)
           order by l.record_id, l.record_line, l.version desc nulls last, l.content_hash))
select l.id, coalesce(f.standing, '') as standing, coalesce(f.settled_version, l.version, 0) as settled_version, l.in_conflict
  from live l left join faces f using (id)
"""
WHOLE = """
update settled s set standing = f.standing, settled_version = f.settled_version
  from settled f
  join live fl on fl.id = f.id and fl.statement <> ''
  join live l on l.record_id = fl.record_id and l.record_line = fl.record_line and l.statement = fl.statement
 where f.standing <> '' and s.id = l.id and s.id <> f.id
"""
ALTERED = """
create temporary table altered on commit drop as
select s.id, s.standing, s.settled_version, s.in_conflict, e.patient_id, e.delivery_id
  from settled s
 cross join lateral (select e.* from {table} e where e.id = s.id offset 0) e
 where (e.standing, e.settled_version, e.in_conflict) is distinct from (s.standing, s.settled_version, s.in_conflict)
"""
WRITE = """
update {table} e set standing = a.standing, settled_version = a.settled_version, in_conflict = a.in_conflict
  from altered a where e.id = a.id
"""


def begin(cursor):
    """An empty set of records to fold, for this transaction."""
    cursor.execute("drop table if exists pg_temp.touched_records")
    cursor.execute(
        """create temporary table touched_records (record_id text collate "C", record_line int, turn smallint default 0,
           primary key (record_id, record_line)) on commit drop"""
    )


def spread(cursor, table, *, payer_id):
    """Adds the records that act on the touched ones or are acted on by them, until there are no more."""
    if not (table.has_links or table.acts_whole):
        return
    sql = SPREAD if table.has_links else SPREAD_WHOLE
    parts = {"targets": payments.MAY_MEAN, "names": payments.NAMES.format(e="t")}
    cursor.execute("analyze touched_records")
    turn, found = 0, 1
    while found:
        cursor.execute(sql.format(table=table.name, **parts), {"payer": payer_id, "turn": turn})
        turn, found = turn + 1, cursor.rowcount


def settle(table, *, payer_id):
    """Works out the standing of every record in `touched_records` and writes what changed. Leaves `altered`, the events
    that come to something else than before. The payer's lock is held, and the events that count are all there."""
    extra = "".join(f", e.{name}" for name in EXTRA.split(", ")[1:]) if table.has_links else ""
    acting = [OWN.format(unnamed="r.original_claim_id in ('', r.record_id) and" if table.has_links else "")]
    acting += [NAMED, PRESCRIBED] if table.has_links else [WHOLE_CLAIMS] if table.acts_whole else []
    if table.acts_whole:
        extra = ", e.original_claim_id, e.number_of"
    is_eligibility = table.kind == "eligibility"
    tie = "(ends_on is null)," if is_eligibility else ""  # an end is learned later: before the same span left open
    if is_eligibility:
        extra = ", e.ends_on, e.statement"
    conflict = TOLD_TWICE if is_eligibility else SAID_TWICE
    with connection.cursor() as cursor:
        cursor.execute(
            "drop table if exists pg_temp.live, pg_temp.best, pg_temp.settled, pg_temp.altered, pg_temp.aside"
        )
        cursor.execute(ASIDE.format(table=table.name), {"payer": payer_id, "model": table.model._meta.model_name})
        ruled = NOT_ASIDE if cursor.rowcount else ""
        cursor.execute(
            LIVE.format(table=table.name, extra=extra, conflict=conflict, window=WINDOW, ruled=ruled),
            {"payer": payer_id},
        )
        cursor.execute("create index on live (record_id, record_line)")
        if table.has_links:
            cursor.execute("create index on live (member_id, filled_on)")
        cursor.execute("analyze live")
        cursor.execute(BEST.format(tie=tie))
        cursor.execute("create index on best (record_id, record_line)")
        cursor.execute("analyze best")
        cursor.execute(SETTLED.format(acting=" union all ".join(acting)), {"payer": payer_id})
        if is_eligibility:
            cursor.execute(WHOLE)
        if ruled:
            cursor.execute(SET_ASIDE)
        cursor.execute(ALTERED.format(table=table.name))
        cursor.execute("create index on altered (id)")
        cursor.execute("analyze altered")
        cursor.execute(WRITE.format(table=table.name))
