"""Who the payer's members are, folded from eligibility events: people, the ids the payer knows them by, clients, coverage.

A Patient and its Member row are made once and stay, even when the delivery that told of them is withdrawn: care may hang
on them. What the delivery said of them goes (name, dates, coverage), and claims go back to waiting. Ids of one person lead
to the oldest of their records (identities.py); the others stay as empty shells that point to it, and come back to life when
what united them goes.
"""

# ruff: noqa: S608 - the parts put together are SQL of this file, never what a feed says
from django.db import connection

from . import identities
from .models import EligibilityEvent
from .records import NO_END

MANY = 500
"""Newcomers above which the planner's statistics are made anew at once: what follows looks each of them up."""
NEWCOMERS = """
create temporary table newcomers on commit drop as
select s.member_id, nextval(pg_get_serial_sequence('patients_patient', 'id')) as patient_id
  from stage s
 where not exists (
    select from patients_member m
    where m.payer_id = (select %(payer)s::bigint) and m.member_id = s.member_id collate "default" offset 0
 )
 group by s.member_id
"""
PATIENTS = """
insert into patients_patient (id, public_id, payer_id, first_name, middle_name, last_name, name_suffix, search_name, sex,
                              address, city, state, zip, phone, email, language, created_at)
select patient_id, gen_random_uuid(), %(payer)s, '', '', '', '', '', 'unknown', '', '', '', '', '', '', 'en', now()
  from newcomers order by patient_id
"""
MEMBERS = """
insert into patients_member (payer_id, patient_id, member_id, person_id)
select %(payer)s, patient_id, member_id, '' from newcomers order by patient_id
"""
KNOWN = """
create temporary table known on commit drop as
select member_id, patient_id from newcomers
 union all
select i.member_id, coalesce(m.merged_into_id, m.patient_id)
  from (select distinct member_id from stage where not exists (select from newcomers n where n.member_id = stage.member_id)) i
 cross join lateral (
       select m.patient_id, m.merged_into_id from patients_member m
        where m.payer_id = (select %(payer)s::bigint) and m.member_id = i.member_id collate "default" offset 0) m
"""
FIRST = "(array_agg({0} order by place) filter (where {0} {1}))[1]"
TEXTS = {
    "first_name": 100,
    "middle_name": 100,
    "last_name": 100,
    "name_suffix": 20,
    "address": 200,
    "city": 100,
    "state": 40,
    "zip": 10,
    "phone": 30,
    "email": 254,
}
# The newest span says who somebody is; what it leaves empty, the next newest says. Records without days come last.
WHO = """
with placed as (
    select e.*, row_number() over (
               partition by e.patient_id
               order by e.starts_on desc nulls last, e.ends_on desc nulls first, e.version desc nulls last, e.content_hash
           ) as place
      from touched_people t
     cross join lateral (
           select e.* from claims_eligibilityevent e
            where e.payer_id = (select %(payer)s::bigint) and e.patient_id = t.patient_id and not e.is_withdrawn and e.standing = 'paid'
           offset 0) e
), said as (
    select t.patient_id, {firsts} from touched_people t left join placed e using (patient_id) group by t.patient_id
)
update patients_patient p
   set {sets}, search_name = left(trim(lower(coalesce(s.last_name, '') || ' ' || coalesce(s.first_name, ''))), 220)
  from said s
 where p.id = s.patient_id
"""
PERSON = """
update patients_member m
   set person_id = coalesce(s.person_id, '')
  from touched_people t
 cross join lateral (
       select max(e.person_id) as person_id from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.patient_id = t.patient_id and not e.is_withdrawn and e.standing = 'paid'
       offset 0) s
 where m.payer_id = (select %(payer)s::bigint) and m.patient_id = t.patient_id
"""
# Whose member somebody is: the group's; a feed without groups (CMS files have none) names a contract or a plan; else the
# payer is its own client. A client that is known keeps its name.
CLIENT_CODE = """left(case when e.group_id <> '' then e.group_id when e.contract <> '' then e.contract
                      when e.plan <> '' then e.plan else o.code end, 60)"""
