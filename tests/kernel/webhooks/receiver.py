"""A receiver on this machine: a real HTTP server that notes what comes and answers as the test says."""

import contextlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from django.db.models import Prefetch

from carecoord.kernel.tenancy import context
from carecoord.kernel.webhooks import targets
from carecoord.kernel.webhooks.actions import messages
from carecoord.kernel.webhooks.models import AllowedHost, Attempt, Endpoint, EndpointHealth, Message, Secret
from carecoord.kernel.webhooks.signing import new_secret, sealed
from tests.conftest import as_owner


@dataclass
class Received:
    path: str
    headers: dict
    body: bytes


@dataclass
class Receiver:
    """`answer(handler)` writes the answer; 204 without one."""

    url: str = ""
    port: int = 0
    got: list = field(default_factory=list)
    answer: object = None

    def says(self, status, headers=(), body=b""):
        def answer(handler):
            handler.send_response(status)
            for name, value in headers:
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            with contextlib.suppress(ConnectionError):
                handler.wfile.write(body)

        self.answer = answer


@contextlib.contextmanager
def listening(tls=None):
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.close_connection = True
            receiver.answer(self)

        def log_message(self, *_):
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            return

    receiver.says(204)
    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    receiver.url = f"http://127.0.0.1:{receiver.port}/hook"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


_keys = count(9_000_000)


def endpoint_of(client, url, *, host="127.0.0.1"):
    """(Endpoint, its secret), as the owner, with its host on the list."""
    with as_owner():
        secret, payer = new_secret(), client.organisation
        at = {"payer": payer, "host": host, "port": targets.URL.fullmatch(url)["port"] or 443}
        AllowedHost.objects.get_or_create(**at)
        endpoint = Endpoint.objects.create(pk=next(_keys), payer=payer, client=client, url=url)
        EndpointHealth.objects.create(payer=payer, endpoint=endpoint)
        Secret.objects.create(payer=payer, endpoint=endpoint, sealed=sealed(secret))
    return endpoint, secret


def messages_of(endpoint):
    """With the tries of each as `tried`."""
    with as_owner():
        found = Message.objects.filter(endpoint_id=endpoint.pk).order_by("pk")
        return list(found.prefetch_related(Prefetch("attempts", Attempt.objects.order_by("pk"), to_attr="tried")))


def as_worker(payer):
    return context.acting_as(context.worker_for(payer.pk))


def told(cast, type="thing.happened", **data):
    with as_worker(cast.a.payer):
        messages.tell(payer_id=cast.a.payer.pk, type=type, data=data)


def health_of(endpoint, as_owner):
    with as_owner():
        return EndpointHealth.objects.get(endpoint_id=endpoint.pk)


def now(endpoint, as_owner):
    with as_owner():
        return Endpoint.objects.select_related("health").get(pk=endpoint.pk)
