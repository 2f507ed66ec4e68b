"""From the stage into the event tables: what is new goes in, what is known already is noted as a repeat."""

from django.db import connection

PRIOR = """
create temporary table prior on commit drop as
select s.seq, s.line_number, s.record_id, s.record_line, e.id as event_id, e.content_hash = s.content_hash as is_same
  from stage s
  join {table} e on e.payer_id = %(payer)s and e.record_id = s.record_id and e.record_line = s.record_line
 where not e.is_withdrawn
"""
TWINS = """
create temporary table twins on commit drop as
select s.seq, s.line_number, s.record_id, s.record_line, s.content_hash
  from stage s
  join (select content_hash, min(seq) as first from stage group by 1 having count(*) > 1) f using (content_hash)
 where s.seq > f.first
"""
KNOWN = """
create temporary table known on commit drop as
with ids as (select distinct member_id from stage),
     members as (select e.member_id, min(e.patient_id) as patient_id
                   from claims_eligibilityevent e join ids using (member_id)
                  where e.payer_id = %(payer)s and not e.is_withdrawn group by 1),
     persons as (select distinct on (e.person_id) e.person_id as member_id, e.patient_id
                   from claims_eligibilityevent e join ids on ids.member_id = e.person_id
                  where e.payer_id = %(payer)s and not e.is_withdrawn and e.person_id <> ''
                  order by e.person_id, e.member_id)
select member_id, patient_id from members
 union all
select p.member_id, p.patient_id from persons p where not exists (select from members m where m.member_id = p.member_id)
"""
INSERT = """
insert into {table} (payer_id, delivery_id, patient_id, is_withdrawn, standing, settled_version, in_conflict, {columns})
select %(payer)s, %(delivery)s, k.patient_id, false, case when s.action < 2 then 'paid' else '' end,
       coalesce(s.version, 0), false, {ours}
  from stage s left join known k on k.member_id = s.member_id
 {only_new}
 order by s.seq
"""
ONLY_NEW = """where not exists (select from prior p where p.seq = s.seq and p.is_same)
   and not exists (select from twins t where t.seq = s.seq)"""
REPEATS = """
insert into claims_repeat (payer_id, delivery_id, kind, event_id, line_number)
select %(payer)s, %(delivery)s, %(kind)s, p.event_id, p.line_number from prior p where p.is_same
 union all
select %(payer)s, %(delivery)s, %(kind)s, e.id, t.line_number
  from twins t
  join {table} e on e.payer_id = %(payer)s and e.record_id = t.record_id and e.record_line = t.record_line
                and e.content_hash = t.content_hash and not e.is_withdrawn
 where not exists (select from prior p where p.seq = t.seq and p.is_same)
"""
UNSETTLED = """
create temporary table unsettled on commit drop as
select record_id, record_line from prior where not is_same
 union
select record_id, record_line from stage group by 1, 2 having min(content_hash::text) <> max(content_hash::text)
 union
select record_id, record_line from stage where action > 0
"""
NAMED = """
insert into unsettled
select distinct s.record_id, s.record_line
  from stage s
  join {table} e on e.payer_id = %(payer)s and e.original_claim_id = s.record_id and e.original_claim_id <> ''
                and e.record_line = s.record_line
 where not e.is_withdrawn
 union
select distinct s.record_id, s.record_line
  from stage s
  join {table} e on e.payer_id = %(payer)s and e.member_id = s.member_id and e.filled_on = s.filled_on
                and e.rx_number = s.rx_number and e.pharmacy_ref = s.pharmacy_ref
 where e.action = 2 and e.original_claim_id = '' and e.rx_number <> '' and not e.is_withdrawn
"""


def insert(table, *, delivery, is_known=False):
    """Puts the stage's new rows among the events, in line order, notes the repeats, and leaves the temporary table
    `unsettled`: the records whose standing the fold has to work out. The payer's lock is held.

    `is_known`: the temporary table `known` (member_id, patient_id) is there already; else eligibility events make it.
    """
    values = {"payer": delivery.payer_id, "delivery": delivery.pk, "kind": table.kind}
    columns = [*table.told, *([] if "version" in table.staged else ["version"])]
    columns += [] if "record_line" in table.told else ["record_line"]
    columns += [name for name in _own_columns(table) if name not in columns]
    with connection.cursor() as cursor:

        def run(sql, **parts):
            cursor.execute(sql.format(table=table.name, **parts) if "{" in sql else sql, values)
            return cursor.rowcount

        run("drop table if exists pg_temp.prior, pg_temp.twins, pg_temp.unsettled")
        known_before, twins = run(PRIOR), run(TWINS)
        if not is_known:
            run("drop table if exists pg_temp.known")
            run(KNOWN)
        run("analyze prior, twins, known")
        run(
            INSERT,
            columns=", ".join(columns),
            ours=", ".join(f"s.{name}" for name in columns),
            only_new=ONLY_NEW if known_before or twins else "",
        )
        if known_before or twins:
            run(REPEATS)
        run(UNSETTLED)
        if table.has_links:
            run(NAMED)


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
    return [f.column for f in table.model._meta.concrete_fields if f.column not in skipped]
