"""What a check constraint cannot say, since it looks at one row: sums over rows, asked at the end of each transaction.

Each function runs as the owner of the tables, so that no wall hides a row that belongs to a sum.
"""

from django.db import migrations

FUNCTIONS = """
create function billing_claim_adds_up() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as $$
declare
    wanted bigint := case when tg_table_name = 'billing_serviceclaim' then (to_jsonb(new) ->> 'id')::bigint
                     else (to_jsonb(new) ->> 'claim_id')::bigint end;
    c billing_serviceclaim;
    lines record;
    remitted bigint;
    taken bigint;
begin
    select * into c from billing_serviceclaim where id = wanted;
    if not found then return null; end if;
    select coalesce(sum(charge_cents), 0) as charge, coalesce(sum(approved_cents), 0) as approved,
           coalesce(sum(paid_cents), 0) as paid into lines from billing_serviceline where claim_id = c.id;
    if (lines.charge, lines.approved, lines.paid) is distinct from
       (c.charge_cents::bigint, c.approved_cents::bigint, c.paid_cents::bigint) then
        raise check_violation using message = format('the lines of claim %s do not add up to it', c.number);
    end if;
    if c.status in ('approved', 'denied', 'paid') and exists (
        select from billing_serviceline l where l.claim_id = c.id and l.charge_cents <> l.approved_cents + coalesce(
            (select sum(a.amount_cents) from billing_adjustment a where a.line_id = l.id and a.decision = c.decision), 0)
    ) then
        raise check_violation using message = format('a line of claim %s: charge is not approved + adjustments', c.number);
    end if;
    select coalesce(sum(paid_cents), 0) into remitted from billing_remittanceline where claim_id = c.id;
    if remitted <> c.paid_cents then
        raise check_violation using message = format('remittances paid %s cents for claim %s, not %s', remitted, c.number, c.paid_cents);
    end if;
    select coalesce(sum(amount_cents), 0) into taken from billing_provideradjustment where claim_id = c.id;
    if taken <> c.recouped_cents then
        raise check_violation using message = format('remittances took back %s cents of claim %s', taken, c.number);
    end if;
    return null;
end $$;

create function billing_remittance_adds_up() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as $$
declare
    wanted bigint := case when tg_table_name = 'billing_remittance' then (to_jsonb(new) ->> 'id')::bigint
                     else (to_jsonb(new) ->> 'remittance_id')::bigint end;
    r billing_remittance;
    lines bigint;
    others bigint;
    posted bigint;
begin
    select * into r from billing_remittance where id = wanted;
    if not found then return null; end if;
    select coalesce(sum(paid_cents), 0) into lines from billing_remittanceline where remittance_id = r.id;
    select coalesce(sum(amount_cents), 0) into others from billing_provideradjustment where remittance_id = r.id;
    select sum(cents) into posted from billing_ledgerentry where remittance_id = r.id;
    if r.total_cents <> lines - others then
        raise check_violation using message = format('remittance %s: %s is not %s - %s', r.number, r.total_cents, lines, others);
    end if;
    if posted is distinct from -r.total_cents::bigint then
        raise check_violation using message = format('remittance %s is not in the ledger', r.number);
    end if;
    return null;
end $$;

create function billing_balance_carried_whole() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.settles_id is not null and not exists (
        select from billing_provideradjustment f
        where f.id = new.settles_id and f.amount_cents = -new.amount_cents and f.reason = 'FB' and f.settles_id is null
    ) then
        raise check_violation using message = 'a balance carried forward is settled by the same cents';
    end if;
    if new.recoupment_id is not null and not exists (
        select from billing_recoupment r where r.id = new.recoupment_id and r.amount_cents = new.amount_cents
            and r.claim_id = new.claim_id and r.remittance_id = new.remittance_id
    ) then
        raise check_violation using message = 'an overpayment is taken back as it was notified';
    end if;
    return null;
end $$;

create function billing_invoice_adds_up() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as $$
declare
    wanted bigint := case when tg_table_name = 'billing_invoice' then (to_jsonb(new) ->> 'id')::bigint
                     else (to_jsonb(new) ->> 'invoice_id')::bigint end;
begin
    if exists (select from billing_invoice i where i.id = wanted and i.total_cents <> coalesce(
        (select sum(amount_cents) from billing_invoiceline where invoice_id = i.id), 0)) then
        raise check_violation using message = 'an invoice is the sum of its lines';
    end if;
    return null;
end $$;
"""
TRIGGERS = {
    "billing_claim_adds_up": (
        "billing_serviceclaim",
        "billing_serviceline",
        "billing_adjustment",
        "billing_remittanceline",
        "billing_provideradjustment",
    ),
    "billing_remittance_adds_up": (
        "billing_remittance",
        "billing_remittanceline",
        "billing_provideradjustment",
        "billing_ledgerentry",
    ),
    "billing_balance_carried_whole": ("billing_provideradjustment",),
    "billing_invoice_adds_up": ("billing_invoice", "billing_invoiceline"),
}
EACH = "create constraint trigger {function} after insert or update on {table} deferrable initially deferred for each row execute function {function}();"


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_what_stood_before")]
    operations = [
        migrations.RunSQL(
            FUNCTIONS
            + "\n".join(EACH.format(function=f, table=table) for f, tables in TRIGGERS.items() for table in tables),
            "\n".join(f"drop function {function}() cascade;" for function in TRIGGERS),
        )
    ]
