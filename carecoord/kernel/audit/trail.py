"""Statement triggers into the trail, and the guard on it. Made after every migrate from what the models declare."""

# ruff: noqa: S608 - what is put together are names of this module and of models
from django.apps import apps
from django.db import connections, transaction

from carecoord.kernel.tenancy.context import ROLES
from carecoord.kernel.tenancy.walls import PREFIX

TRAIL = "audit_auditevent"

_FUNCTIONS = f"""
create or replace function app.write_event(
    event text, table_name text, row_ids bigint[], row_count int, patient_ids bigint[], detail jsonb
) returns void language sql security definer set search_path = pg_catalog, pg_temp
    begin atomic
        insert into public.{TRAIL} (at, login, event, user_id, organisation_id, payer_ids, request_id, ip,
                                    table_name, row_ids, row_count, patient_ids, detail)
        values (clock_timestamp(), session_user, event, app.user_id(), app.organisation_id(), app.payer_ids(),
                nullif(current_setting('app.request_id', true), '')::uuid,
                nullif(current_setting('app.ip', true), '')::inet,
                table_name, row_ids, row_count, patient_ids, detail);
    end;
create or replace function app.audit_change() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    ids bigint[] := '{{}}';
    patients bigint[] := '{{}}';
    rows int;
begin
    -- Arguments: "rows" or "count"; the column that names the patient, or ''; the primary key.
    select count(*) into rows from changed;
    if rows = 0 then return null; end if;
    if tg_argv[0] = 'rows' then
        execute format('select array_agg(%I) from changed', tg_argv[2]) into ids;
        if tg_argv[1] <> '' then
            execute format('select coalesce(array_agg(distinct %1$I) filter (where %1$I is not null), ''{{}}'') from changed', tg_argv[1])
                into patients;
        end if;
    end if;
    perform app.write_event('row.' || lower(tg_op), tg_table_name, ids, rows, patients, '{{}}'::jsonb);
    return null;
end $$;
create or replace function app.refuse_change() returns trigger language plpgsql as $$
begin
    raise insufficient_privilege using message = 'the audit trail is append-only';
end $$;
revoke all on function app.write_event(text, text, bigint[], int, bigint[], jsonb) from public;
grant execute on function app.write_event(text, text, bigint[], int, bigint[], jsonb) to {", ".join(PREFIX + r for r in ROLES)};
create or replace trigger append_only before update or delete or truncate on {TRAIL}
    for each statement execute function app.refuse_change();
"""


def sync(using="owner"):
    """Every audited table has its three triggers; a table that is no longer audited loses them."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        present = set(connections[using].introspection.table_names(cursor))
        if TRAIL not in present:
            return  # a partial migrate (one app, or a target before the trail)
        cursor.execute(_FUNCTIONS)
        for model in apps.get_models():
            if model._meta.managed and model._meta.db_table in present:
                for statement in statements(model):
                    cursor.execute(statement)


def statements(model):
    """Three triggers a table, since a transition table belongs to one verb."""
    table, how = model._meta.db_table, getattr(model, "audit", None)
    columns = {field.column for field in model._meta.concrete_fields}
    patient = "id" if table == "patients_patient" else "patient_id" if "patient_id" in columns else ""
    for verb, side in [("insert", "new"), ("update", "new"), ("delete", "old")]:
        if how is None:
            yield f"drop trigger if exists audit_{verb} on {table}"
        else:
            yield (
                f"create or replace trigger audit_{verb} after {verb} on {table} referencing {side} table as changed "
                f"for each statement execute function app.audit_change('{how}', '{patient}', '{model._meta.pk.column}')"
            )
