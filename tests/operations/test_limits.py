"""A statement, a wait for a lock and an idle transaction end in time, for each log-in role by itself."""

import pytest
from django.conf import settings
from django.db import OperationalError, connections

from carecoord.kernel.tenancy import context

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@pytest.mark.parametrize("role", [*context.ROLES, "owner"])
def test_each_log_in_has_its_limits(role):
    with connections[role].cursor() as cursor:
        found = [cursor.execute(f"show {name}").fetchone()[0] for name in NAMES]
    assert found == ["1min" if limit == "60s" else limit for limit in settings.DATABASE_LIMITS[role]]


def test_a_statement_that_runs_too_long_ends_and_the_next_one_works():
    with context.logged_in("portal"), connections["portal"].cursor() as cursor:
        cursor.execute("set statement_timeout = '50ms'")
        with pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("select pg_sleep(5)")
        cursor.execute("select 1")
        assert cursor.fetchone() == (1,)
        cursor.execute("reset statement_timeout")
