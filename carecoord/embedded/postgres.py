"""The embedded PostgreSQL: made, started, recovered and stopped without anybody's help.

It listens on a Unix socket only, asks every user for a SCRAM password, and belongs to one CARECOORD_HOME.
`CARECOORD_PG_UNSAFE=1` (tests only) trades durability for speed; `CARECOORD_TESTING=1` lets the owner SET ROLE.
"""

import hashlib
import json
import os
import shutil
import socket
import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import psycopg

from . import home as homes
from . import lifetime, postgres_data, processes, programs
from .home import Account, CannotStart
from .roles import ROLES, ensure_roles

PORT = "5432"  # only names the socket
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_RECOVERY_SECONDS = 300


@dataclass(frozen=True)
class Server:
    """Where this home's server lives and whom it runs as."""

    home: Path
    account: Account | None

    @property
    def folder(self):
        return self.home / "postgres"

    @property
    def data(self):
        return self.folder / "data"

    @property
    def users(self):
        return self.home / "postgres-users.lock"

    @property
    def title(self):
        """In the title of all its processes (cluster_name), so that orphans are recognised."""
        return "carecoord-" + hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]


def ensure_postgres():
    """Start the server of CARECOORD_HOME unless it runs, and use it until this process ends.

    Returns {"HOST": socket folder, "PORT": "5432"}. Safe to call from many processes at once. Raises CannotStart.
    """
    server = this_server()
    with homes.explained(server.home):
        lifetime.join(server.users, partial(stop, server))
    testing = os.environ.get("CARECOORD_TESTING") == "1"
    host = _ready_at(server)
    if host is None or not _roles_are_done(server, testing):
        with homes.locked(server.home, "postgres-start"):
            host = _ready_at(server)
            if host is None:
                host = _start(server)
                _bootstrap(server, host, testing)
            elif not _roles_are_done(server, testing):
                _bootstrap(server, host, testing)
    return {"HOST": host, "PORT": PORT}


def this_server():
    """The Server of CARECOORD_HOME, running or not."""
    home = homes.prepare()
    return Server(home, homes.server_account(home, "postgres"))


def is_running(server):
    """Whether it answers. Costs no log-in."""
    return _ready_at(server) is not None


def has_process(server):
    """Whether its main process lives, which is cheaper to ask; it may be starting or stopping."""
    return _postmaster(server) is not None


def stop(server):
    """Shut it down; sessions that are still open end. Raises CannotStart if it does not go."""
    pid = _postmaster(server)
    if pid:
        left = processes.end([pid], processes.FAST, processes.QUIT)
    else:
        left = processes.end(_all_processes(server), processes.QUIT, processes.KILL)
    if left:
        raise CannotStart(f"PostgreSQL (process {left[0]}) does not stop.", log=homes.log_tail(server.home, "postgres"))


def erase(server):
    """Stop it and delete its data; passwords stay. `ensure_postgres` then makes new ones. Close your connections first.

    Raises CannotStart when other processes use it.
    """
    with lifetime.alone(server.users), homes.locked(server.home, "postgres-start"):
        stop(server)
        if server.data.exists():
            shutil.rmtree(server.data)


# Is it there?


