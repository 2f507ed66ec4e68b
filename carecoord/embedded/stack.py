"""All of CareCoord on one machine: PostgreSQL, Valkey, web server, Celery worker and beat, until Ctrl-C."""

import os
import sys
from functools import partial
from pathlib import Path

from . import home as homes
from . import ports, postgres, valkey
from .only_one import only_one
from .supervisor import Program, Server, Supervisor

DEFAULT_PORT = 8000
PROJECT = Path(__file__).resolve().parents[2]


def run_stack(*, port=None, host="127.0.0.1", workers=1, queues=None, announce=None, prepare=None, say=print):
    """Start everything, call `announce(address)` when the web server answers, run until a signal; returns exit code.

    port: None for 8000 or the next free one; a number is taken as it is, or PortTaken.
    queues: name -> processes, a Celery worker for each; without it one worker serves all.
    prepare: called when the servers run and before web server and workers start (migrations, demo data).
    With DATABASE_URL or BROKER_URL in the environment no embedded server is started for it.
    Raises CannotStart (AlreadyRunning, PortTaken among it).
    """
    with only_one() as tell:
        number = ports.choose_port(port or DEFAULT_PORT, host=host, strict=port is not None)
        try:
            if port is None and number != DEFAULT_PORT:
                say(f"Port {DEFAULT_PORT} is taken: using {number}.")
            servers = _servers()
            where = {server.name: server.start() for server in servers}
            if prepare:
                prepare()
            _forget_counts()
            address = address_of(host, number)
            tell(address)
            supervisor = Supervisor(
                _programs(host, number, workers, broker=where.get("Valkey"), queues=queues),
                servers=servers,
                cwd=PROJECT,
            )
            return supervisor.run(
                is_up=partial(ports.answers, host, number),
                when_up=(lambda: announce(address)) if announce else None,
            )
        finally:
            ports.release_port(number)


def _forget_counts():
    """What processes of an earlier run counted for /metrics: their files would pile up, one for each process that ever was."""
    folder = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or homes.prepare() / "metrics")
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)


def address_of(host, port):
    """What to type into a browser. `localhost`, not 127.0.0.1: passkeys refuse addresses."""
    is_here = host in {"", "127.0.0.1", "localhost", "0.0.0.0", "::", "::1"}  # noqa: S104 - compared, not bound
    name = "localhost" if is_here else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def _servers():
    """The embedded servers that this stack needs."""
    servers = []
    if not os.environ.get("DATABASE_URL"):
        is_running = partial(postgres.has_process, postgres.this_server())
        servers.append(Server("PostgreSQL", is_running, postgres.ensure_postgres))
    if not os.environ.get("BROKER_URL"):
        servers.append(Server("Valkey", partial(valkey.is_running, valkey.this_broker()), valkey.ensure_broker))
    return servers


def _programs(host, port, workers, *, broker, queues=None):
    """Web server, workers, beat. `broker` is the embedded Valkey's URL, None when the environment names another."""
    home = homes.prepare()
    env = {**os.environ, "CARECOORD_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    if broker:
        env["BROKER_URL"] = broker
    bind = "127.0.0.1" if host in {"", "localhost"} else host
    python = (sys.executable, "-m")
    celery = (*python, "celery", "--quiet", "-A", "carecoord.celery")
    # Threads enough for slow senders, who hold no database connection: of those there are 8 a role and process, 100 in all.
    # granian warns of more than two threads a core, as if they computed: they wait. Only its errors are shown.
    # One of its processes that is killed is replaced while the others answer; a crash at once, twice, ends it for the supervisor.
    web = ("--interface", "wsgi", "--no-ws", "--blocking-threads", "24", "--backpressure", "64", "--log-level", "error",
           "--respawn-failed-workers")  # fmt: skip
    return [
        Program("web", (*python, "granian", *web, "--host", bind, "--port", str(port), "--workers", str(workers),
                        "carecoord.wsgi:application"), env),
        *(Program(name, (*celery, "worker", *which), env, grace_seconds=20) for name, which in _workers(queues)),
        Program("beat", (*celery, "beat", "--schedule", str(home / "beat.schedule")), env),
    ]  # fmt: skip


def _workers(queues):
    """(name, arguments) of each Celery worker. SIGTERM lets it finish what it does; what it cannot finish is given back."""
    if not queues:
        return [("worker", ("--concurrency", "2"))]
    return [
        (f"worker-{name}", ("--queues", name, "--hostname", f"{name}@%h", "--concurrency", str(processes)))
        for name, processes in queues.items()
    ]
