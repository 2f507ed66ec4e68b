"""Narrow facts from the events in force, rewritten whole for the patients in the temporary table `touched_people`.

A reversed claim gives nothing; neither does one whose member is not known yet. Facts go in patient by patient, day by day,
because measures read them in that order (README, Decisions).
"""

# ruff: noqa: S608 - the parts put together are table and column names of this package, never what a feed says
from django.db import connection

from .models import ClinicalEvent, MedicalEvent, PharmacyEvent

OF_TOUCHED = """e.payer_id = %(payer)s and not e.is_withdrawn and e.standing = 'paid'
   and e.patient_id in (select patient_id from touched_people)"""
DAY = "({0} - date '1970-01-01')"
# The crosswalk speaks first: it is what this payer says of its own ids. The channel of the claim, else of the pharmacy;
# a claim that does not say, at a pharmacy that nobody knows, counts as retail.
WHERE_FILLED = """
  left join claims_crosswalk x on x.payer_id = e.payer_id and x.feed_pharmacy_id = e.pharmacy_ref
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
  from claims_pharmacyevent e {WHERE_FILLED}
 where {OF_TOUCHED}
 order by e.patient_id, e.filled_on, e.id
"""
# Lines of one claim are one stay. Days: admission to discharge, and where the claim has none, its own first and last day.
STAY = f"""
insert into claims_stay (payer_id, patient_id, event_id, from_day, to_day, kind)
select payer_id, patient_id, event_id, {DAY.format("first")}, {DAY.format("greatest(first, last)")}, setting
  from (select e.payer_id, e.patient_id, min(e.id) as event_id, e.setting, min(coalesce(e.admitted_on, e.starts_on)) as first,
               max(coalesce(e.discharged_on, e.ends_on, e.starts_on)) as last
          from claims_medicalevent e
         where {OF_TOUCHED} and e.setting in ('inpatient', 'snf', 'hospice')
         group by e.payer_id, e.patient_id, e.record_id, e.setting) stay
 order by patient_id, first, event_id
"""
# ICD-9 codes are left out: a fact has no code system, and E and V codes of ICD-9 look like codes of ICD-10.
DIAGNOSIS = f"""
insert into claims_diagnosis (payer_id, patient_id, event_id, day, code, setting)
select payer_id, patient_id, event_id, {DAY.format("first")}, code, setting
  from (select e.payer_id, e.patient_id, min(e.id) as event_id, min(e.starts_on) as first, left(d.code, 10) as code,
               min(e.setting) as setting
          from claims_medicalevent e cross join lateral unnest(e.diagnoses) d (code)
         where {OF_TOUCHED} and e.diagnosis_type <> 'icd-9-cm' and d.code <> ''
         group by e.payer_id, e.patient_id, e.record_id, left(d.code, 10)) diagnosis
 order by patient_id, first, event_id, code
"""
SERVICE = f"""
insert into claims_service (payer_id, patient_id, event_id, day, code, setting)
select e.payer_id, e.patient_id, e.id, {DAY.format("coalesce(e.line_starts_on, e.starts_on)")}, left(e.hcpcs, 10), e.setting
  from claims_medicalevent e
 where {OF_TOUCHED} and e.hcpcs <> ''
 order by e.patient_id, coalesce(e.line_starts_on, e.starts_on), e.id
"""
OBSERVATION = f"""
insert into claims_observation (payer_id, patient_id, event_id, day, code_type, code, result, units, kind)
select e.payer_id, e.patient_id, e.id, {DAY.format("e.happened_on")}, left(e.code_type, 20), left(e.code, 20),
       left(e.result, 100), left(e.units, 30), e.kind
  from claims_clinicalevent e
 where {OF_TOUCHED} and e.kind in ('observation', 'lab_result')
 order by e.patient_id, e.happened_on, e.id
"""
IMMUNIZATION = f"""
insert into claims_immunization (payer_id, patient_id, event_id, day, code_type, code, lot, status)
select e.payer_id, e.patient_id, e.id, {DAY.format("e.happened_on")}, left(e.code_type, 10), left(e.code, 10),
       left(e.lot, 30), left(e.status, 20)
  from claims_clinicalevent e
 where {OF_TOUCHED} and e.kind = 'immunization'
 order by e.patient_id, e.happened_on, e.id
"""
FACTS = {
    PharmacyEvent: {"claims_fill": FILL},
    MedicalEvent: {"claims_stay": STAY, "claims_diagnosis": DIAGNOSIS, "claims_service": SERVICE},
    ClinicalEvent: {"claims_observation": OBSERVATION, "claims_immunization": IMMUNIZATION},
}
REHOME = f"""
update claims_fill f set pharmacy_id = w.pharmacy_id, channel = w.channel
  from (select e.id, {PHARMACY} as pharmacy_id, {CHANNEL} as channel
          from claims_pharmacyevent e {WHERE_FILLED}
         where e.payer_id = %(payer)s and not e.is_withdrawn and e.standing = 'paid') w
 where f.payer_id = %(payer)s and f.event_id = w.id
   and (f.pharmacy_id, f.channel) is distinct from (w.pharmacy_id, w.channel)
"""


def rewrite(event_models, *, payer_id):
    """Facts of the touched people that come from these event tables, deleted and made again."""
    with connection.cursor() as cursor:
        for model in event_models:
            for table, sql in FACTS.get(model, {}).items():
                cursor.execute(
                    f"delete from {table} where payer_id = %(payer)s "
                    "and patient_id in (select patient_id from touched_people)",
                    {"payer": payer_id},
                )
                cursor.execute(sql, {"payer": payer_id})


def rehome(*, payer_id):
    """Looks up the pharmacy of every fill of a payer anew, after the crosswalk or the directory changed. How many moved."""
    with connection.cursor() as cursor:
        cursor.execute(REHOME, {"payer": payer_id})
        return cursor.rowcount
