"""Who uses a server: each process holds a shared lock for as long as it lives; the last one to leave stops the server.

The lock is the kernel's (flock), so kill -9 cannot leave a stale one. When everybody is killed at once the server
stays up, and the next process finds it running.
"""

import atexit
import contextlib
import fcntl
import os
import signal
import sys
import threading

from .home import CannotStart, open_private

_joined = {}  # lock file -> (descriptor, stop)


def join(lock, stop):
    """Hold the lock file shared until this process ends. `stop()` is called at the end if nobody else holds it then.

    Waits while a last user is stopping the server. Joining twice is joining once.
    """
    if lock in _joined:
        return
    if not _joined:
        _leave_when_terminated()
    _joined[lock] = (_hold(lock), stop)


def _hold(lock):
    descriptor = open_private(lock, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def leave(lock):
    """Give the lock back; stop the server if this was its last user. Returns whether it was."""
    descriptor, stop = _joined.pop(lock)
    os.close(descriptor)
    try:
        # A new descriptor, not the old one: a child that was forked from us may still hold the old one's lock.
        alone = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:  # the whole home was deleted: the server has nothing to serve
        stop()
        return True
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        stop()
        return True
    finally:
        os.close(alone)


@contextlib.contextmanager
def alone(lock):
    """Hold the lock alone for the length of the block; a shared hold of this process comes back after it.

    Raises CannotStart when another process holds it.
    """
    mine = _joined.pop(lock, None)
    if mine:
        os.close(mine[0])
    descriptor = open_private(lock, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"Other processes use CareCoord's servers in {lock.parent}: stop them first.") from None
        yield
    finally:
        os.close(descriptor)
        if mine:
            _joined[lock] = (_hold(lock), mine[1])


@atexit.register
def leave_all():
    """The normal end of a process."""
    for lock in reversed(list(_joined)):
        try:
            leave(lock)
        except (OSError, CannotStart) as error:
            sys.stderr.write(f"An embedded server was not stopped: {error}\n")


def _after_fork():
    """A forked child takes a lock of its own: it may outlive its parent."""
    for lock, (descriptor, stop) in list(_joined.items()):
        with contextlib.suppress(FileNotFoundError):
            _joined[lock] = (_hold(lock), stop)
            os.close(descriptor)


os.register_at_fork(after_in_child=_after_fork)


def _leave_when_terminated():
    """Python dies on SIGTERM and SIGHUP without its exit handlers; programs with handlers of their own keep them."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number, frame):
    sys.exit(128 + number)
