"""Narrow facts from the events in force: those of new events are added, those of events that come to something else are made anew.

A claim that is reversed, or whose payment is, gives nothing; neither does one whose member is not known yet, nor a fill that a
dispensing system tells: the payer's claim of the same fill counts. A fill paid in cash is a fact of its own, since no measure of
claims may count it; of those that a dispensing system tells, only what was sold.
A stay or a diagnosis belongs to a claim, so that a claim with one changed line is told anew as a whole. Each call adds patient
by patient, day by day, because measures read in that order (README, Decisions).

Called with two temporary tables of the transaction: `restated` (event_id, was: the patient that its facts are under), the old
events to be told anew; and, through `floor`, the events that this transaction added with ids above it.
"""

# ruff: noqa: S608 - the parts put together are table and column names of this package, never what a feed says
from django.db import connection

from . import payments
from .models import ClinicalEvent, MedicalEvent, PharmacyEvent
from .records import DISPENSED

FRESH = "e.id > %(floor)s and e.payer_id = (select %(payer)s::bigint) and e.delivery_id = %(delivery)s"
IN_FORCE = "not e.is_withdrawn and e.standing = 'paid' and e.patient_id is not null"
# Look-ups are lateral for the reason given in events.py.
OF_EVENTS = f"""(
    select e.* from {{table}} e where {FRESH} and {IN_FORCE}
     union all
    select e.* from restated r cross join lateral (select e.* from {{table}} e where e.id = r.event_id offset 0) e
     where {IN_FORCE}) e"""
OF_CLAIMS = f"""restated_claims c
 cross join lateral (
       select e.* from {{table}} e
        where e.payer_id = (select %(payer)s::bigint) and e.record_id = c.record_id and {IN_FORCE}
          and {payments.LAST_DECISION} is distinct from 'reversed'
       offset 0) e"""
