"""Ids of one person lead to one record: what identity_rules.py says, for the ids that a delivery or a ruling touched.

The common load has no two ids of one person, and pays one look-up for each id. Only where there is something to unite or to
part are all ids around it read, and judged together.
"""

# ruff: noqa: S608 - the parts put together are SQL of this file, never what a feed says
from datetime import date

from django.db import connection

from .identity_rules import Known, Link, persons
from .records import REFERENCE

IN_FORCE = "not e.is_withdrawn and e.standing = 'paid'"
BESIDE = f"{IN_FORCE} and e.person_id <> '' and e.person_id <> e.member_id"
# Of two ids beside the number i.member_id somebody said that they are not one person: it is nobody's (identity_rules.py).
PARTED = """
select from claims_personruling r
 where r.payer_id = (select %(payer)s::bigint) and not r.is_same and r.revoked_at is null
   and 2 = (select count(distinct b.member_id) from claims_eligibilityevent b
             where b.payer_id = r.payer_id and b.person_id = i.member_id and b.member_id in (r.one_id, r.other_id)
               and b.member_id <> b.person_id and not b.is_withdrawn and b.standing = 'paid')
"""
# Look-ups are lateral for the reason given in events.py.
# What is said of somebody decides whom a shared number unites: numbers beside a touched id are touched as well.
TANGLED = f"""
create temporary table tangled on commit drop as
with asked as (
    select member_id from touched_ids where member_id <> ''
     union
    select e.person_id
      from touched_ids i
     cross join lateral (
           select distinct e.person_id from claims_eligibilityevent e
            where e.payer_id = (select %(payer)s::bigint) and e.member_id = i.member_id and {BESIDE}
           offset 0) e
)
select i.member_id collate "C" as id, 0 as turn
  from asked i
  left join lateral (
       select e.id from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.member_id = i.member_id and not e.is_withdrawn
        limit 1) own on true
 cross join lateral (
       select min(e.member_id) as first, max(e.member_id) as last from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.person_id = i.member_id and {BESIDE}
       offset 0) beside
  left join lateral (
       select m.id, m.patient_id from patients_member m
        where m.payer_id = (select %(payer)s::bigint) and m.member_id = i.member_id collate "default"
          and (m.merged_into_id is not null or m.current_id <> ''
               or exists (select from patients_member o where o.merged_into_id = m.patient_id offset 0))
       offset 0) united on true
 where (beside.first <> beside.last or beside.first is not null and own.id is not null or united.id is not null
        or exists (select from claims_personruling r
                    where r.payer_id = (select %(payer)s::bigint) and r.one_id = i.member_id and r.revoked_at is null offset 0)
        or exists (select from claims_personruling r
                    where r.payer_id = (select %(payer)s::bigint) and r.other_id = i.member_id and r.revoked_at is null offset 0))
"""
SPREAD = f"""
insert into tangled
select distinct found.id, %(turn)s + 1
  from tangled t
 cross join lateral (
       select e.person_id as id from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.member_id = t.id and {BESIDE}
        union
       select e.member_id from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.person_id = t.id and {BESIDE}
        union
       select other_id from claims_personruling r
        where r.payer_id = (select %(payer)s::bigint) and r.one_id = t.id and r.is_same and r.revoked_at is null
        union
       select one_id from claims_personruling r
        where r.payer_id = (select %(payer)s::bigint) and r.other_id = t.id and r.is_same and r.revoked_at is null
        union
       select o.member_id
         from (select coalesce(m.merged_into_id, m.patient_id) as record from patients_member m
                where m.payer_id = (select %(payer)s::bigint) and m.member_id = t.id collate "default" offset 0) m
        cross join lateral (
              select o.member_id from patients_member o
               where o.payer_id = (select %(payer)s::bigint) and o.patient_id = m.record
               union all
              select o.member_id from patients_member o
               where o.merged_into_id = m.record
              offset 0) o
       offset 0) found
 where t.turn = %(turn)s and not exists (select from tangled k where k.id = found.id)
"""
ORDER = "order by e.starts_on desc nulls last, e.ends_on desc nulls first, e.version desc nulls last, e.content_hash"
KNOWN = f"""
select t.id, m.patient_id, said.*
  from tangled t
  join patients_member m on m.payer_id = (select %(payer)s::bigint) and m.member_id = t.id collate "default"
 cross join lateral (
       select (array_agg(e.born_on {ORDER}) filter (where e.born_on is not null and {IN_FORCE}))[1],
              coalesce((array_agg(e.sex {ORDER}) filter (where e.sex <> 'unknown' and {IN_FORCE}))[1], ''),
              coalesce((array_agg(e.first_name {ORDER}) filter (where e.first_name <> '' and {IN_FORCE}))[1], ''),
              coalesce((array_agg(e.name_suffix {ORDER}) filter (where e.name_suffix <> '' and {IN_FORCE}))[1], ''),
              max(e.starts_on) filter (where {IN_FORCE}),
              max(coalesce(e.ends_on, %(ever)s)) filter (where e.starts_on is not null and {IN_FORCE})
         from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.member_id = t.id and not e.is_withdrawn
       having count(*) > 0) said
"""
LINKS = f"""
select distinct e.member_id, e.person_id, e.source = '{REFERENCE}'
  from tangled t
 cross join lateral (
       select e.* from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.member_id = t.id and {BESIDE}
       offset 0) e
"""
RULINGS = """
select r.one_id, r.other_id, r.is_same
  from claims_personruling r join tangled t on t.id = r.one_id
 where r.payer_id = (select %(payer)s::bigint) and r.revoked_at is null
"""
JUDGED = """
create temporary table judged (member_id text collate "C" primary key, patient_id bigint, current_id text) on commit drop
"""
RESOLVED_ANEW = """
delete from resolved r using judged j where r.member_id = j.member_id;
insert into resolved select member_id, patient_id from judged;
"""
# Whoever holds a person, or is led by another id today, is covered and described anew: `repointed`.
POINT = """
with pointed as (
update patients_member m
   set merged_into_id = nullif(j.patient_id, m.patient_id),
       current_id = case when j.patient_id = m.patient_id and j.current_id <> m.member_id then j.current_id else '' end
  from judged j
 where m.payer_id = (select %(payer)s::bigint) and m.member_id = j.member_id collate "default"
   and (m.merged_into_id, m.current_id) is distinct from (
       nullif(j.patient_id, m.patient_id),
       case when j.patient_id = m.patient_id and j.current_id <> m.member_id then j.current_id else '' end)
returning coalesce(m.merged_into_id, m.patient_id) as patient_id)
insert into repointed select distinct patient_id from pointed
"""


