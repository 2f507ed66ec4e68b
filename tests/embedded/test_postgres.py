import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from carecoord.embedded import home as homes
from carecoord.embedded import lifetime, postgres, postgres_data, processes, programs
from carecoord.embedded.home import CannotStart
from carecoord.embedded.postgres import ensure_postgres

from .conftest import ROOT, connect, first_line, postmaster, wait_for

USE = "from carecoord import embedded; w = embedded.ensure_postgres(); print(w['HOST'], flush=True); "
USE_AND_WAIT = USE + "import time; time.sleep(100)"


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not processes.is_alive(pid))


# Start


def test_four_processes_that_start_at_once_make_one_server(home, python):
    code = USE + (
        "import psycopg; s = embedded.secrets(); "
        "c = psycopg.connect(host=w['HOST'], port=w['PORT'], dbname='carecoord', user='carecoord_owner', "
        "password=s['roles']['carecoord_owner']); "
        "print(c.execute('select pg_postmaster_start_time()').fetchone()[0]); input()"
    )
    users = [python(code.replace("input()", "import time; time.sleep(100)")) for _ in range(4)]
    hosts = {first_line(user) for user in users}
    assert hosts == {str(home / "postgres")}
    users_alive = [user.poll() for user in users]
    assert users_alive == [None] * 4
    server = postgres.this_server()
    mains = processes.found(server.account, b"-D\0" + os.fsencode(server.data))
    assert postmaster() in mains
    with connect() as connection:
        assert connection.execute("select current_user, current_database()").fetchone() == (
            "carecoord_owner",
            "carecoord",
        )
        assert connection.execute("select count(*) from pg_database where datname = 'carecoord'").fetchone() == (1,)


def test_asking_again_starts_nothing(made_home, monkeypatch):
    first = ensure_postgres()
    monkeypatch.setattr(processes, "run", None)
    monkeypatch.setattr(processes, "spawn", None)
    monkeypatch.setattr(postgres, "ensure_roles", None)
    assert ensure_postgres() == first == {"HOST": str(made_home / "postgres"), "PORT": "5432"}


def test_the_server_is_made_as_we_want_it(made_home):
    with connect() as connection:

        def show(name):
            return connection.execute(f"show {name}").fetchone()[0]

        assert show("listen_addresses") == ""
        assert (show("server_encoding"), show("data_checksums"), show("jit"), show("timezone")) == (
            "UTF8",
            "on",
            "off",
            "UTC",
        )
        locale = "select datlocprovider::text, datlocale from pg_database where datname = 'carecoord'"
        assert connection.execute(locale).fetchone() == ("b", "C.UTF-8")
    assert stat.S_IMODE((made_home / "postgres").stat().st_mode) == 0o700


@pytest.mark.parametrize(("unsafe", "expected"), [("0", "on"), ("1", "off")])
def test_durability_is_given_up_only_when_tests_ask(made_home, monkeypatch, unsafe, expected):
    monkeypatch.setenv("CARECOORD_PG_UNSAFE", unsafe)
    with connect() as connection:
        names = ("fsync", "full_page_writes", "synchronous_commit")
        assert [connection.execute(f"show {name}").fetchone()[0] for name in names] == [expected] * 3


def test_a_long_path_with_odd_letters_works(folder, home, template, monkeypatch):
    odd = folder / ("a 'quoted', \"odd\" naïve $HOME " + "x" * 70)
    subprocess.run(["cp", "-a", template, odd], check=True)
    monkeypatch.setenv("CARECOORD_HOME", str(odd))
    where = ensure_postgres()
    with connect(where) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    lifetime.leave(postgres.this_server().users)
    Path(where["HOST"]).rmdir()


# Passwords and roles


@pytest.mark.parametrize("user", ["postgres", "carecoord_owner", "carecoord_portal", "carecoord_auditor"])
def test_a_wrong_password_is_refused(made_home, user):
    where = ensure_postgres()
    for wrong in ("wrong", homes.secrets()["broker_password"]):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(where, user=user, password=wrong)
    with connect(where, user=user) as connection:
        assert connection.execute("select session_user::text").fetchone() == (user,)


def test_without_a_password_nobody_comes_in(made_home):
    where = ensure_postgres()
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=where["HOST"], port=where["PORT"], user="carecoord_portal", dbname="carecoord")


def test_passwords_are_kept_as_scram_verifiers(made_home):
    with connect(user="postgres") as connection:
        kept = connection.execute("select rolpassword from pg_authid where rolcanlogin").fetchall()
    assert len(kept) == 7 and all(password.startswith("SCRAM-SHA-256$") for (password,) in kept)