def _pid_file(server):
    """The lines of postmaster.pid: pid, data folder, start time, port, socket folder, address, memory key, status."""
    try:
        lines = (server.data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return lines if lines and lines[0].strip().isdigit() else None


def _postmaster(server):
    """Process id of this home's living postmaster, or None. Another program that got its number does not count."""
    lines = _pid_file(server)
    pid = int(lines[0]) if lines else 0
    is_ours = pid and processes.is_alive(pid) and os.fsencode(server.data) in processes.command_line(pid)
    return pid if is_ours else None


def _ready_at(server):
    """The socket folder of a server that takes connections, or None."""
    lines = _pid_file(server)
    if not lines or len(lines) < 8 or lines[7].strip() != "ready" or not _postmaster(server):
        return None
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(f"{lines[4]}/{SOCKET}")
        except OSError:
            return None
    return lines[4]


def _all_processes(server):
    return processes.found(
        server.account, b"-D\0" + os.fsencode(server.data) + b"\0", b"postgres: " + server.title.encode()
    )


# Start


def _start(server):
    """Bring it up and return its socket folder. The caller holds the start lock."""
    homes.server_folder(server.home, "postgres", server.account)
    programs.check_reach(server.account, server.folder)
    install = programs.postgres_folder(server.home, server.account)
    postgres_data.make(server, install)
    postgres_data.check_version(server, install)
    running = _postmaster(server)  # somebody's start that was cut off, or a shutdown under way
    if running and (host := _wait_until_ready(server, running, since=0)):
        return host
    host = homes.socket_folder(server.home, "postgres", server.account, SOCKET)
    _clear_remains(server, host)
    arguments = postgres_data.arguments(server, host, port=PORT)
    since = _log_size(server)
    log = homes.open_log(server.home, "postgres")
    try:
        pid = processes.spawn(server.account, install / "bin/postgres", *arguments, log=log)
    finally:
        os.close(log)
    if not _wait_until_ready(server, pid, since=since):
        raise CannotStart(
            "PostgreSQL did not start. Its log says why; is the disk full, or the memory short?",
            log=homes.log_tail(server.home, "postgres", since=since),
        )
    return str(host)


def _log_size(server):
    log = server.home / "logs" / "postgres.log"
    return log.stat().st_size if log.exists() else 0


def _wait_until_ready(server, pid, *, since):
    """The socket folder as soon as it takes connections; None when the process ends. Recovery may take minutes."""
    end = time.monotonic() + LONGEST_RECOVERY_SECONDS
    while processes.is_alive(pid):
        if host := _ready_at(server):
            return host
        if time.monotonic() > end:
            raise CannotStart(
                f"PostgreSQL (process {pid}) is not ready after {LONGEST_RECOVERY_SECONDS} seconds. It is left "
                "running, as it may be recovering: try again later.",
                log=homes.log_tail(server.home, "postgres", since=since),
            )
        time.sleep(0.02)
    return None


def _clear_remains(server, host):
    """After kill -9 of the postmaster: its orphans must be gone before a new one may start, and its lock files too.

    PostgreSQL judges a lock file by whether any process has its number, which another program may have got meanwhile.
    """
    _check_nobody_elses(server)
    orphans = _all_processes(server)
    processes.wait_until(lambda: not any(map(processes.is_alive, orphans)), seconds=5)  # idle ones leave by themselves
    left = processes.end([p for p in orphans if processes.is_alive(p)], processes.QUIT, processes.KILL)
    if left:
        raise CannotStart(f"A process of an earlier PostgreSQL ({left[0]}) cannot be ended. End it, then try again.")
    for remains in (server.data / "postmaster.pid", host / f"{SOCKET}.lock", host / SOCKET):
        remains.unlink(missing_ok=True)


def _check_nobody_elses(server):
    """A server that somebody started by hand on our data, from within the folder: its arguments do not tell."""
    lines = _pid_file(server)
    pid = int(lines[0]) if lines else 0
    program, *arguments = processes.command_line(pid).split(b"\0") if pid and processes.is_alive(pid) else [b""]
    names_a_folder = any(after.startswith(b"/") for flag, after in pairwise(arguments) if flag == b"-D")
    if Path(os.fsdecode(program)).name == "postgres" and not names_a_folder:
        raise CannotStart(
            f"Process {pid} is a PostgreSQL that may be using {server.data}. Stop it; if it serves other data, "
            f"delete {server.data / 'postmaster.pid'}."
        )


# Roles


def _bootstrap(server, host, testing):
    """Log in as superuser, put roles and database right, and note what was done."""
    secrets = homes.secrets()
    try:
        with psycopg.connect(
            host=host, port=PORT, user="postgres", dbname="postgres", password=secrets["postgres_password"],
            autocommit=True, connect_timeout=60,
        ) as connection:  # fmt: skip
            ensure_roles(connection, secrets["roles"], testing=testing)
    except psycopg.Error as error:
        raise CannotStart(
            f"The roles of the database in {server.data} could not be made ready. The server said: "
            f"{str(error).strip().splitlines()[-1]} (If a password is refused, secrets.json is not the one of this "
            "database: put the old one back.)"
        ) from error
    note = os.open(_note(server), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(note, "w") as stream:
        stream.write(_roles_mark(server, testing))


def _note(server):
    return server.home / "logs" / "postgres-roles"


def _roles_mark(server, testing):
    """Says for which roles, passwords and run of the server the work was done: another start does it again."""
    lines = _pid_file(server) or []
    done = [ROLES, homes.secrets(), lines[:3], testing]
    return hashlib.sha256(json.dumps(done, sort_keys=True).encode()).hexdigest()


def _roles_are_done(server, testing):
    """A server that was made ready for tests will do for others as long as it runs."""
    try:
        note = _note(server).read_text()
    except FileNotFoundError:
        return False
    return note in {_roles_mark(server, True), _roles_mark(server, testing)}
