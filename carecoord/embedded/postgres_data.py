"""The embedded PostgreSQL's data folder, and the settings that it is served with."""

import os
import re
import secrets as random
import shutil
import sys
import time

from . import home as homes
from . import processes
from .home import CannotStart

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # Sized for 2 cores that web server and workers share; what depends on the machine's memory is in `_of_memory`.
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",  # each page's first change after a checkpoint is logged whole
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than it saves on our many short queries
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    # The log is not a place for patients: no statements with errors, no row contents (DETAIL).
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def arguments(server, host, *, port):
    """The server's command line: its data folder and every setting."""
    quoted = '"' + str(host).replace('"', '""') + '"'
    settings = SETTINGS | _of_memory() | {"port": port, "unix_socket_directories": quoted, "cluster_name": server.title}
    if os.environ.get("CARECOORD_PG_UNSAFE") == "1":
        settings |= UNSAFE
    if not _has_shared_memory():
        settings["dynamic_shared_memory_type"] = "mmap"
    return ["-D", server.data, *(f"--{name}={value}" for name, value in settings.items())]


def _of_memory():
    """An eighth of the machine's memory for pages of tables and indexes, from 256 MB to 2 GB: it is taken as it is used."""
    megabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    shared = min(max(megabytes // 8, 256), 2048)
    return {"shared_buffers": f"{shared}MB", "effective_cache_size": f"{4 * shared}MB"}


def _has_shared_memory():
    """Containers often have 64 MB of /dev/shm, too little for parallel queries: then files are mapped instead."""
    try:
        space = os.statvfs("/dev/shm")  # noqa: S108 - only measured
    except OSError:
        return False
    return space.f_bavail * space.f_frsize >= 512 * 1024 * 1024


def make(server, install):
    """Run initdb into a new folder and rename it, so that a data folder is there whole or not at all."""
    _clear_half_made(server)
    if (server.data / "PG_VERSION").is_file() and (server.data / "global/pg_control").is_file():
        return
    if server.data.is_dir() and any(server.data.iterdir()):  # never deleted: it could hold somebody's data
        aside = server.data.with_name(f"incomplete-{int(time.time())}-{random.token_hex(3)}")
        server.data.rename(aside)
        sys.stderr.write(f"The database folder was incomplete: it is now {aside}, and a new one is made.\n")
    new = server.folder / f"new-{random.token_hex(6)}"
    answer = _initdb(server, install, new)
    if answer.returncode:
        shutil.rmtree(new, ignore_errors=True)
        raise CannotStart("The database folder could not be made. Is the disk full?", log=answer.stdout[-2000:])
    if server.data.is_dir():
        server.data.rmdir()
    new.rename(server.data)


def _clear_half_made(server):
    """Somebody was killed in the middle. The initdb that was started may still be writing, or cleaning up itself."""
    processes.end(processes.found(server.account, os.fsencode(server.folder / "new-")), processes.KILL)

    def gone():
        for rest in server.folder.glob("new-*"):
            shutil.rmtree(rest, ignore_errors=True) if rest.is_dir() else rest.unlink(missing_ok=True)
        return not list(server.folder.glob("new-*"))

    if not processes.wait_until(gone, seconds=10):
        raise CannotStart(f"What an interrupted start left in {server.folder} (new-*) cannot be deleted: delete it.")


def _initdb(server, install, new):
    password = server.folder / f"new-{random.token_hex(6)}.password"
    descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as stream:
            if server.account:
                os.fchown(stream.fileno(), server.account.uid, server.account.gid)
            stream.write(homes.secrets()["postgres_password"] + "\n")
        unsafe = ["--no-sync"] if os.environ.get("CARECOORD_PG_UNSAFE") == "1" else []
        return processes.run(
            server.account, install / "bin/initdb", "-D", new, "-U", "postgres", "-A", "scram-sha-256",
            f"--pwfile={password}", "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--data-checksums", "--no-instructions", *unsafe,
        )  # fmt: skip
    finally:
        password.unlink()


def check_version(server, install):
    """Another major version's files cannot be opened; a minor one's can."""
    theirs = (server.data / "PG_VERSION").read_text().strip()
    says = processes.run(server.account, install / "bin/postgres", "--version").stdout
    ours = re.search(r"\) (\d+)", says)
    if not ours:
        raise CannotStart("PostgreSQL cannot be run on this machine: set DATABASE_URL to a server of yours.", log=says)
    if theirs != ours[1]:
        raise CannotStart(
            f"The database in {server.data} was written by PostgreSQL {theirs}, and this is PostgreSQL {ours[1]}. "
            f"Dump it with PostgreSQL {theirs} (pg_dumpall) and load the dump into a new CARECOORD_HOME, "
            "or run the old server yourself and name it in DATABASE_URL."
        )
