"""The whole stack with dummy programs in place of web server, worker and beat; PostgreSQL and Valkey are real."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import urllib.request
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError

from carecoord.embedded import ports, processes, stack, valkey
from carecoord.embedded.only_one import AlreadyRunning, only_one
from carecoord.embedded.ports import PortTaken
from carecoord.management.commands.serve import Command

from .conftest import connect, postmaster, wait_for

RUN = """
import os, sys
from carecoord.embedded import stack
from carecoord.embedded.home import CannotStart
from carecoord.embedded.supervisor import Program

def programs(host, port, workers, *, broker, queues):
    web = (sys.executable, "-m", "http.server", "--bind", host, str(port))
    worker = (sys.executable, "-c", "import time; time.sleep(1000)")
    return [Program("web", web), Program("worker", worker, {{**os.environ, "BROKER_URL": str(broker)}})]

stack._programs = programs
try:
    sys.exit(stack.run_stack(port={port}, announce=lambda a: print("address", a, flush=True),
                             prepare=lambda: print("prepared", flush=True)))
except CannotStart as error:
    print(error, flush=True)
    sys.exit(1)
"""


def lines_until(process, start):
    lines = []
    while not lines or not lines[-1].startswith(start):
        line = process.stdout.readline()
        assert line, "".join(lines)
        lines.append(line.strip())
    return lines


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_stack_starts_answers_and_stops_cleanly(made_home, python):
    run = python(RUN.format(port=None))
    said = lines_until(run, "address")
    assert said.index("prepared") < len(said) - 1
    address = said[-1].split()[1]
    assert address.startswith("http://localhost:")
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200
    database, broker = postmaster(), valkey._all_processes(valkey.this_broker())
    started = [*children(run.pid), database, *broker]
    assert len(started) == 5  # web, worker, guard, PostgreSQL, Valkey
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert not any(map(processes.is_alive, started))


def test_a_second_stack_says_where_the_first_is_and_disturbs_nothing(made_home, python):
    first = python(RUN.format(port=None))
    address = lines_until(first, "address")[-1].split()[1]
    before = [postmaster(), *children(first.pid)]
    second = python(RUN.format(port=None))
    said, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"process {first.pid} at {address}" in said and "CARECOORD_HOME" in said
    assert [postmaster(), *children(first.pid)] == before


def test_killed_servers_are_started_again(made_home, python):
    run = python(RUN.format(port=None))
    lines_until(run, "address")
    database = postmaster()
    (broker,) = valkey._all_processes(valkey.this_broker())
    for pid in (database, broker):
        os.kill(pid, signal.SIGKILL)
    lines_until(run, "Valkey runs again")
    assert postmaster() not in (None, database)
    assert valkey.is_running(valkey.this_broker())
    with connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_after_kill_9_of_the_stack_the_next_one_starts(made_home, python):
    first = python(RUN.format(port=None))
    lines_until(first, "address")
    running = children(first.pid)
    first.kill()
    wait_for(lambda: not any(map(processes.is_alive, running)))
    second = python(RUN.format(port=None))
    lines_until(second, "address")
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=60)
    assert second.returncode == 0 and postmaster() is None


def test_a_taken_port_is_an_error_when_asked_for_and_else_passed_over(home, python):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} is taken"):
            stack.run_stack(port=port)
        assert postmaster() is None  # nothing was started for it


def test_configured_servers_are_not_embedded(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/carecoord")
    monkeypatch.setenv("BROKER_URL", "redis://broker.example")
    assert stack._servers() == []
    assert not (home / "postgres").exists() and not (home / "valkey").exists()
    env = stack._programs("127.0.0.1", 8000, 1, broker=None)[1].env
    assert env["BROKER_URL"] == "redis://broker.example"


def test_the_programs_are_told_the_broker_the_home_and_the_port(home, monkeypatch):
    web, worker, beat = stack._programs("localhost", 8123, 2, broker="redis+socket://:pw@/x.sock")
    line = " ".join(web.argv)
    assert "granian --interface wsgi" in line and "--host 127.0.0.1 --port 8123 --workers 2" in line
    assert line.endswith("carecoord.wsgi:application")
    assert "-A carecoord.celery worker --concurrency 2" in " ".join(worker.argv)
    assert "-A carecoord.celery beat" in " ".join(beat.argv)
    for program in (web, worker, beat):
        assert program.env["CARECOORD_HOME"] == str(home)
        assert program.env["BROKER_URL"] == "redis+socket://:pw@/x.sock"


WHO = """
import os

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