CLIENT_NAME = """coalesce(max(nullif(e.group_name, '')) filter (where e.group_id <> ''),
                         max(case when e.group_id <> '' then e.group_id when e.contract <> '' then 'Contract ' || e.contract
                             when e.plan <> '' then 'Plan ' || e.plan else o.name end))"""
CLIENTS = f"""
insert into patients_client (payer_id, code, name)
select %(payer)s, {CLIENT_CODE}, left({CLIENT_NAME}, 200)
  from touched_people t
 cross join (select code, name from accounts_organisation where id = (select %(payer)s::bigint)) o
 cross join lateral (
       select e.group_id, e.group_name, e.contract, e.plan from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.patient_id = t.patient_id and not e.is_withdrawn
          and (e.group_id <> '' or e.starts_on is not null and e.standing = 'paid')
       offset 0) e
 group by 2
on conflict (payer_id, code) do nothing
"""
UNCOVER = """
delete from patients_coverage where id = any(array(
    select c.id from touched_people t
     cross join lateral (
           select id from patients_coverage c where c.payer_id = (select %(payer)s::bigint) and c.patient_id = t.patient_id offset 0) c))
"""
# An end that was told later, without the day on which the coverage began, ends what is open on its day: of one plan, or of all.
# A span that ends before it begins was never in force: it is how a span is taken back. Of a plan, a former id's span holds until
# the id of today begins to tell of it: nobody ends the old one.
COVER = f"""
insert into patients_coverage (payer_id, patient_id, client_id, plan, contract, pbp, line_of_business, starts_on, ends_on,
                               dual_status, low_income, original_reason, is_disabled, is_hospice, is_esrd, is_institutional,
                               is_at_risk_beneficiary)
select e.payer_id, e.patient_id, c.id, left(e.plan, 60), left(e.contract, 10), left(e.pbp, 5), e.line_of_business,
       e.starts_on, least(e.ends_on, nullif(ended.ends_on, date '{NO_END}'), told_on.starts_on - 1),
       left(e.dual_status, 4), left(e.low_income, 4), left(e.original_reason, 4),
       coalesce(e.is_disabled, false), coalesce(e.is_hospice, false), coalesce(e.is_esrd, false),
       coalesce(e.is_institutional, false), coalesce(e.is_at_risk_beneficiary, false)
  from touched_people t
 cross join (select code from accounts_organisation where id = (select %(payer)s::bigint)) o
 cross join lateral (
       select e.* from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.patient_id = t.patient_id and not e.is_withdrawn and e.standing = 'paid'
       offset 0) e
  left join lateral (
       select c.id from patients_client c
        where c.payer_id = (select %(payer)s::bigint) and c.code = {CLIENT_CODE} collate "default" offset 0) c on true
  left join lateral (
       select t.ends_on from claims_eligibilityevent t
        where t.payer_id = (select %(payer)s::bigint) and t.member_id = e.member_id and not t.is_withdrawn and t.standing = 'paid'
          and t.starts_on is null and t.ends_on >= e.starts_on and t.plan in (e.plan, '')
          and coalesce(t.version, 0) > coalesce(e.version, 0)
        order by t.version desc, t.ends_on, t.content_hash limit 1) ended on true
  left join lateral (
       select min(n.starts_on) as starts_on
         from patients_member m
        cross join lateral (
              select n.starts_on from claims_eligibilityevent n
               where n.payer_id = (select %(payer)s::bigint) and n.patient_id = e.patient_id and n.plan = e.plan
                 and n.member_id = coalesce(nullif(m.current_id, ''), m.member_id) collate "C" and n.member_id <> e.member_id
                 and not n.is_withdrawn and n.standing = 'paid' and (n.ends_on is null or n.ends_on >= n.starts_on)
              offset 0) n
        where m.payer_id = (select %(payer)s::bigint) and m.patient_id = e.patient_id
          and exists (select from patients_member f where f.merged_into_id = e.patient_id offset 0)) told_on on true
 where e.starts_on is not null and (e.ends_on is null or e.ends_on >= e.starts_on)
   and (told_on.starts_on is null or told_on.starts_on > e.starts_on)
 order by e.patient_id, e.starts_on, e.id
"""
RESOLVED = f"""
create temporary table resolved on commit drop as
select i.member_id, coalesce(m.patient_id, p.patient_id) as patient_id
  from (select distinct member_id from touched_ids where member_id <> '') i
 cross join lateral (
       select (array_agg(e.patient_id))[1] as patient_id from claims_eligibilityevent e
        where e.payer_id = (select %(payer)s::bigint) and e.member_id = i.member_id and not e.is_withdrawn offset 0) m
  left join lateral (
       select case when min(e.patient_id) = max(e.patient_id) then min(e.patient_id) end as patient_id
         from claims_eligibilityevent e
        where m.patient_id is null and e.payer_id = (select %(payer)s::bigint) and e.person_id = i.member_id
          and not e.is_withdrawn and e.standing = 'paid'
          and not exists ({identities.PARTED})
       offset 0) p on true
"""
MOVED = """
insert into moved
select e.id, e.delivery_id, e.patient_id, r.patient_id, %(table)s
  from resolved r
 cross join lateral (
       select e.id, e.delivery_id, e.patient_id from {table} e
        where e.payer_id = (select %(payer)s::bigint) and e.member_id = r.member_id and not e.is_withdrawn
          and e.patient_id is distinct from r.patient_id
       offset 0) e
"""
FOLLOW = "update {table} e set patient_id = m.is_now from moved m where m.of_table = %(table)s and e.id = m.id"


