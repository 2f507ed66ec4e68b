"""Claims and payments of X12 that are there already get the keys that they would have now. Nothing is folded anew: where one
provider used a number, as is usual, the same claims stand as before."""

from django.db import migrations

CLAIMS = """
update claims_medicalevent e set record_id = e.record_id || '|' || e.billing_ref, number_of = e.billing_ref
  from claims_delivery d
 where d.id = e.delivery_id and d.format = 'x12_837' and e.billing_ref <> '' and e.number_of = ''
"""
RULINGS = """
update claims_conflictruling r set record_id = e.record_id
  from claims_medicalevent e
 where r."table" = 'medicalevent' and e.payer_id = r.payer_id and e.content_hash = r.chosen and e.number_of <> ''
   and e.record_id = r.record_id || '|' || e.number_of
"""
PAYMENTS = """
update claims_paymentevent p set of_record = e.record_id
  from claims_medicalevent e
 where e.payer_id = p.payer_id and not e.is_withdrawn and not p.is_withdrawn and p.of_record = ''
   and e.record_id in (p.claim_id, p.claim_id || '|' || p.payee_ref) and (e.number_of <> '' or e.record_id = p.claim_id)
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0018_numbers_of_providers")]
    operations = [migrations.RunSQL([CLAIMS, RULINGS, PAYMENTS], migrations.RunSQL.noop)]
