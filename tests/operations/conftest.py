"""The database is the tests' own; commands run in homes of their own."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as live
from django.db import connections

from carecoord.operations import admin, backup, restore
from tests.embedded.conftest import UNSET, temporary_folder


@pytest.fixture
def administrator(monkeypatch):
    """The administrator of the tests' database instead of that of the running one."""
    real = admin.administrator

    def of_the_tests():
        return real().elsewhere(connections["owner"].settings_dict["NAME"])

    for module in (backup, restore):
        monkeypatch.setattr(module, "administrator", of_the_tests)
    return of_the_tests()


@pytest.fixture
def deliveries(settings, tmp_path):
    settings.DELIVERIES = tmp_path / "deliveries"
    return settings.DELIVERIES


@pytest.fixture
def manage():
    """Runs a command in a CARECOORD_HOME that does not exist yet; `.home` says where."""
    with temporary_folder() as folder:

        def run(*arguments):
            kept = {name: value for name, value in os.environ.items() if name not in (*UNSET, "CARECOORD_TESTING")}
            return subprocess.run(
                [sys.executable, "manage.py", *map(str, arguments)], cwd=live.BASE_DIR,
                env=kept | {"CARECOORD_HOME": str(folder / "home")}, capture_output=True, text=True,
            )  # fmt: skip

        run.home = folder / "home"
        yield run