def admit(*, payer_id):
    """Makes Patient and Member for members in the stage that the payer has not named before; leaves `known` for all."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.newcomers, pg_temp.known")
        cursor.execute(NEWCOMERS, {"payer": payer_id})
        cursor.execute("analyze newcomers")
        cursor.execute(PATIENTS, {"payer": payer_id})
        cursor.execute(MEMBERS, {"payer": payer_id})
        if cursor.rowcount > MANY:
            cursor.execute("select app.analyze(%s)", [["patients_member"]])
        cursor.execute(KNOWN, {"payer": payer_id})


def refresh(*, payer_id):
    """Writes demographics, clients and coverage of the patients in the temporary table `touched_people`."""
    firsts = [f"{FIRST.format(name, '<> %(none)s')} as {name}" for name in TEXTS]
    firsts += [f"{FIRST.format('sex', '<> %(unknown)s')} as sex"]
    firsts += [f"{FIRST.format(name, 'is not null')} as {name}" for name in ("born_on", "died_on")]
    sets = [f"{name} = left(coalesce(s.{name}, ''), {longest})" for name, longest in TEXTS.items()]
    sets += ["sex = coalesce(s.sex, 'unknown')", "born_on = s.born_on", "died_on = s.died_on"]
    who = WHO.format(firsts=", ".join(firsts), sets=", ".join(sets))
    with connection.cursor() as cursor:
        cursor.execute(who, {"payer": payer_id, "none": "", "unknown": "unknown"})
        for sql in (PERSON, CLIENTS, UNCOVER, COVER):
            cursor.execute(sql, {"payer": payer_id})


def resolve(event_models, *, payer_id):
    """Gives events their patient, or takes him away, for the ids in the temporary table `touched_ids`. Leaves `moved`:
    (event id, delivery, patient before, patient now, table) and returns the models of which something moved. Eligibility
    itself moves only where ids are united or parted."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.resolved, pg_temp.moved")
        cursor.execute(RESOLVED, {"payer": payer_id})
        if identities.unite(payer_id=payer_id):
            event_models = [*event_models, EligibilityEvent]
        cursor.execute("analyze resolved")
        cursor.execute(
            """create temporary table moved (id bigint, delivery_id bigint, was bigint, is_now bigint, of_table text)
               on commit drop"""
        )
        for model in event_models:
            values = {"payer": payer_id, "table": model._meta.db_table}
            cursor.execute(MOVED.format(table=values["table"]), values)
            if cursor.rowcount:
                cursor.execute("analyze moved")
                cursor.execute(FOLLOW.format(table=values["table"]), values)
                found.append(model)
    return found