# Whoever may see one record of a person today may see all of them from today on: until the programmes decide anew, and no longer
# than they are united. What was carried over is known by its words.
CALLED = "Known here as {id}, which is an id of this person: "
BY_ID = "'^Known here as (.*?), which is an id of this person: '"
CARRY = f"""
insert into patients_patientaccess (payer_id, patient_id, pharmacy_id, reason, sentence, since, until)
select distinct on (t.patient_id, a.pharmacy_id)
       t.payer_id, t.patient_id, a.pharmacy_id, a.reason, replace(%(called)s, '{{id}}', m.member_id) || a.sentence, current_date, a.until
  from judged j
  join judged i on i.patient_id = j.patient_id and i.member_id <> j.member_id
  join patients_member t on t.payer_id = (select %(payer)s::bigint) and t.member_id = j.member_id collate "default"
  join patients_member m on m.payer_id = (select %(payer)s::bigint) and m.member_id = i.member_id collate "default"
  join patients_patientaccess a on a.patient_id = m.patient_id and a.payer_id = m.payer_id
 where a.since <= current_date and (a.until is null or a.until >= current_date) and a.sentence !~ {BY_ID}
   and not exists (
       select from patients_patientaccess s
        where s.payer_id = t.payer_id and s.patient_id = t.patient_id and s.pharmacy_id = a.pharmacy_id
          and (s.until is null or s.until >= current_date))
 order by t.patient_id, a.pharmacy_id, a.until desc nulls first, a.id
"""
CARRIED = f"""
  from judged j
  join patients_member o on o.payer_id = (select %(payer)s::bigint) and o.member_id = j.member_id collate "default"
 where a.payer_id = o.payer_id and a.patient_id = o.patient_id and a.sentence ~ {BY_ID}
   and not exists (
       select from patients_member m
        where m.payer_id = o.payer_id and m.member_id = substring(a.sentence from {BY_ID})
          and coalesce(m.merged_into_id, m.patient_id) = coalesce(o.merged_into_id, o.patient_id))
"""
NEVER_HELD = (
    f"delete from patients_patientaccess a using {CARRIED.strip().removeprefix('from')} and a.since = current_date"
)
NO_LONGER = f"""
update patients_patientaccess a set until = current_date - 1 {CARRIED} and (a.until is null or a.until >= current_date)
"""


def unite(*, payer_id):
    """Judges the ids in the temporary table `touched_ids`, and all around them: points records to the one that holds the
    person, and corrects `resolved` (member_id, patient_id). Leaves in `repointed` (patient_id) who holds whom anew, or goes by
    another id. Returns whether there was anything to judge."""
    values = {"payer": payer_id, "ever": date.max, "called": CALLED}
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.tangled, pg_temp.judged, pg_temp.repointed")
        cursor.execute("create temporary table repointed (patient_id bigint) on commit drop")
        cursor.execute(TANGLED, values)
        if not cursor.rowcount:
            return False
        cursor.execute("create index on tangled (id)")
        turn, found = 0, 1
        while found:
            cursor.execute("analyze tangled")
            cursor.execute(SPREAD, values | {"turn": turn})
            turn, found = turn + 1, cursor.rowcount
        cursor.execute(JUDGED)
        found = _judge(cursor, values)
        with cursor.copy("copy judged from stdin") as copy:
            for row in found:
                copy.write_row(row)
        cursor.execute("analyze judged")
        cursor.execute(RESOLVED_ANEW)
        cursor.execute(POINT, values)
        if cursor.rowcount:
            for sql in (NEVER_HELD, NO_LONGER, CARRY):
                cursor.execute(sql, values)
    return True


def _judge(cursor, values):
    """[(id, the patient that it leads to or None, the person's id of today)], of every id in `tangled`."""
    cursor.execute(KNOWN, values)
    known = {row[0]: Known(*row) for row in cursor.fetchall()}
    cursor.execute(LINKS, values)
    links = [Link(*row) for row in cursor.fetchall()]
    cursor.execute(RULINGS, values)
    rulings = [(frozenset(row[:2]), row[2]) for row in cursor.fetchall()]
    cursor.execute("select distinct id from tangled")
    alone = {id for (id,) in cursor.fetchall()}
    found = persons(
        known,
        links,
        same={pair for pair, is_same in rulings if is_same},
        different={pair for pair, is_same in rulings if not is_same},
    )
    rows = [(id, person.record, person.today or "") for person in found for id in sorted(person.ids)]
    return rows + [(id, None, "") for id in sorted(alone - {row[0] for row in rows})]
