"""Claims and remittances from before the ledger: their receipt, and the movements that they stand for."""

from django.db import migrations

FORWARD = """
    update billing_serviceclaim c set received_at = c.created_at, icn = 'P' || c.id where c.status <> 'held';
    insert into billing_adjustment (payer_id, pharmacy_id, claim_id, line_id, decision, "group", carc, rarc, amount_cents)
        select l.payer_id, l.pharmacy_id, l.claim_id, l.id, 0, 'CO', case when c.status = 'denied' then 'A1' else '45' end,
               case when c.status = 'denied' then 'N517' else '' end, l.charge_cents - l.approved_cents
        from billing_serviceline l join billing_serviceclaim c on c.id = l.claim_id
        where c.status in ('approved', 'denied', 'paid') and l.charge_cents > l.approved_cents;
    insert into billing_ledgerentry (payer_id, pharmacy_id, kind, "on", cents, claim_id, at)
        select c.payer_id, c.pharmacy_id, 'approved', (h.at at time zone 'utc')::date, c.approved_cents, c.id, h.at
        from billing_serviceclaim c
        join lateral (select max(at) as at from billing_claimchange where claim_id = c.id and to_status = 'approved') h on true
        where c.status in ('approved', 'paid') and h.at is not null;
    insert into billing_ledgerentry (payer_id, pharmacy_id, kind, "on", cents, remittance_id, at)
        select payer_id, pharmacy_id, 'paid', paid_on, -total_cents, id, created_at from billing_remittance;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_the_ledger")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
