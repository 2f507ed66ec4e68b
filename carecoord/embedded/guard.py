"""Outlives the supervisor to end its children: run as a script, it reads process group ids until its input closes.

`+123` adds group 123, `-123` takes it off. When the supervisor is killed (also with kill -9) the kernel closes the pipe: the
leaders of the groups that are left get SIGTERM, and after the grace period whole groups get SIGKILL.
"""

import contextlib
import os
import signal
import sys
import time


def watch(lines, *, grace_seconds):
    groups = set()
    for line in lines:
        change, group = line[0], int(line[1:])
        groups.add(group) if change == "+" else groups.discard(group)
    _signal(groups, os.kill, signal.SIGTERM)
    end = time.monotonic() + grace_seconds
    while time.monotonic() < end and any(map(_has_members, groups)):
        time.sleep(0.1)
    _signal(groups, os.killpg, signal.SIGKILL)


def _signal(groups, send, number):
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            send(group, number)


def _has_members(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # it leaves when the supervisor does
    watch(sys.stdin, grace_seconds=float(sys.argv[1]))
