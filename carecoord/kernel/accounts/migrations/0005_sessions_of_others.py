"""Sessions, known browsers and PINs are each person's own rows (settings.OWN_ROWS). Whoever looks after people counts and ends
the sessions of others by these functions, and never sees a session's key."""

from django.db import migrations

FUNCTIONS = """
create function accounts_looks_after(person bigint) returns boolean language sql stable security definer
    set search_path = pg_catalog, pg_temp as $$
    -- A pharmacy's people, those who work or worked there; a PBM's and a network's, everybody, as for memberships.
    select exists (select from public.accounts_membership m where m.user_id = person and m.organisation_id = place)
        or exists (select from public.accounts_organisation o where o.id = place and o.kind in ('pbm', 'network'))
      from (select nullif(current_setting('app.organisation_id', true), '')::bigint as place) asker
$$;
create function accounts_open_sessions(person bigint) returns integer language sql stable security definer
    set search_path = pg_catalog, pg_temp as $$
    select count(*)::integer from public.usersessions_usersession u join public.django_session s using (session_key)
     where u.user_id = person and s.expire_date > now() and public.accounts_looks_after(person)
$$;
create function accounts_end_sessions(person bigint) returns integer language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    ended integer;
begin
    if not public.accounts_looks_after(person) then
        raise insufficient_privilege using message = 'these are another organisation''s people';
    end if;
    delete from public.accounts_knownbrowser where user_id = person;
    delete from public.django_session where session_key in (
        select session_key from public.usersessions_usersession where user_id = person);
    delete from public.usersessions_usersession where user_id = person;
    get diagnostics ended = row_count;
    return ended;
end $$;
revoke all on function accounts_looks_after(bigint), accounts_open_sessions(bigint), accounts_end_sessions(bigint) from public;
grant execute on function accounts_open_sessions(bigint), accounts_end_sessions(bigint) to carecoord_portal, carecoord_pbm;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_membership_guard"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "drop function accounts_end_sessions(bigint), accounts_open_sessions(bigint), accounts_looks_after(bigint);",
        )
    ]