def test_a_web_process_that_is_killed_is_replaced_while_the_server_goes_on(home, tmp_path):
    (tmp_path / "who.py").write_text(WHO)
    port = ports.choose_port(8460, host="127.0.0.1", strict=False)
    ports.release_port(port)
    web = stack._programs("localhost", port, 1, broker="redis://broker.example")[0]

    def answered():
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5) as answer:
            return int(answer.read())

    with subprocess.Popen(
        [*web.argv[:-1], "who:application"], env=web.env, cwd=tmp_path, stderr=subprocess.PIPE
    ) as run:
        try:
            first = wait_for(answered)
            os.kill(first, signal.SIGKILL)
            assert wait_for(answered) != first and run.poll() is None
        finally:
            run.terminate()
            run.communicate(timeout=30)


def test_counts_of_an_earlier_run_are_forgotten_and_nothing_else(home, monkeypatch):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    metrics = home / "metrics"
    metrics.mkdir(parents=True)
    for name in ("counter_12.db", "kept.txt"):
        (metrics / name).touch()
    stack._forget_counts()
    assert [file.name for file in metrics.iterdir()] == ["kept.txt"]


def test_each_queue_gets_a_worker_of_its_own(home):
    _, feeds, quick, _ = stack._programs("localhost", 8123, 1, broker=None, queues={"feeds": 2, "quick": 1})
    assert (feeds.name, quick.name) == ("worker-feeds", "worker-quick")
    assert "worker --queues feeds --hostname feeds@%h --concurrency 2" in " ".join(feeds.argv)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://localhost:80"),
        ("0.0.0.0", "http://localhost:80"),
        ("care.example", "http://care.example:80"),
        ("fd00::1", "http://[fd00::1]:80"),
    ],
)
def test_the_address_is_one_for_a_browser(host, address):
    assert stack.address_of(host, 80) == address


def test_only_one_supervisor_a_home_and_blocks_nest(home, python):
    with only_one() as tell, only_one():
        tell("http://localhost:8000")
        other = python(
            "from carecoord.embedded.only_one import *\n"
            "try:\n    with only_one(): print('alone')\nexcept AlreadyRunning as e: print(e.pid, e.address)"
        )
        assert other.communicate()[0].split() == [str(os.getpid()), "http://localhost:8000"]
    with only_one():
        pass


def test_serve_reports_what_stands_in_its_way(home, monkeypatch):
    def refuse(**options):
        raise AlreadyRunning(home, {"pid": 12, "address": "http://localhost:8000"})

    monkeypatch.setattr("carecoord.management.commands.serve.run_stack", refuse)
    with pytest.raises(CommandError, match="process 12 at http://localhost:8000"):
        Command(stdout=StringIO()).handle(port=None, host="127.0.0.1", workers=1)


def test_serve_ends_with_the_code_of_the_stack(home, monkeypatch):
    asked = {}
    monkeypatch.setattr("carecoord.management.commands.serve.run_stack", lambda **options: asked.update(options) or 1)
    arguments = vars(Command().create_parser("manage.py", "serve").parse_args(["--port", "8123", "--workers", "2"]))
    with pytest.raises(SystemExit) as ended:
        Command(stdout=StringIO()).handle(**arguments)
    assert ended.value.code == 1
    assert (asked["port"], asked["host"], asked["workers"]) == (8123, "127.0.0.1", 2)


@pytest.mark.parametrize("wrong", [["--port", "0"], ["--port", "65536"], ["--port", "x"], ["--workers", "0"]])
def test_serve_refuses_numbers_out_of_range(wrong):
    parser = Command().create_parser("manage.py", "serve")
    with pytest.raises((CommandError, SystemExit)):
        parser.parse_args(wrong)


def test_only_the_command_knows_django():
    for file in Path(stack.__file__).parent.glob("*.py"):
        assert not re.search(r"^\s*(from|import) django", file.read_text(), re.MULTILINE), file
