"""Each test gets a home of its own; one that already holds an empty database is copied from a template."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from carecoord.embedded import home as homes
from carecoord.embedded import lifetime, postgres, processes, valkey

ROOT = Path(__file__).resolve().parents[2]
UNSET = ("DATABASE_URL", "BROKER_URL", "CARECOORD_SERVER_USER", "XDG_DATA_HOME")


@contextlib.contextmanager
def temporary_folder():
    """Not pytest's tmp_path: that is closed to the unprivileged user that the servers run as under root."""
    folder = Path(tempfile.mkdtemp(prefix="cc-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        end_servers(folder)
        shutil.rmtree(folder)


def end_servers(folder):
    """Leave what this process joined below the folder, and kill what tests left running there."""
    for lock in [lock for lock in lifetime._joined if lock.is_relative_to(folder)]:
        lifetime.leave(lock)
    marks = [os.fsencode(folder)]
    for home in {path.parent for path in folder.rglob("secrets.json")}:
        marks += [postgres.Server(home, None).title.encode(), valkey.Broker(home, None).title.encode()]
    for account in (None, *([homes.server_account(Path("/nonexistent"), "postgres")] if os.geteuid() == 0 else [])):
        processes.end(processes.found(account, *marks), (signal.SIGKILL, 10))


@pytest.fixture
def folder():
    with temporary_folder() as made:
        yield made


@pytest.fixture
def home(folder, monkeypatch):
    """A CARECOORD_HOME that does not exist yet."""
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CARECOORD_HOME", str(folder / "home"))
    monkeypatch.setenv("CARECOORD_PG_UNSAFE", "1")
    monkeypatch.setenv("CARECOORD_TESTING", "0")
    return folder / "home"


@pytest.fixture(scope="session")
def template():
    """A home with an initialised database, its server stopped."""
    with temporary_folder() as made:
        with pytest.MonkeyPatch.context() as patch:  # for as long as it is made: other tests have a home of their own
            for name in UNSET:
                patch.delenv(name, raising=False)
            patch.setenv("CARECOORD_HOME", str(made / "home"))
            patch.setenv("CARECOORD_PG_UNSAFE", "1")
            patch.setenv("CARECOORD_TESTING", "0")
            postgres.ensure_postgres()
            lifetime.leave(postgres.this_server().users)
        yield made / "home"


@pytest.fixture(scope="session")
def migrated(template):
    """The same with all tables."""
    with temporary_folder() as made:
        with pytest.MonkeyPatch.context() as patch:
            for name in UNSET:
                patch.delenv(name, raising=False)
            patch.setenv("CARECOORD_HOME", str(made / "home"))
            patch.setenv("CARECOORD_PG_UNSAFE", "1")
            patch.setenv("CARECOORD_TESTING", "0")
            subprocess.run(["cp", "-a", template, made / "home"], check=True)
            postgres.ensure_postgres()
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
            lifetime.leave(postgres.this_server().users)
        yield made / "home"


@pytest.fixture
def made_home(home, template):
    """A home whose database was made earlier; nothing runs."""
    subprocess.run(["cp", "-a", template, home], check=True)
    return home


@pytest.fixture
def python(home):
    """Run code in other processes of the same home; what still runs at the end is killed."""
    running = []

    def start(code, *, program=(sys.executable,), **env):
        process = subprocess.Popen(
            [*program, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def connect(where=None, *, user="carecoord_owner", password=None, dbname="carecoord"):
    where = where or postgres.ensure_postgres()
    secrets = homes.secrets()
    password = password or secrets["roles"].get(user) or secrets["postgres_password"]
    return psycopg.connect(
        host=where["HOST"], port=where["PORT"], user=user, password=password, dbname=dbname, autocommit=True
    )


def postmaster():
    return postgres._postmaster(postgres.this_server())


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    return answer


def first_line(process):
    return process.stdout.readline().strip()
