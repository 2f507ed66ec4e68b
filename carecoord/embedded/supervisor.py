"""Child processes kept running: their output under their names, restarted when they die, stopped in reverse order.

Each child leads a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone, and so that all that
a child started can be ended with it. A guard process ends them all when the supervisor itself is killed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .home import CannotStart

GUARD = Path(__file__).with_name("guard.py")


@dataclass(frozen=True)
class Program:
    """A child to run: argv as for exec; env is the whole environment; grace_seconds between SIGTERM and SIGKILL."""

    name: str
    argv: tuple
    env: dict = field(default_factory=lambda: dict(os.environ))
    grace_seconds: float = 10


@dataclass(frozen=True)
class Server:
    """A server that is not our child but must be there: `start()` is called whenever `is_running()` says no."""

    name: str
    is_running: Callable
    start: Callable


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen | None = None
    reader: threading.Thread | None = None
    started: float = 0
    quick_deaths: int = 0
    start_at: float | None = 0  # when to start it next, monotonic seconds; None while it runs


class GaveUp(CannotStart):
    """A child died again and again at once."""


class Supervisor:
    """Runs programs until SIGINT, SIGTERM or SIGHUP. A second signal ends the children without grace."""

    def __init__(self, programs, *, servers=(), cwd=None, say=None, quick_seconds=10, most_quick_deaths=5, delay=0.5):
        self.children = [_Child(program) for program in programs]
        self.servers = list(servers)
        self.cwd = cwd
        self.quick_seconds, self.most_quick_deaths, self.delay = quick_seconds, most_quick_deaths, delay
        self._say_line = say or _print
        self._signals = 0
        self._guard = None
        self._width = max((len(p.name) for p in programs), default=0)
        self._server_deaths = {}
        self._failed_starts = {}
        self._look_at = 0.0  # when to look after the servers next

    def run(self, *, is_up=None, when_up=None):
        """Run until told to stop; returns the exit code: 0 after a signal, 1 when it gave up.

        `when_up()` is called once, as soon as `is_up()` is true for the first time.
        """
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup wants us to outlive the terminal
            numbers.append(signal.SIGHUP)
        previous = {number: signal.signal(number, self._note) for number in numbers}
        try:
            while not self._signals:
                self._tend()
                if when_up and (is_up is None or is_up()):
                    when_up()
                    when_up = None
                time.sleep(0.1)
            return 0
        except CannotStart as error:
            self.say(str(error))
            return 1
        finally:
            self._stop_all()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def say(self, line):
        """Print a line of the supervisor's own."""
        with contextlib.suppress(OSError):  # the terminal is gone, the work goes on
            self._say_line(line)

    def _note(self, number, frame):
        self._signals += 1

    # Each round

    def _tend(self):
        self._tend_guard()
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + 1
            for server in self.servers:
                self._tend_server(server)
        for child in self.children:
            if child.process and child.process.poll() is not None:
                self._bury(child)
            if child.start_at is not None and time.monotonic() >= child.start_at:
                self._start(child)

    def _tend_guard(self):
        if self._guard and self._guard.poll() is None:
            return
        if self._guard:
            self._drop_guard()
        grace = max((c.program.grace_seconds for c in self.children), default=0)
        self._guard = subprocess.Popen(
            [sys.executable, "-I", str(GUARD), str(grace)],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
            cwd="/",
        )
        for child in self.children:
            if child.process:
                self._tell_guard(f"+{child.process.pid}")

    def _tell_guard(self, line):
        try:
            self._guard.stdin.write(line + "\n")
            self._guard.stdin.flush()
        except BrokenPipeError:
            self._guard.poll()  # it was killed: the next round starts another, and tells it everything

    def _drop_guard(self):
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.close()
        self._guard.wait()
        self._guard = None

    def _tend_server(self, server):
        if server.is_running():
            return
        now = time.monotonic()
        deaths = [t for t in self._server_deaths.get(server.name, []) if now - t < 60] + [now]
        self._server_deaths[server.name] = deaths
        if len(deaths) > self.most_quick_deaths:
            raise GaveUp(f"{server.name} stopped {len(deaths)} times within a minute. CareCoord stops; see its log.")
        self.say(f"{server.name} is gone. Starting it again.")
        try:
            server.start()
        except CannotStart as error:
            self._try_later(server, error)
            return
        self._failed_starts.pop(server.name, None)
        self.say(f"{server.name} runs again.")

    def _try_later(self, server, error):
        """One that is killed while it starts is no reason to stop; one that never starts is."""
        failures = self._failed_starts[server.name] = self._failed_starts.get(server.name, 0) + 1
        if failures >= self.most_quick_deaths:
            raise error
        self.say(f"{error.sentence} It is tried again.")

    def _start(self, child):
        program = child.program
        try:
            child.process = subprocess.Popen(
                program.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=program.env, cwd=self.cwd, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise GaveUp(f"{program.name} cannot be started: {error}") from error
        self._tell_guard(f"+{child.process.pid}")
        child.started, child.start_at = time.monotonic(), None
        child.reader = threading.Thread(target=self._relay, args=(program.name, child.process.stdout), daemon=True)
        child.reader.start()

    def _relay(self, name, stream):
        with stream:
            for line in stream:
                self.say(f"{name:<{self._width}} | {line.decode(errors='replace').rstrip()}")

    def _bury(self, child):
        """What the dead child left running is ended too: it would hold the port, or work twice."""
        code, lived = child.process.returncode, time.monotonic() - child.started
        self._end_group(child)
        name = child.program.name
        child.quick_deaths = child.quick_deaths + 1 if lived < self.quick_seconds else 1
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if child.quick_deaths >= self.most_quick_deaths and lived < self.quick_seconds:
            raise GaveUp(
                f"{name} {how}, {child.quick_deaths} times within seconds of its start. CareCoord stops; "
                f"the lines of {name} above say why."
            )
        wait = min(self.delay * 2 ** (child.quick_deaths - 1), 30)
        self.say(f"{name} {how}. Starting it again in {wait:g} s.")
        child.start_at = time.monotonic() + wait

    def _end_group(self, child):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        child.reader.join(timeout=2)
        self._tell_guard(f"-{child.process.pid}")
        child.process = None

    # The end

    def _stop_all(self):
        for child in reversed(self.children):
            if child.process:
                self._stop(child)
        if self._guard:
            self._drop_guard()

    def _stop(self, child):
        """SIGTERM goes to the leader only: Celery's and granian's own children must finish what they do."""
        signals, end = self._signals, time.monotonic() + child.program.grace_seconds
        if child.process.poll() is None:
            child.process.terminate()
        while child.process.poll() is None:
            if time.monotonic() > end or self._signals > max(signals, 1):
                self.say(f"{child.program.name} does not stop: it is killed.")
                break
            time.sleep(0.05)
        self._end_group(child)


def _print(line):
    sys.stdout.write(line + "\n")  # one write, so that lines of several threads do not mix
    sys.stdout.flush()