def test_another_secrets_file_is_reported(made_home):
    (made_home / "secrets.json").unlink()
    with pytest.raises(CannotStart, match="put the old one back"):
        ensure_postgres()


def test_tests_may_step_into_the_roles_of_a_server_that_others_started(made_home, monkeypatch):
    with connect() as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("set role carecoord_portal")
    monkeypatch.setenv("CARECOORD_TESTING", "1")
    with connect() as owner:
        owner.execute("set role carecoord_portal")
    lifetime.leave(postgres.this_server().users)
    monkeypatch.setenv("CARECOORD_TESTING", "0")
    with connect() as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("set role carecoord_portal")


def test_a_start_that_was_cut_off_before_the_roles_is_finished_by_the_next(made_home):
    with connect(user="postgres", dbname="postgres") as connection:
        connection.execute("drop database carecoord")
        connection.execute("alter role carecoord_portal bypassrls createrole password 'other'")
    (made_home / "logs" / "postgres-roles").unlink()
    with connect(user="carecoord_portal") as connection:
        row = connection.execute(
            "select rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
        ).fetchone()
    assert row == (False, False)


# kill -9


def test_after_kill_9_of_the_server_the_data_are_there(made_home, monkeypatch):
    monkeypatch.setenv("CARECOORD_PG_UNSAFE", "0")
    with connect() as connection:
        connection.execute("create table kept as select 42 as answer")
    killed = postmaster()
    kill(killed)
    with connect() as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)
    assert postmaster() != killed


def test_a_session_that_outlived_the_server_is_ended(made_home, python):
    """It works without looking up, so it does not see that the server is gone, and holds the shared memory."""
    where = ensure_postgres()
    code = (
        "import psycopg, sys; c = psycopg.connect(host=%r, port=5432, user='postgres', "
        "dbname='postgres', password=%r); print(c.info.backend_pid, flush=True); "
        "c.execute('select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b')"
    )
    busy = int(first_line(python(code % (where["HOST"], homes.secrets()["postgres_password"]))))
    wait_for(lambda: Path(f"/proc/{busy}/stat").read_text().rpartition(")")[2].split()[0] == "R")
    kill(postmaster())
    with connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert not processes.is_alive(busy)


def test_a_pid_file_whose_number_another_program_got_does_not_stop_us(made_home):
    ensure_postgres()
    pid = postmaster()
    kill(pid)
    file = postgres.this_server().data / "postmaster.pid"
    lines = file.read_text().splitlines()
    for stale in (file, made_home / "postgres" / ".s.PGSQL.5432.lock"):
        stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_server_that_somebody_started_by_hand_is_left_alone(made_home):
    server = postgres.this_server()
    install = programs.postgres_folder(made_home, server.account)
    log = homes.open_log(made_home, "by-hand")
    by_hand = 'cd "$1" && exec "$2" -D data -c listen_addresses= -k "$1"'
    pid = processes.spawn(server.account, "sh", "-c", by_hand, "sh", server.folder, install / "bin/postgres", log=log)
    os.close(log)
    try:
        wait_for(lambda: "ready" in str(postgres._pid_file(server)))
        with pytest.raises(CannotStart, match=f"Process {pid} is a PostgreSQL"):
            ensure_postgres()
        assert processes.is_alive(pid) and postgres._pid_file(server)
    finally:
        assert not processes.end([pid], processes.FAST)


def test_users_that_start_while_the_server_is_killed_get_one_server(made_home, python):
    ensure_postgres()
    for _ in range(3):
        kill(postmaster())
        users = [python(USE) for _ in range(2)]
        assert {user.communicate()[0].strip() for user in users} == {str(made_home / "postgres")}
        with connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)


# Who uses it


def test_the_last_user_to_leave_stops_the_server(made_home, python):
    first, second = python(USE + "input()"), python(USE_AND_WAIT)
    first.wait(), first_line(second)
    pid = postmaster()
    assert pid
    second.terminate()
    assert second.wait() == 128 + signal.SIGTERM
    assert not processes.is_alive(pid)
    assert not (made_home / "postgres" / "data" / "postmaster.pid").exists()


def test_a_user_that_is_killed_leaves_the_server_to_the_next(made_home, python):
    user = python(USE_AND_WAIT)
    first_line(user)
    pid = postmaster()
    user.kill()
    user.wait()
    assert processes.is_alive(pid)
    assert python(USE).communicate()[0].strip() == str(made_home / "postgres")
    assert not processes.is_alive(pid)


def test_a_forked_child_keeps_the_server_when_its_parent_leaves(made_home, python):
    parent = python(
        USE
        + "import os, sys, time\nif os.fork() == 0:\n    print(os.getpid(), flush=True); time.sleep(3); sys.exit()\n"
    )
    first_line(parent)
    child = int(first_line(parent))
    parent.wait()
    assert postmaster()
    wait_for(lambda: not processes.is_alive(child))
    assert postmaster() is None


