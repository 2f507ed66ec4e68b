"""Payers for trying. That nobody works with their members is the database's to keep: no PBM serves one, and one stays one."""

from django.db import migrations, models

GUARD = """
create function accounts_sandbox_is_not_served() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from public.accounts_organisation o where o.id = new.payer_id and o.is_sandbox) then
        raise check_violation using message = 'a sandbox is served by no PBM';
    end if;
    return new;
end $$;
create trigger sandbox_is_not_served before insert or update on accounts_servedpayer
    for each row execute function accounts_sandbox_is_not_served();
create function accounts_sandbox_stays() returns trigger language plpgsql as $$
begin
    raise check_violation using message = 'a sandbox stays one, and nothing else becomes one';
end $$;
create trigger sandbox_stays before update on accounts_organisation
    for each row when (old.is_sandbox is distinct from new.is_sandbox) execute function accounts_sandbox_stays();
"""
UNDONE = """
drop trigger sandbox_stays on accounts_organisation;
drop trigger sandbox_is_not_served on accounts_servedpayer;
drop function accounts_sandbox_stays(), accounts_sandbox_is_not_served();
"""
WORDS = "A payer whose people are invented: its feeds are loaded, and nobody works with them. It stays one."


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_sessions_of_others")]
    operations = [
        migrations.AddField(
            model_name="organisation", name="is_sandbox", field=models.BooleanField(default=False, help_text=WORDS)
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_sandbox", False), ("kind", "payer"), _connector="OR"),
                name="organisation_sandbox_is_a_payer",
            ),
        ),
        migrations.RunSQL(GUARD, UNDONE),
    ]
