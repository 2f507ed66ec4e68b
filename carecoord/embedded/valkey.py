"""The embedded Valkey, Celery's broker: it wakes workers and keeps nothing. What must not be lost is in PostgreSQL.

It listens on a Unix socket only (no port to collide with) and asks for a password.
"""

import hashlib
import os
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from . import home as homes
from . import lifetime, processes, programs
from .home import Account, CannotStart

SOCKET = "valkey.sock"
ANSWER_SECONDS = 5


@dataclass(frozen=True)
class Broker:
    """Where this home's Valkey lives and whom it runs as."""

    home: Path
    account: Account | None

    @property
    def folder(self):
        return self.home / "valkey"

    @property
    def users(self):
        return self.home / "valkey-users.lock"

    @property
    def title(self):
        return "carecoord-" + hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]

    @property
    def socket(self):
        return homes.socket_folder(self.home, "valkey", self.account, SOCKET) / SOCKET


def ensure_broker():
    """Start the Valkey of CARECOORD_HOME unless it runs, and use it until this process ends.

    Returns Celery's broker URL (redis+socket://...). Safe to call from many processes at once. Raises CannotStart.
    """
    broker = this_broker()
    password = homes.secrets()["broker_password"]
    with homes.explained(broker.home):
        lifetime.join(broker.users, partial(stop, broker))
    if not is_running(broker):
        with homes.locked(broker.home, "valkey-start"):
            if not is_running(broker):
                _start(broker, password)
    return f"redis+socket://:{quote(password)}@{quote(str(broker.socket))}"


def this_broker():
    """The Broker of CARECOORD_HOME, running or not."""
    home = homes.prepare()
    return Broker(home, homes.server_account(home, "valkey"))


def is_running(broker):
    """Whether it takes our password and answers."""
    password = homes.secrets()["broker_password"].encode()
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ANSWER_SECONDS)
        try:
            probe.connect(str(broker.socket))
            probe.sendall(b"*2\r\n$4\r\nAUTH\r\n$%d\r\n%b\r\n*1\r\n$4\r\nPING\r\n" % (len(password), password))
            answer = b""
            while answer.count(b"\r\n") < 2 and (more := probe.recv(100)):
                answer += more
        except OSError:
            return False
    return answer == b"+OK\r\n+PONG\r\n"


def stop(broker):
    """End it. Raises CannotStart if it does not go."""
    if left := processes.end(_all_processes(broker), processes.TERM, processes.KILL):
        raise CannotStart(f"Valkey (process {left[0]}) does not stop.")


def _all_processes(broker):
    return processes.found(broker.account, broker.title.encode(), os.fsencode(_configuration(broker)))


def _configuration(broker):
    return broker.folder / "valkey.conf"


def _start(broker, password):
    """The caller holds the start lock."""
    homes.server_folder(broker.home, "valkey", broker.account)
    programs.check_reach(broker.account, broker.folder)
    program = programs.valkey_server(broker.home, broker.account)
    stop(broker)  # one that hangs, or knows an older password
    _write_configuration(broker, password)
    log = homes.open_log(broker.home, "valkey")
    since = os.fstat(log).st_size
    try:
        pid = processes.spawn(broker.account, program, _configuration(broker), log=log)
    finally:
        os.close(log)
    processes.wait_until(lambda: is_running(broker) or not processes.is_alive(pid), seconds=30)
    if not is_running(broker):
        log_tail = homes.log_tail(broker.home, "valkey", since=since)
        raise CannotStart("Valkey did not start. Its log says why.", log=log_tail)


def _write_configuration(broker, password):
    lines = [
        "port 0",
        f"unixsocket {_quoted(broker.socket)}",
        "unixsocketperm 700",
        f"requirepass {_quoted(password)}",
        f"dir {_quoted(broker.folder)}",
        'save ""',
        "appendonly no",
        "maxmemory-policy noeviction",  # a broker that drops tasks when memory is short would lose them silently
        "daemonize no",
        f'proc-title-template "valkey-server {broker.title}"',
    ]
    file = _configuration(broker)
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        if broker.account:
            os.fchown(stream.fileno(), broker.account.uid, broker.account.gid)
        stream.write("\n".join(lines) + "\n")


def _quoted(value):
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
