"""Narrow facts from the events in force, rewritten whole for the patients in the temporary table `touched_people`.

A claim that is reversed, or whose payment is, gives nothing;
neither does one whose member is not known yet, nor a fill paid in cash, which no measure of
claims may count. Facts go in patient by patient, day by day,
because measures read them in that order (README, Decisions).
"""

# ruff: noqa: S608 - the parts put together are table and column names of this package, never what a feed says
from django.db import connection

from . import payments
from .models import ClinicalEvent, MedicalEvent, PharmacyEvent

OF_TOUCHED = """touched_people t
 cross join lateral (
       select e.* from {table} e
        where e.payer_id = (select %(payer)s::bigint) and e.patient_id = t.patient_id and not e.is_withdrawn and e.standing = 'paid'
       offset 0) e"""  # lateral for the reason given in events.py
PHARMACY_EVENTS = OF_TOUCHED.format(table="claims_pharmacyevent")
MEDICAL_EVENTS = OF_TOUCHED.format(table="claims_medicalevent").replace(
    "offset 0", f"and {payments.LAST_DECISION} is distinct from 'reversed' offset 0"
)
CLINICAL_EVENTS = OF_TOUCHED.format(table="claims_clinicalevent")
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
select e.payer_id, e.patient_id, e.id, {DAY.format("e.filled_on")}, e.days_supply, e.quantity, left(e.ndc, 20), {PHARMACY},
       left(e.pharmacy_ref, 60), {CHANNEL}, left(e.prescriber_ref, 60), coalesce(e.paid_cents, 0)
  from {PHARMACY_EVENTS} {WHERE_FILLED}
 where e.is_cash is not true
 order by e.patient_id, e.filled_on, e.id
"""
# Lines of one claim are one stay. Days: admission to discharge, and where the claim has none, its own first and last day.
STAY = f"""
insert into claims_stay (payer_id, patient_id, event_id, from_day, to_day, kind)
select payer_id, patient_id, event_id, {DAY.format("first")}, {DAY.format("greatest(first, last)")}, setting
  from (select e.payer_id, e.patient_id, min(e.id) as event_id, e.setting, min(coalesce(e.admitted_on, e.starts_on)) as first,
               max(coalesce(e.discharged_on, e.ends_on, e.starts_on)) as last
          from {MEDICAL_EVENTS}
         where e.setting in ('inpatient', 'snf', 'hospice')
         group by e.payer_id, e.patient_id, e.record_id, e.setting) stay
 order by patient_id, first, event_id
"""
# ICD-9 codes are left out: a fact has no code system, and E and V codes of ICD-9 look like codes of ICD-10.
DIAGNOSIS = f"""
insert into claims_diagnosis (payer_id, patient_id, event_id, day, code, setting)
select payer_id, patient_id, event_id, {DAY.format("first")}, code, setting
  from (select e.payer_id, e.patient_id, min(e.id) as event_id, min(e.starts_on) as first, left(d.code, 10) as code,
               min(e.setting) as setting
          from {MEDICAL_EVENTS} cross join lateral unnest(e.diagnoses) d (code)
         where e.diagnosis_type <> 'icd-9-cm' and d.code <> ''
         group by e.payer_id, e.patient_id, e.record_id, left(d.code, 10)) diagnosis
 order by patient_id, first, event_id, code
"""
# A hospital's line for its emergency room may have no service code: its revenue code (045x, 0981) says it, as REV0450.
SERVICE = f"""
insert into claims_service (payer_id, patient_id, event_id, day, code, setting)
select e.payer_id, e.patient_id, e.id, {DAY.format("coalesce(e.line_starts_on, e.starts_on)")}, coded.code, e.setting
  from {MEDICAL_EVENTS}
 cross join lateral (
       select left(e.hcpcs, 10) as code where e.hcpcs <> ''
        union all
       select 'REV0' || right(e.revenue_code, 3) where e.revenue_code ~ '^0?(45[0-9]|981)$') coded
 order by e.patient_id, coalesce(e.line_starts_on, e.starts_on), e.id, coded.code
"""
OBSERVATION = f"""
insert into claims_observation (payer_id, patient_id, event_id, day, code_type, code, result, units, kind)
select e.payer_id, e.patient_id, e.id, {DAY.format("e.happened_on")}, left(e.code_type, 20), left(e.code, 20),
       left(e.result, 100), left(e.units, 30), e.kind
  from {CLINICAL_EVENTS}
 where e.kind in ('observation', 'lab_result')
 order by e.patient_id, e.happened_on, e.id
"""
IMMUNIZATION = f"""
insert into claims_immunization (payer_id, patient_id, event_id, day, code_type, code, lot, status)
select e.payer_id, e.patient_id, e.id, {DAY.format("e.happened_on")}, left(e.code_type, 10), left(e.code, 10),
       left(e.lot, 30), left(e.status, 20)
  from {CLINICAL_EVENTS}
 where e.kind = 'immunization'
 order by e.patient_id, e.happened_on, e.id
"""
FACTS = {
    PharmacyEvent: {"claims_fill": FILL},
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


def rewrite(event_models, *, payer_id):
    """Facts of the touched people that come from these event tables, deleted and made again."""
    with connection.cursor() as cursor:
        for model in event_models:
            for table, sql in FACTS.get(model, {}).items():
                cursor.execute(
                    f"""delete from {table} where id = any(array(
                            select f.id from touched_people t
                             cross join lateral (
                                   select id from {table} f
                                    where f.payer_id = (select %(payer)s::bigint) and f.patient_id = t.patient_id
                                   offset 0) f))""",
                    {"payer": payer_id},
                )
                cursor.execute(sql, {"payer": payer_id})


def rehome(*, payer_id):
    """Looks up the pharmacy of every fill of a payer anew, after the crosswalk or the directory changed. How many moved."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.rehomed")
        cursor.execute(REHOMED, {"payer": payer_id})
        cursor.execute("create index on rehomed (id)")
        cursor.execute("analyze rehomed")
        cursor.execute(REHOME)
        return cursor.rowcount
