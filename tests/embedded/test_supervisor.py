import os
import signal
import sys
import time
from pathlib import Path

import pytest

from carecoord.embedded import processes
from carecoord.embedded.home import CannotStart
from carecoord.embedded.supervisor import Program, Server, Supervisor

from .conftest import wait_for

# A child with a child of its own, as web servers and workers are.
WAITING = """
import os, subprocess, time
child = subprocess.Popen(["sleep", "987654"])
print("pids", os.getpid(), child.pid, flush=True)
time.sleep(1000)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + WAITING
SUPERVISE = """
import signal, sys
{hangup}
from carecoord.embedded.supervisor import Program, Supervisor
children = [Program(name, (sys.executable, "-c", code), grace_seconds={grace}) for name, code in {children!r}]
sys.exit(Supervisor(children, delay=0.1).run(when_up=lambda: print("up", flush=True)))
"""


@pytest.fixture
def supervise(python):
    """Start a supervisor in a process of its own; returns it and a dict name -> pids, from what it prints."""

    def start(*children, grace=10):
        default = "signal.signal(signal.SIGHUP, signal.SIG_DFL)"  # whatever the tests themselves were started with
        process = python(SUPERVISE.format(children=children, grace=grace, hangup=default))
        seen = {}
        while len(seen) < len(children):
            read_pids(process, seen)
        return process, seen

    return start


def read_pids(process, seen):
    line = process.stdout.readline()
    assert line, "the supervisor ended"
    name, _, said = line.partition("|")
    if said.strip().startswith("pids"):
        seen[name.strip()] = [int(word) for word in said.split()[1:]]


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def all_gone(*groups):
    return not any(processes.is_alive(pid) for pids in groups for pid in pids)


def test_output_carries_the_name_of_the_child():
    said = []
    hello = Program("web", (sys.executable, "-c", "print('hello'); import time; time.sleep(100)"))
    other = Program("worker", (sys.executable, "-c", "import sys; sys.exit('oops')"))
    code = Supervisor([hello, other], say=said.append, delay=0.01, most_quick_deaths=2).run()
    assert code == 1
    assert "web    | hello" in said and "worker | oops" in said


def test_a_child_that_dies_again_and_again_is_given_up():
    said = []
    child = Program("web", (sys.executable, "-c", "raise SystemExit(3)"))
    code = Supervisor([child], say=said.append, delay=0.01, most_quick_deaths=3).run()
    assert code == 1
    assert [line for line in said if "Starting it again" in line] == [
        "web ended with code 3. Starting it again in 0.01 s.",
        "web ended with code 3. Starting it again in 0.02 s.",
    ]
    assert said[-1].startswith("web ended with code 3, 3 times within seconds of its start. CareCoord stops")


def test_a_program_that_is_not_there_is_reported():
    said = []
    assert Supervisor([Program("web", ("/nowhere/granian",))], say=said.append).run() == 1
    assert "web cannot be started" in said[-1]


def test_a_killed_child_is_started_again_without_its_remains(supervise):
    process, seen = supervise(("web", WAITING), ("worker", WAITING))
    web, worker = seen["web"], seen["worker"]
    os.kill(web[0], signal.SIGKILL)
    while seen["web"] == web:
        read_pids(process, seen)
    assert all_gone(web)  # its own child too: it would hold the port
    assert seen["worker"] == worker and not all_gone(worker)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(supervise, number):
    process, seen = supervise(("web", WAITING), ("worker", WAITING))
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    assert all_gone(*seen.values())


def test_nohup_is_respected(python):
    ignored = "signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    process = python(SUPERVISE.format(children=[("web", WAITING)], grace=10, hangup=ignored))
    seen = {}
    while not seen:
        read_pids(process, seen)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None and not all_gone(*seen.values())
    process.terminate()
    assert process.wait(timeout=20) == 0


def test_children_stop_in_reverse_order(supervise):
    polite = (
        "import signal, sys, time\ndef leave(*a): print('leaves', flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave); print('pids', 0, flush=True); time.sleep(1000)"
    )
    process, _ = supervise(("web", polite), ("worker", polite), ("beat", polite))
    process.terminate()
    said, _ = process.communicate(timeout=20)
    assert [line.split()[0] for line in said.splitlines() if "leaves" in line] == ["beat", "worker", "web"]


def test_a_child_that_does_not_stop_is_killed_after_its_grace(supervise):
    process, seen = supervise(("web", STUBBORN), grace=0.3)
    process.terminate()
    assert "web does not stop: it is killed." in process.communicate(timeout=20)[0]
    assert process.returncode == 0 and all_gone(*seen.values())


def test_a_second_ctrl_c_does_not_wait_for_the_grace(supervise):
    process, seen = supervise(("web", STUBBORN), grace=1000)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    process.wait(timeout=20)
    assert all_gone(*seen.values())


def test_kill_9_of_the_supervisor_leaves_nobody(supervise):
    process, seen = supervise(("web", WAITING), ("worker", STUBBORN), grace=0.3)
    process.kill()
    wait_for(lambda: all_gone(*seen.values()))


def test_kill_9_of_the_guard_and_then_of_the_supervisor_leaves_nobody(supervise):
    process, seen = supervise(("web", WAITING))

    def guards():
        return [pid for pid in processes.found(None, b"guard.py") if parent(pid) == process.pid]

    (guard,) = guards()
    os.kill(guard, signal.SIGKILL)
    wait_for(lambda: guards() not in ([], [guard]))
    time.sleep(0.3)
    process.kill()
    wait_for(lambda: all_gone(*seen.values()))


def test_a_server_that_is_gone_is_started_again():
    said, started = [], []
    server = Server("PostgreSQL", lambda: bool(started), lambda: started.append(time.monotonic()))
    child = Program("web", (sys.executable, "-c", "import time; time.sleep(100)"))

    def up():
        os.kill(os.getpid(), signal.SIGTERM)

    assert Supervisor([child], servers=[server], say=said.append).run(is_up=lambda: bool(started), when_up=up) == 0
    assert len(started) == 1
    assert said == ["PostgreSQL is gone. Starting it again.", "PostgreSQL runs again."]


@pytest.mark.parametrize("failures", [2, 3])
def test_a_server_that_is_killed_while_it_starts_is_tried_again_but_not_for_ever(failures):
    said, started = [], []

    def start():
        started.append(time.monotonic())
        if len(started) <= failures:
            raise CannotStart("PostgreSQL did not start.", log="FATAL")

    def is_running():
        return len(started) > failures

    server = Server("PostgreSQL", is_running, start)
    child = Program("web", (sys.executable, "-c", "import time; time.sleep(100)"))
    supervisor = Supervisor([child], servers=[server], say=said.append, most_quick_deaths=3)
    code = supervisor.run(is_up=is_running, when_up=lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert (code, len(started)) == ((0, 3) if failures == 2 else (1, 3))
    assert said.count("PostgreSQL did not start. It is tried again.") == 2
    assert said[-1].startswith(
        "PostgreSQL runs again" if failures == 2 else "PostgreSQL did not start.\nThe last lines"
    )
