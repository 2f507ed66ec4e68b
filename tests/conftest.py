"""Two kinds of database test, one rule: code runs as an application role, and only `as_owner` writes what a test needs.

Plain tests: one transaction on the owner's connection, stepped into the application role with SET ROLE, rolled back at the
end. Transactional tests: nothing is replaced; every role really logs in, and what the owner writes is committed.
"""

import gc
import io
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections, transaction

from carecoord.embedded.management.commands import sync_roles
from carecoord.embedded.roles import let_the_owner_build
from carecoord.kernel.tenancy import context
from tests import emptying
from tests.factories import cast as casting
from tests.factories import replay

LONG = tuple(
    f"tests/{each}" for each in ("matrix", "forms", "faces/pbm/test_browser", "faces/portal/test_browser", "journeys")
)
"""What takes minutes; each worker begins with its share, so that none is left with one at the end."""


def in_order(items):
    """The trail cannot be emptied between tests, and its verification reads all of it: it is verified while it is short.

    Of two workers the first begins at the beginning and the second in the middle (xdist's worksteal).
    """
    seals = [item for item in items if item.nodeid.startswith("tests/kernel/audit/test_seals.py")]
    long = [item for item in items if item.nodeid.startswith(LONG)]
    rest = [item for item in items if not item.nodeid.startswith((*LONG, "tests/kernel/audit/test_seals.py"))]
    first = seals + long[::2]
    cut = max(len(items) // 2 - len(first), 0)
    return first + rest[:cut] + long[1::2] + rest[cut:]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items[:] = in_order(items)
    for item in items:
        if mark := item.get_closest_marker("django_db"):
            everywhere = pytest.mark.django_db(**mark.kwargs | {"databases": "__all__"})
            item.add_marker(everywhere, append=False)
        if item.get_closest_marker("browser") and not Path("/usr/bin/chromium").exists():
            item.add_marker(
                pytest.mark.skip(reason="needs Chromium (Debian's package chromium), which is not installed")
            )
        if item.get_closest_marker("shared_data") and not shared_data_folder().is_dir():
            item.add_marker(
                pytest.mark.skip(reason="needs the third-party data folder beside the checkout, which is absent")
            )


def shared_data_folder():
    """The third-party data that is not part of the project: `../shared/data`, or where CARECOORD_SHARED_DATA says."""
    return Path(os.environ.get("CARECOORD_SHARED_DATA", settings.BASE_DIR.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data():
    return shared_data_folder()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Before the test database is made: on a server of DATABASE_URL's, the roles that are to make and to use it."""
    if settings.DATABASE_URL:
        call_command("sync_roles", stdout=io.StringIO())
        with sync_roles.Command().connect("template1") as template:  # the test database is a copy of it
            let_the_owner_build(template)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    emptying.instead_of_flush(connections["owner"].ops)
    yield
    with django_db_blocker.unblock():
        for each in connections.all():  # a mirror's open connection would keep the test database from being dropped
            each.close()
        _wait_until_nobody_is_left()


def _wait_until_nobody_is_left(seconds=20):
    """The database cannot be dropped while a session is in it: a worker that a test killed leaves its own to the end of its
    statement. Of what stays longer the end is put on record, not passed over: a test did not close what it opened.
    """
    gc.collect()  # a thread's connection that nobody closed goes with it
    until = time.monotonic() + seconds
    while _sessions("owner", _OTHERS) and time.monotonic() < until:
        time.sleep(0.2)
    for alias in connections:  # a role ends its own sessions alone
        for pid, role, begun in _sessions(alias, _OWN):
            sys.stderr.write(f"A test left a session of {role} open, begun at {begun:%H:%M:%S}; it is ended.\n")
            _sessions(alias, f"select pg_terminate_backend({pid})")
        connections[alias].close()


_OTHERS = "select pid from pg_stat_activity where datname = current_database() and usename is not null and pid <> pg_backend_pid()"
_OWN = """select pid, usename, backend_start from pg_stat_activity
    where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"""


def _sessions(alias, asked):
    with connections[alias].cursor() as cursor:
        cursor.execute(asked)
        return cursor.fetchall()


@contextmanager
def step_into(role):
    """Stands in for `logged_in` where everything must share one transaction."""
    before = context._role.get()
    token = context._role.set(role)
    with connection.cursor() as cursor:
        cursor.execute(f"set role carecoord_{role}")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute(
                    f"set role carecoord_{before}; reset app.user_id; reset app.organisation_id; reset app.payer_ids; "
                    "reset app.sees_substance_use"
                )
            context._role.reset(token)


@pytest.fixture(autouse=True)
def nobody_tried_before(monkeypatch):
    """Throttles count by address, and every test comes from the same one; the walks ask thousands of times a minute."""
    cache.clear()
    monkeypatch.setattr(settings, "API_REQUESTS_A_MINUTE", 1_000_000)
    monkeypatch.setattr(settings, "API_VISITS_A_MINUTE", 1_000_000)


@pytest.fixture(autouse=True)
def app_role(request, monkeypatch):
    mark = request.node.get_closest_marker("django_db")
    if mark is None or mark.kwargs.get("transaction"):
        yield
        return
    request.getfixturevalue("db")
    monkeypatch.setattr(context, "logged_in", step_into)
    outer, connections["default"] = connections["default"], connections["owner"]
    try:
        with connection.execute_wrapper(context.refuse_without_context), step_into("portal"):
            yield
    finally:
        connections["default"] = outer


@contextmanager
def as_owner():
    """Sees and writes everything: for fixtures and for looking at the result."""
    with context.logged_in("owner"), transaction.atomic():
        yield


@pytest.fixture(name="as_owner")
def as_owner_fixture():
    return as_owner


@pytest.fixture
def cast(request):
    """Everybody; see tests/factories/cast.py."""
    with as_owner():
        return replay.again(casting.make)


@pytest.fixture
def without_row_level_security():
    """The second wall taken down, for one test: DDL rolls back like anything else. Ask for it before the cast."""
    from django.apps import apps

    with as_owner(), connection.cursor() as cursor:
        for model in apps.get_models():
            if getattr(model, "walls", None) is not None:
                cursor.execute(f"alter table {model._meta.db_table} disable row level security")