def test_a_start_waits_for_the_stop_of_the_last_user(made_home, python):
    for _ in range(3):
        users = [python(USE) for _ in range(3)]
        assert [user.communicate()[0].strip() for user in users] == [str(made_home / "postgres")] * 3
        assert [user.returncode for user in users] == [0] * 3
    assert postmaster() is None


def test_erasing_needs_to_be_alone(made_home, python):
    with connect() as connection:
        connection.execute("create table gone ()")
    user = python(USE_AND_WAIT)
    first_line(user)
    with pytest.raises(CannotStart, match="stop them first"):
        postgres.erase(postgres.this_server())
    user.kill()
    user.wait()
    postgres.erase(postgres.this_server())
    with connect() as connection:
        assert connection.execute("select to_regclass('gone')").fetchone() == (None,)


# The data folder


def test_an_initdb_that_was_killed_half_way_is_done_again(home, python):
    user = python(USE)
    wait_for(lambda: list((home / "postgres").glob("new-*/base")))
    user.kill()
    user.wait()
    assert not (home / "postgres" / "data").exists()
    with connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert not list((home / "postgres").glob("new-*"))


def test_a_half_made_data_folder_is_put_aside_and_made_again(made_home, capfd):
    (made_home / "postgres" / "data" / "global" / "pg_control").unlink()
    with connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    (aside,) = (made_home / "postgres").glob("incomplete-*")
    assert str(aside) in capfd.readouterr().err


def test_another_major_version_is_reported(made_home):
    (made_home / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotStart, match="written by PostgreSQL 17, and this is PostgreSQL 18"):
        ensure_postgres()


def test_a_server_that_does_not_start_shows_the_end_of_its_log(made_home):
    (made_home / "postgres" / "data" / "pg_hba.conf").write_text("nonsense\n")
    with pytest.raises(CannotStart, match="did not start") as caught:
        ensure_postgres()
    assert "pg_hba.conf" in caught.value.log and "FATAL" in str(caught.value)


def test_the_log_holds_no_row_contents(made_home):
    with connect() as connection:
        connection.execute("create table member (name text primary key)")
        for _ in range(2):
            with contextlib.suppress(psycopg.errors.UniqueViolation):
                connection.execute("insert into member values ('Alice Example')")
    log = (made_home / "logs" / "postgres.log").read_text()
    assert "duplicate key" in log and "Alice" not in log


def test_a_small_dev_shm_is_not_used(made_home, monkeypatch):
    monkeypatch.setattr(postgres_data, "_has_shared_memory", lambda: False)
    with connect() as connection:
        assert connection.execute("show dynamic_shared_memory_type").fetchone() == ("mmap",)


# Users of the operating system


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only then another user runs the server")
def test_a_home_that_the_servers_user_cannot_reach_is_reported(folder, home):
    folder.chmod(0o700)
    with pytest.raises(CannotStart, match="closed to that user"):
        ensure_postgres()


def interpreter_for_all():
    """A Python of our version that any user may run: the virtual environment's own may lie in a closed folder."""
    account = homes.server_account(Path("/nonexistent"), "postgres")
    for path in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        if shutil.which(path) and processes.cannot_use(account, path, Path(path).resolve()) is None:
            return path
    return None


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv, to become another user"
)
def test_an_ordinary_user_runs_all_of_it_alone(folder, home, python):
    path = interpreter_for_all()
    if not path:
        pytest.skip("no Python of this version that an ordinary user may run")
    os.chown(folder, 65_534, 65_534)
    site = Path(psycopg.__file__).parents[1]
    code = USE + (
        "import os; print(os.geteuid(), embedded.ensure_broker(), flush=True); import psycopg; "
        "c = psycopg.connect(host=w['HOST'], user='carecoord_worker', dbname='carecoord', "
        "password=embedded.secrets()['roles']['carecoord_worker']); print(c.execute('select 6 * 7').fetchone()[0])"
    )
    drop = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", path)
    user = python(code, program=drop, PYTHONPATH=f"{ROOT}:{site}", PYTHONDONTWRITEBYTECODE="1")
    said = user.communicate()[0].splitlines()
    assert len(said) == 3, said
    assert said[0] == str(home / "postgres") and said[1].startswith("65534 redis+socket://") and said[2] == "42"
    assert {path.stat().st_uid for path in home.iterdir()} == {65_534}
    with connect(user="carecoord_worker") as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    # Root ran it as that user, and made no file of its own.
    assert {path.stat().st_uid for path in home.rglob("*")} == {65_534}
