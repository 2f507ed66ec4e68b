"""One supervisor a home: a second `serve` or `demo` says where the first one is, and disturbs nothing."""

import contextlib
import fcntl
import json
import os

from . import home as homes
from .home import CannotStart

_held = {}  # home -> descriptor


class AlreadyRunning(CannotStart):
    """Another process supervises this home. Has `pid` and `address`, which are None while it is still starting."""

    def __init__(self, home, found):
        self.pid, self.address = found.get("pid"), found.get("address")
        where = f" at {self.address}" if self.address else ", and is still starting"
        super().__init__(
            f"CareCoord already runs for {home}: process {self.pid}{where}. "
            "Stop it first (Ctrl-C), or set CARECOORD_HOME to another folder."
        )


@contextlib.contextmanager
def only_one():
    """Be the only supervisor of CARECOORD_HOME for the length of the block. Raises AlreadyRunning.

    Gives a function that takes the address to tell others. Blocks may be nested in one process.
    """
    home = homes.prepare()
    if home in _held:
        yield lambda address: _write(_held[home], address)
        return
    with homes.explained(home):
        descriptor = homes.open_private(home / "supervisor.lock", os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(home, _read(descriptor)) from None
        _held[home] = descriptor
        _write(descriptor, None)
        yield lambda address: _write(descriptor, address)
    finally:
        _held.pop(home, None)
        os.close(descriptor)


def _write(descriptor, address):
    """One write of a fixed length: a reader sees the old text or the new."""
    os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "address": address}).ljust(500).encode(), 0)


def _read(descriptor):
    try:
        return json.loads(os.pread(descriptor, 500, 0))
    except ValueError:
        return {}
