"""What clinical measures compare: results as numbers, how a stay ended, which diagnosis is a claim's first, and procedures."""

from django.db import migrations, models

# As facts.NUMBER has it when this was written.
RESULTS = r"""
update claims_observation o set
       milli = round(substring(o.result from '^\s*(?:[<>]=?)?\s*([+-]?(?:[0-9]{1,6}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}))\s*%?\s*$')::numeric * 1000)::int,
       bound = coalesce(substring(o.result from '[<>]'), '')
 where o.result ~ '^\s*(?:[<>]=?)?\s*([+-]?(?:[0-9]{1,6}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}))\s*%?\s*$'
"""
STAYS = """
update claims_stay s set discharge_code = told.code
  from (select f.id, max(right('0' || l.discharge_code, 2)) as code
          from claims_stay f
          join claims_medicalevent e on e.id = f.event_id
          join claims_medicalevent l on l.payer_id = e.payer_id and l.record_id = e.record_id
         where not l.is_withdrawn and l.standing = 'paid' and l.discharge_code ~ '^[0-9]{1,2}$'
         group by f.id) told
 where told.id = s.id
"""
PRINCIPAL = """
update claims_diagnosis d set is_principal = true
  from claims_medicalevent e
  join claims_medicalevent l on l.payer_id = e.payer_id and l.record_id = e.record_id
 where e.id = d.event_id and not l.is_withdrawn and l.standing = 'paid' and left(l.diagnoses[1], 10) = d.code
"""
# Claims whose facts are in force are those that have a diagnosis, a stay or a service already.
PROCEDURES = """
insert into claims_service (payer_id, patient_id, event_id, day, code, setting)
select e.payer_id, e.patient_id, min(e.id), min(e.starts_on) - date '1970-01-01', p.code, min(e.setting)
  from claims_medicalevent e cross join lateral unnest(e.procedures) p (code)
 where e.procedure_type = 'icd-10-pcs' and length(p.code) = 7 and not e.is_withdrawn and e.standing = 'paid'
   and e.patient_id is not null
   and exists (select 1
                 from (select event_id, patient_id, payer_id from claims_diagnosis
                        union all select event_id, patient_id, payer_id from claims_stay
                        union all select event_id, patient_id, payer_id from claims_service) f
                 join claims_medicalevent l on l.id = f.event_id
                where f.payer_id = e.payer_id and f.patient_id = e.patient_id and l.record_id = e.record_id)
 group by e.payer_id, e.patient_id, e.record_id, p.code
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0019_stored_claims_of_providers")]
    operations = [
        migrations.AddField("observation", "milli", models.IntegerField(null=True, help_text="The result in thousandths of its units; none: not a number.")),
        migrations.AddField("observation", "bound", models.CharField(max_length=1, blank=True, db_default="", help_text="< or >: the result is at most, or at least, that number.")),
        migrations.AddField("stay", "discharge_code", models.CharField(max_length=2, blank=True, db_default="", help_text="Patient discharge status of the claim (UB-04), two digits.")),
        migrations.AddField("diagnosis", "is_principal", models.BooleanField(db_default=False, help_text="The first diagnosis of the claim.")),
        migrations.RunSQL([RESULTS, STAYS, PRINCIPAL, PROCEDURES], migrations.RunSQL.noop),
    ]
