"""Server processes: run as the right user, started apart from us, recognised, ended."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # nothing of ours: PGDATA and the like would mislead
PROC = Path("/proc")


def _as(account):
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def run(account, *argv, log=None):
    """Run a program to its end as the account; returns CompletedProcess with text stdout."""
    return subprocess.run(
        [os.fspath(a) for a in argv], stdin=subprocess.DEVNULL, stdout=log or subprocess.PIPE,
        stderr=log or subprocess.STDOUT, cwd="/", env=ENVIRONMENT, start_new_session=True, umask=0o077,
        text=True, check=False, **_as(account),
    )  # fmt: skip


def spawn(account, *argv, log):
    """Start a server that outlives us; returns its process id.

    A shell starts it and leaves, so that the server is nobody's child here: no zombie to reap, no terminal's Ctrl-C.
    """
    shell = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&2 & echo $!', "sh", *(os.fspath(a) for a in argv)], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=log, cwd="/", env=ENVIRONMENT, start_new_session=True, umask=0o077,
        text=True, check=True, **_as(account),
    )  # fmt: skip
    return int(shell.stdout)


def cannot_use(account, *paths):
    """The first of the paths that the account cannot read (or enter, if it is a folder); None if all is well."""
    script = 'for f do test -r "$f" && { test ! -d "$f" || test -x "$f"; } || { echo "$f"; exit 1; }; done'
    return run(account, "/bin/sh", "-c", script, "sh", *paths).stdout.rstrip("\n") or None


def is_alive(pid):
    """Whether the process runs. One that was killed and waits for its parent to notice (a zombie) does not."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        if (PROC / "self").exists():
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid):
    """The process's arguments or title as one bytes string with NULs; empty when it is gone or has none."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def found(account, *marks):
    """Process ids of the account's living processes whose command line holds one of the marks (bytes)."""
    uid = account.uid if account else os.geteuid()
    pids = []
    for folder in PROC.glob("[0-9]*"):
        try:
            is_ours = folder.stat().st_uid == uid
        except OSError:
            continue
        pid = int(folder.name)
        if is_ours and pid != os.getpid() and any(mark in command_line(pid) for mark in marks) and is_alive(pid):
            pids.append(pid)
    return pids


def wait_until(condition, *, seconds, every=0.02):
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return bool(answer)


def end(pids, *steps):
    """Send (signal, seconds to wait) after (signal, seconds) until all are gone; returns those still there."""
    for number, seconds in steps:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        wait_until(lambda: not any(map(is_alive, pids)), seconds=seconds)  # noqa: B023 - called at once
        pids = [pid for pid in pids if is_alive(pid)]
        if not pids:
            break
    return pids


FAST = (signal.SIGINT, 60)  # PostgreSQL's "fast" shutdown: sessions end, data are written out
QUIT = (signal.SIGQUIT, 10)
KILL = (signal.SIGKILL, 10)
TERM = (signal.SIGTERM, 10)
