"""Words of clinical facts that were cut to their old widths, as their events tell them."""

from django.db import migrations

IMMUNIZATIONS = """
update claims_immunization i set code_type = e.code_type, code = e.code, lot = e.lot, status = e.status
  from claims_clinicalevent e
 where e.id = i.event_id and (i.code_type, i.code, i.lot, i.status) is distinct from (e.code_type, e.code, e.lot, e.status)
"""
OBSERVATIONS = """
update claims_observation o set code_type = e.code_type, result = e.result, units = e.units
  from claims_clinicalevent e
 where e.id = o.event_id and (length(o.code_type) = 20 or length(o.result) = 100 or length(o.units) = 30)
   and (o.code_type, o.result, o.units) is distinct from (e.code_type, e.result, e.units)
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0016_whole_words_in_clinical_facts")]
    operations = [migrations.RunSQL([IMMUNIZATIONS, OBSERVATIONS], migrations.RunSQL.noop)]
