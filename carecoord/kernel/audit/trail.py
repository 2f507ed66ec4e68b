"""Statement triggers into the trail, and the guard on it. Made after every migrate from what the models declare."""

# ruff: noqa: S608 - what is put together are names of this module and of models
from django.apps import apps
from django.db import connections, transaction

from carecoord.kernel.tenancy.context import ROLES
from carecoord.kernel.tenancy.walls import PREFIX

TRAIL, SEALS = "audit_auditevent", "audit_seal"
EVENT_AS_TEXT = """jsonb_build_array(id, at at time zone 'UTC', login, event, user_id, organisation_id, payer_ids, request_id, ip,
    table_name, row_ids, row_count, patient_ids, detail, transaction_id)::text"""
"""What is hashed of an event: every column, in words that no setting of a session changes."""

_FUNCTIONS = f"""
create or replace function app.write_event(
    event text, table_name text, row_ids bigint[], row_count int, patient_ids bigint[], detail jsonb
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
    -- Planned once a session, by the index of members however few there are then: planning took three times as long as the rest.
    -- An event is seen whole or not at all: a read, and whatever a pharmacy does (it has no payers of its own), is written
    -- once for the payers of each member, so that their auditors find it, and no other payer's members in it.
    insert into public.{TRAIL} (at, login, event, user_id, organisation_id, payer_ids, request_id, ip,
                                table_name, row_ids, row_count, patient_ids, detail, transaction_id)
    select clock_timestamp(), session_user, event, app.user_id(), app.organisation_id(), whose.payers,
           nullif(current_setting('app.request_id', true), '')::uuid,
           nullif(current_setting('app.ip', true), '')::inet, table_name, row_ids,
           case event when 'patient.read' then cardinality(whose.patients) else row_count end, whose.patients, detail,
           pg_current_xact_id()::text::bigint + app.transactions_before()
      from (
        select app.payer_ids() payers, patient_ids patients
         where cardinality(patient_ids) = 0 or app.payer_ids() <> '{{}}' and event <> 'patient.read'
        union all
        select payers, array_agg(id order by id) from (
            select id, array(
                select m.payer_id from public.patients_member m where m.patient_id = named.id
                    and (app.payer_ids() = '{{}}' or m.payer_id = any(app.payer_ids())) order by m.payer_id
            ) payers
              from unnest(patient_ids) named(id) where app.payer_ids() = '{{}}' or event = 'patient.read'
        ) each group by payers
      ) whose;
end $$;
create or replace function app.write_read(patient_ids bigint[], patient_refs uuid[], detail jsonb)
    returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    seen bigint[];
begin
    select coalesce(array_agg(id order by id), '{{}}') into seen from (
        select unnest(patient_ids) id union select id from public.patients_patient where public_id = any(patient_refs)
    ) everybody;
    perform app.write_event('patient.read', 'patients_patient', '{{}}', cardinality(seen), seen, detail);
end $$;
create or replace function app.seal_events() returns setof public.{SEALS} language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    made public.{SEALS};
    one text;
    head bytea;
begin
    -- Keys and commits come in different orders. Below the snapshot's xmin all transactions are over, so the set is final.
    perform pg_advisory_xact_lock(hashtext('carecoord.seal'));
    select * into made from public.{SEALS} order by number desc limit 1;
    head := decode(coalesce(made.root, ''), 'hex');
    made.number := coalesce(made.number, 0) + 1;
    made.low := coalesce(made.high, 0);
    made.high := pg_snapshot_xmin(pg_current_snapshot())::text::bigint + app.transactions_before();
    made.events := 0;
    made.sealed_at := clock_timestamp();
    head := sha256(head || convert_to(concat_ws('|', made.number, made.low, made.high), 'UTF8'));
    for one in select {EVENT_AS_TEXT} from public.{TRAIL}
               where transaction_id >= made.low and transaction_id < made.high order by id loop
        head := sha256(head || sha256(convert_to(one, 'UTF8')));
        made.events := made.events + 1;
    end loop;
    if made.events > 0 then
        made.root := encode(head, 'hex');
        insert into public.{SEALS} select made.*;
        return next made;
    end if;
end $$;
revoke all on function app.seal_events() from public, {", ".join(PREFIX + r for r in ROLES)};
grant execute on function app.seal_events() to {PREFIX}worker;
create or replace function app.unsealed_since() returns timestamptz language sql stable security definer
    set search_path = pg_catalog, pg_temp
    return (select min(at) from public.{TRAIL}
            where transaction_id >= coalesce((select max(high) from public.{SEALS}), 0));
create or replace function app.audit_change() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    ids bigint[] := '{{}}';
    patients bigint[] := '{{}}';
    rows int;
begin
    -- Arguments: "rows" or "count"; an expression over `changed` that names the patient, or ''; the primary key.
    if tg_argv[0] = 'rows' then
        execute format('select count(*), array_agg(id), coalesce(array_agg(distinct it) filter (where it is not null), ''{{}}'')
                        from (select %I id, %s it from changed) named', tg_argv[2], coalesce(nullif(tg_argv[1], ''), 'null::bigint'))
            into rows, ids, patients;
    else
        select count(*) into rows from changed;
    end if;
    if rows = 0 then return null; end if;
    perform app.write_event('row.' || lower(tg_op), tg_table_name, ids, rows, patients, '{{}}'::jsonb);
    return null;
end $$;
create or replace function app.refuse_change() returns trigger language plpgsql as $$
begin
    raise insufficient_privilege using message = 'the audit trail is append-only';
end $$;
revoke all on function app.write_read(bigint[], uuid[], jsonb) from public;
grant execute on function app.write_read(bigint[], uuid[], jsonb) to {", ".join(PREFIX + r for r in ROLES)};
revoke all on function app.write_event(text, text, bigint[], int, bigint[], jsonb) from public;
grant execute on function app.write_event(text, text, bigint[], int, bigint[], jsonb) to {", ".join(PREFIX + r for r in ROLES)};
create or replace trigger append_only before update or delete or truncate on {TRAIL}
    for each statement execute function app.refuse_change();
create or replace trigger append_only before update or delete or truncate on {SEALS}
    for each statement execute function app.refuse_change();
"""
_TRANSACTIONS_BEFORE = f"""
do $$ declare
    newest bigint;
    next bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
begin
    -- A database that was restored on another cluster goes on counting where its trail ends, not where that cluster stands.
    if to_regprocedure('app.transactions_before()') is null then
        create function app.transactions_before() returns bigint language sql immutable as 'select 0::bigint';
    end if;
    select max(last) into newest from (
        select max(transaction_id) last from {TRAIL} union all select max(high) - 1 from {SEALS}
    ) trail;
    if newest >= next + app.transactions_before() then
        execute format('create or replace function app.transactions_before() returns bigint language sql immutable
                        as %L', format('select %s::bigint', newest + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint));
    end if;
end $$
"""


