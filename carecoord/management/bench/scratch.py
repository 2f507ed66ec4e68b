"""A database for one benchmark, which no worker knows: nothing is left behind, and nobody works at it beside."""

from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from carecoord.embedded.roles import let_the_owner_build
from carecoord.kernel.jobs import actions as jobs
from carecoord.operations.admin import administrator, scratch_database


@contextmanager
def database(folder, say):
    """Every log-in in a scratch database, and deliveries in `folder`."""
    say("Making a database for it")
    before = connections["owner"].settings_dict["NAME"]
    deliveries = override_settings(DELIVERIES=folder / "deliveries")
    with scratch_database(administrator()) as admin, deliveries, jobs.nobody_woken():
        with admin.connect(autocommit=True) as connection:
            let_the_owner_build(connection)
        _all_log_in_to(admin.database)
        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            _all_log_in_to(before)


def _all_log_in_to(database):
    for connection in connections.all():
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = database
