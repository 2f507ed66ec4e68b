"""The second wall of memberships, which are read before anybody's scope is known and so have no policies."""

from django.db import migrations

GUARD = """
create or replace function accounts_membership_guard() returns trigger language plpgsql as $$
declare
    asker bigint := nullif(current_setting('app.user_id', true), '')::bigint;
    place bigint := nullif(current_setting('app.organisation_id', true), '')::bigint;
begin
    if current_user in ('carecoord_portal', 'carecoord_pbm') and new.user_id = asker then
        raise insufficient_privilege using message = 'nobody changes their own membership';
    end if;
    if current_user = 'carecoord_portal' and new.organisation_id is distinct from place then
        raise insufficient_privilege using message = 'that membership is another organisation''s';
    end if;
    return new;
end $$;
create trigger membership_guard before insert or update on accounts_membership
    for each row execute function accounts_membership_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_invitations")]
    operations = [
        migrations.RunSQL(
            GUARD,
            "drop trigger membership_guard on accounts_membership; drop function accounts_membership_guard();",
        )
    ]