def sync(using="owner"):
    """Every audited table has its three triggers; a table that is no longer audited loses them."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        present = set(connections[using].introspection.table_names(cursor))
        if not {TRAIL, SEALS, "patients_patient", "patients_member"} <= present:
            return  # a partial migrate (one app, or a target before the trail)
        cursor.execute(_TRANSACTIONS_BEFORE)
        cursor.execute(_FUNCTIONS)
        for model in apps.get_models():
            if model._meta.managed and model._meta.db_table in present:
                for statement in statements(model):
                    cursor.execute(statement)


def statements(model):
    """Three triggers a table, since a transition table belongs to one verb."""
    table, how = model._meta.db_table, getattr(model, "audit", None)
    patient = _patient_of(model).replace("'", "''")
    for verb, side in [("insert", "new"), ("update", "new"), ("delete", "old")]:
        if how is None:
            yield f"drop trigger if exists audit_{verb} on {table}"
        else:
            yield (
                f"create or replace trigger audit_{verb} after {verb} on {table} referencing {side} table as changed "
                f"for each statement execute function app.audit_change('{how}', '{patient}', '{model._meta.pk.column}')"
            )


def _patient_of(model):
    """SQL over a row of `changed`: whom it is about. By its own column, or by that of the row that it hangs on."""
    columns = {field.column for field in model._meta.concrete_fields}
    if model._meta.db_table == "patients_patient":
        return "changed.id"
    if "patient_id" in columns:
        return "changed.patient_id"
    if "patient_ref" in columns:
        return _BY_REF.format("changed.patient_ref")
    for field in model._meta.concrete_fields:
        above = field.related_model if field.is_relation else None
        if above and "patient_ref" in {each.column for each in above._meta.concrete_fields}:
            ref = f"select above.patient_ref from public.{above._meta.db_table} above where above.id = changed.{field.column}"
            return _BY_REF.format(f"({ref})")
    return ""


_BY_REF = "(select p.id from public.patients_patient p where p.public_id = {})"
