"""Both walls, model by model: what the query lets through is what PostgreSQL lets through."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from carecoord.kernel.tenancy import context
from carecoord.kernel.tenancy.context import ROLES
from patients.models import Patient, PatientAccess

pytestmark = pytest.mark.django_db
WALLED = [m for m in apps.get_models() if getattr(m, "walls", None) is not None]
ASKERS = {"alice": "portal", "dana": "pbm", "frank": "api", "vera": "auditor"}


def ask(sql):
    """Past the ORM and past the guard: what PostgreSQL itself answers."""
    with connection.connection.cursor() as cursor:
        return cursor.execute(sql).fetchall()


@pytest.mark.parametrize(
    "name, model", [(n, m) for n, role in ASKERS.items() for m in WALLED if role in m.walls], ids=str
)
def test_the_two_walls_agree(cast, name, model):
    asker = getattr(cast, name)
    with context.acting_as(asker.scope):
        by_query = set(model.objects.visible_to(asker).values_list("pk", flat=True))
        by_postgres = {pk for (pk,) in ask(f"select id from {model._meta.db_table}")}
    assert by_query == by_postgres


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Pacific/Kiritimati"])
def test_access_for_a_day_is_access_whatever_the_zone_of_the_page(cast, as_owner, zone):
    """One of the two zones always has another date than UTC."""
    today = datetime.now(UTC).date()
    with as_owner():
        PatientAccess.objects.filter(pk=cast.a.access.pk).update(since=today, until=today)
    with timezone.override(zone), context.acting_as(cast.alice.scope):
        assert list(Patient.objects.visible_to(cast.alice)) == list(Patient.objects.all()) == [cast.a.patient]


@pytest.mark.parametrize("role, model", [(r, m) for m in WALLED for r in m.walls], ids=str)
def test_no_context_no_rows(cast, role, model):
    with context.logged_in(role):
        assert ask(f"select id from {model._meta.db_table}") == []


@pytest.mark.parametrize("model", WALLED, ids=str)
def test_every_walled_table_is_forced_and_asks_once_a_query(model):
    table = model._meta.db_table
    assert ask(f"select relrowsecurity, relforcerowsecurity from pg_class where relname = '{table}'") == [(True, True)]
    policies = ask(
        f"select policyname, roles::text, coalesce(qual, with_check) from pg_policies where tablename = '{table}'"
    )
    changes = {f"{role}_change" for role, rights in model.walls.items() if rights.change}
    inserts = {f"{role}_insert" for role, rights in model.walls.items() if rights.insert}
    assert {name for name, *_ in policies} == {*model.walls, *changes, *inserts, "owner"}
    for name, roles, qual in policies:
        assert roles == f"{{carecoord_{name.removesuffix('_change').removesuffix('_insert')}}}"
        assert name == "owner" or "( SELECT app." in qual
    granted = ask(f"select distinct grantee from information_schema.role_table_grants where table_name = '{table}'")
    assert {g for (g,) in granted} <= {f"carecoord_{r}" for r in model.walls} | {"carecoord_owner"}


def test_every_table_is_walled_or_declared_open():
    from django.conf import settings

    undeclared = [
        m._meta.db_table
        for m in apps.get_models(include_auto_created=True)
        if getattr(m, "walls", None) is None
        and not getattr(m, "grants", None)
        and m._meta.db_table not in settings.OPEN_TABLES
    ]
    unreachable = ask(
        "select distinct table_name from information_schema.role_table_grants where grantee like 'carecoord_%' "
        f"and grantee <> 'carecoord_owner' and table_name = any(array[{','.join(repr(t) for t in undeclared)}]::text[])"
    )
    assert unreachable == []


def test_no_role_can_truncate_or_owns_anything():
    for role in ROLES:
        owned = ask(
            f"select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = 'carecoord_{role}'"
        )
        truncates = ask(
            f"select count(*) from pg_class where relkind = 'r' and has_table_privilege('carecoord_{role}', oid, 'truncate')"
        )
        assert (owned, truncates) == ([(0,)], [(0,)])
