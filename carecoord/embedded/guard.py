"""Outlives the supervisor to end its children: run as a script, it reads process group ids until its input closes.

`+123` adds group 123, `-123` takes it off. When the supervisor is killed (kill -9 too) the kernel closes the pipe: the
leaders of the groups that are left get SIGTERM; what is left of a group when its leader is gone, or when the grace
period is over, gets SIGKILL.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path


def watch(lines, *, grace_seconds):
    groups = set()
    for line in lines:
        change, group = line[0], int(line[1:])
        groups.add(group) if change == "+" else groups.discard(group)
    _signal(groups, os.kill, signal.SIGTERM)
    end = time.monotonic() + grace_seconds
    while groups and time.monotonic() < end:
        over = {group for group in groups if not _is_alive(group)}
        _signal(over, os.killpg, signal.SIGKILL)  # what a leader left behind
        groups -= over
        time.sleep(0.05)
    _signal(groups, os.killpg, signal.SIGKILL)


def _signal(groups, send, number):
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            send(group, number)


def _is_alive(leader):
    """A zombie is not alive: in a container nobody may ever collect it."""
    try:
        os.kill(leader, 0)
        return Path(f"/proc/{leader}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # it went in between, or this system has no /proc
        return not Path("/proc/self").exists()


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # it leaves when the supervisor does
    watch(sys.stdin, grace_seconds=float(sys.argv[1]))