MEDICAL_EVENTS = OF_CLAIMS.format(table="claims_medicalevent")
CLINICAL_EVENTS = OF_EVENTS.format(table="claims_clinicalevent")
DAY = "({0} - date '1970-01-01')"
# The crosswalk speaks first: it is what this payer says of its own ids. The channel of the claim, else of the pharmacy;
# a claim that does not say, at a pharmacy that nobody knows, counts as retail.
WHERE_FILLED = """
  left join lateral (
       select x.pharmacy_id from claims_crosswalk x
        where x.payer_id = (select %(payer)s::bigint) and x.feed_pharmacy_id = e.pharmacy_ref collate "default" offset 0) x on true
  left join pharmacies_pharmacy p on p.organisation_id = x.pharmacy_id
  left join pharmacies_pharmacy n on p.organisation_id is null and n.npi = e.pharmacy_ref
"""
PHARMACY = "coalesce(p.organisation_id, n.organisation_id)"
CHANNEL = "coalesce(nullif(e.channel, ''), p.channel, n.channel, 'retail')"
FILL = f"""
insert into claims_fill (payer_id, patient_id, event_id, day, days_supply, quantity, ndc, pharmacy_id, pharmacy_ref,
                         channel, prescriber_ref, paid_cents)
with source as materialized (
    select e.id, e.payer_id, e.patient_id, e.filled_on, e.days_supply, e.quantity, e.ndc, e.pharmacy_ref, e.channel,
           e.prescriber_ref, e.paid_cents
      from {OF_EVENTS.format(table="claims_pharmacyevent")}
     where e.is_cash is not true and e.source <> '{DISPENSED}'
), places as materialized (
    select e.pharmacy_ref, {PHARMACY} as pharmacy_id, coalesce(p.channel, n.channel, 'retail') as channel
      from (select distinct pharmacy_ref from source) e {WHERE_FILLED}
)
select e.payer_id, e.patient_id, e.id, {DAY.format("e.filled_on")}, e.days_supply, e.quantity, left(e.ndc, 20), w.pharmacy_id,
       left(e.pharmacy_ref, 60), coalesce(nullif(e.channel, ''), w.channel), left(e.prescriber_ref, 60), coalesce(e.paid_cents, 0)
  from source e join places w using (pharmacy_ref)
 order by e.patient_id, e.filled_on, e.id
"""
CASH_FILL = f"""
insert into claims_cashfill (payer_id, patient_id, event_id, day, days_supply, quantity, ndc, pharmacy_ref)
select e.payer_id, e.patient_id, e.id, {DAY.format("e.filled_on")}, e.days_supply, e.quantity, left(e.ndc, 20), left(e.pharmacy_ref, 60)
  from {OF_EVENTS.format(table="claims_pharmacyevent")}
 where e.is_cash and (e.source <> '{DISPENSED}' or e.sold_on is not null)
 order by e.patient_id, e.filled_on, e.id
"""
# Lines of one claim are one stay. Days: admission to discharge, and where the claim has none, its own first and last day.
STAY = f"""
insert into claims_stay (payer_id, patient_id, event_id, from_day, to_day, kind, discharge_code)
select payer_id, patient_id, event_id, {DAY.format("first")}, {DAY.format("greatest(first, last)")}, setting, discharge_code
  from (select e.payer_id, e.patient_id, min(e.id) as event_id, e.setting, min(coalesce(e.admitted_on, e.starts_on)) as first,
               max(coalesce(e.discharged_on, e.ends_on, e.starts_on)) as last,
               coalesce(max(right('0' || e.discharge_code, 2)) filter (where e.discharge_code ~ '^[0-9]{{1,2}}$'), '') as discharge_code
          from {MEDICAL_EVENTS}
         where e.setting in ('inpatient', 'snf', 'hospice')
         group by e.payer_id, e.patient_id, e.record_id, e.setting) stay
 order by patient_id, first, event_id
"""
# ICD-9 codes are left out: a fact has no code system, and E and V codes of ICD-9 look like codes of ICD-10.
DIAGNOSIS = f"""
insert into claims_diagnosis (payer_id, patient_id, event_id, day, code, setting, is_principal)
select payer_id, patient_id, event_id, {DAY.format("first")}, code, setting, is_principal
  from (select e.payer_id, e.patient_id, min(e.id) as event_id, min(e.starts_on) as first, left(d.code, 10) as code,
               min(e.setting) as setting, bool_or(d.place = 1) as is_principal
          from {MEDICAL_EVENTS} cross join lateral unnest(e.diagnoses) with ordinality d (code, place)
         where e.diagnosis_type <> 'icd-9-cm' and d.code <> ''
         group by e.payer_id, e.patient_id, e.record_id, left(d.code, 10)) diagnosis
 order by patient_id, first, event_id, code
"""
# A line for the emergency room or for dialysis may have no service code: its revenue code (045x, 0981; 082x to 085x, 088x) says
# it, as REV0450.
# Procedures (ICD-10-PCS, seven characters) and the DRG (as DRG974) are a claim's, so once a claim and on its first day: feeds do
# not tell that of a procedure.
SERVICE = f"""
insert into claims_service (payer_id, patient_id, event_id, day, code, setting)
select payer_id, patient_id, id, {DAY.format("happened_on")}, code, setting
  from (
select e.payer_id, e.patient_id, e.id, coalesce(e.line_starts_on, e.starts_on) as happened_on, coded.code, e.setting
  from {MEDICAL_EVENTS}
 cross join lateral (
       select left(e.hcpcs, 10) as code where e.hcpcs <> ''
        union all
       select 'REV0' || right(e.revenue_code, 3) where e.revenue_code ~ '^0?(45[0-9]|981|8[2-58][0-9])$') coded
 union all
select e.payer_id, e.patient_id, min(e.id), min(e.starts_on), p.code, min(e.setting)
  from {MEDICAL_EVENTS} cross join lateral unnest(e.procedures) p (code)
 where e.procedure_type = 'icd-10-pcs' and length(p.code) = 7
 group by e.payer_id, e.patient_id, e.record_id, p.code
 union all
select e.payer_id, e.patient_id, min(e.id), min(e.starts_on), 'DRG' || lpad(ltrim(e.drg, '0'), 3, '0'), min(e.setting)
  from {MEDICAL_EVENTS}
 where e.drg ~ '^[0-9]{{1,4}}$'
 group by e.payer_id, e.patient_id, e.record_id, e.drg) service
 order by patient_id, happened_on, id, code
"""
# A result is a number where its text is one, with <, >, <= or >= before it or a per cent sign behind it, below a million. Decimal
# commas, thousands separators, ranges (5-10), titers (1:128) and words are none. Units are not converted: they stand beside it.
NUMBER = r"^\s*(?:[<>]=?)?\s*([+-]?(?:[0-9]{1,6}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}))\s*%%?\s*$"
# Most are plain numbers, which a pattern without parts to take out finds four times as fast.
PLAIN_NUMBER = r"^[0-9]{1,6}(\.[0-9]{0,9})?$"
TEXT_OF_NUMBER = f"case when e.result ~ '{PLAIN_NUMBER}' then e.result else substring(e.result from '{NUMBER}') end"
MILLI = f"round(({TEXT_OF_NUMBER})::numeric * 1000)::int"
BOUND = (
    f"case when e.result !~ '[<>]' then '' when e.result ~ '{NUMBER}' then substring(e.result from '[<>]') else '' end"
)
OBSERVATION = f"""
insert into claims_observation (payer_id, patient_id, event_id, day, code_type, code, result, units, kind, milli, bound)
select e.payer_id, e.patient_id, e.id, {DAY.format("e.happened_on")}, e.code_type, e.code, e.result, e.units, e.kind,
       {MILLI}, {BOUND}
  from {CLINICAL_EVENTS}
 where e.kind in ('observation', 'lab_result')
 order by e.patient_id, e.happened_on, e.id
"""
IMMUNIZATION = f"""
insert into claims_immunization (payer_id, patient_id, event_id, day, code_type, code, lot, status)
select e.payer_id, e.patient_id, e.id, {DAY.format("e.happened_on")}, e.code_type, e.code, e.lot, e.status
  from {CLINICAL_EVENTS}
 where e.kind = 'immunization'
 order by e.patient_id, e.happened_on, e.id
"""
FACTS = {
    PharmacyEvent: {"claims_fill": FILL, "claims_cashfill": CASH_FILL},
    MedicalEvent: {"claims_stay": STAY, "claims_diagnosis": DIAGNOSIS, "claims_service": SERVICE},
    ClinicalEvent: {"claims_observation": OBSERVATION, "claims_immunization": IMMUNIZATION},
}
REHOMED = f"""
create temporary table rehomed on commit drop as
select f.id, {PHARMACY} as pharmacy_id, {CHANNEL} as channel
  from claims_fill f
 cross join lateral (select e.channel, e.pharmacy_ref from claims_pharmacyevent e where e.id = f.event_id offset 0) e
  {WHERE_FILLED}
 where f.payer_id = (select %(payer)s::bigint) and (f.pharmacy_id, f.channel) is distinct from ({PHARMACY}, {CHANNEL})
"""
REHOME = "update claims_fill f set pharmacy_id = r.pharmacy_id, channel = r.channel from rehomed r where f.id = r.id"
NOTHING_ABOVE = 2**63 - 1
FORGET = """
delete from {table} where id = any(array(
    select f.id from restated r
     cross join lateral (
           select id from {table} f
            where f.payer_id = (select %(payer)s::bigint) and f.patient_id = r.was and f.event_id = r.event_id offset 0) f))
"""
CLAIMS = f"""
create temporary table restated_claims on commit drop as
select e.record_id from claims_medicalevent e where {FRESH}
 union
select e.record_id from restated r
 cross join lateral (select e.record_id from claims_medicalevent e where e.id = r.event_id offset 0) e
"""
OLD_LINES = """
create temporary table old_lines on commit drop as
select e.id as event_id, e.patient_id as was
  from restated_claims c
 cross join lateral (
       select e.id, e.patient_id from claims_medicalevent e
        where e.payer_id = (select %(payer)s::bigint) and e.record_id = c.record_id and e.id <= %(floor)s
          and not e.is_withdrawn and e.patient_id is not null
       offset 0) e
"""


def restate(model, *, payer_id, delivery_id=None, floor=None):
    """Facts of the events in `restated`, and of those that `delivery_id` added above `floor`, in one event table."""
    values = {"payer": payer_id, "delivery": delivery_id, "floor": NOTHING_ABOVE if floor is None else floor}
    tables = FACTS.get(model, {})
    with connection.cursor() as cursor:
        if model is MedicalEvent:
            cursor.execute("drop table if exists pg_temp.restated_claims, pg_temp.old_lines")
            cursor.execute(CLAIMS, values)
            cursor.execute("analyze restated_claims")
            cursor.execute(OLD_LINES, values)
            cursor.execute("insert into restated select * from old_lines on conflict do nothing")
        cursor.execute("analyze restated")
        for table, sql in tables.items():
            cursor.execute(FORGET.format(table=table), values)
            cursor.execute(sql, values)


def rehome(*, payer_id):
    """Looks up the pharmacy of every fill of a payer anew, after the crosswalk or the directory changed. How many moved."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.rehomed")
        cursor.execute(REHOMED, {"payer": payer_id})
        cursor.execute("create index on rehomed (id)")
        cursor.execute("analyze rehomed")
        cursor.execute(REHOME)
        return cursor.rowcount
