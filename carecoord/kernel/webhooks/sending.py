"""One POST to one checked address: no redirects, at most ten seconds and 64 KB of answer. What goes wrong is told, never raised."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from django.utils import timezone
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from . import targets

SECONDS = 10
CONNECT_SECONDS = 4
MOST_BYTES = 64 * 1024
SHOWN = 500
MOST_ADDRESSES = 3
AGENT = "CareCoord-Webhooks/1"
NO_HTTP = (HTTPError, http.client.HTTPException, OSError, ValueError)


@dataclass(frozen=True)
class Answer:
    """What became of a try. `wait_seconds`: how long the receiver asks us to wait, 0 when it does not say."""

    status: int | None = None
    fault: str = ""
    text: str = ""
    wait_seconds: int = 0
    milliseconds: int = 0

    @property
    def was_taken(self):
        return self.status is not None and 200 <= self.status < 300


def tls():
    """The machine's certificate authorities."""
    return ssl.create_default_context()


def post(target, *, headers, body):
    """Sends, and tells what came back."""
    began = time.monotonic()
    told = {"fault": "It took longer than ten seconds."}
    try:
        addresses = targets.addresses_of(target)
        sent = {"Host": target.authority, "User-Agent": AGENT, "Content-Type": "application/json", "Accept": "*/*"}
        told = _first_reached(target, addresses, sent | headers, body.encode(), began + SECONDS)
    except targets.BadTarget as refusal:
        told = {"fault": str(refusal)}
    except TimeoutError:
        pass
    except ssl.SSLCertVerificationError as error:
        told = {"fault": f"The certificate is not good for this host: {error.verify_message}."}
    except NO_HTTP as error:
        told = {"fault": _worded(error)}
    return Answer(milliseconds=round((time.monotonic() - began) * 1000), **told)


def _worded(error):
    cause = error.__cause__ if isinstance(error.__cause__, (OSError, ValueError)) else error
    words = getattr(cause, "strerror", None) or type(cause).__name__
    return f"No answer that HTTP knows: {words}."[:300]


def _first_reached(target, addresses, headers, body, ends):
    """What the first of the host's addresses says that a connection can be made to."""
    fault = None
    for address in addresses[:MOST_ADDRESSES]:
        line = _connection(target, address, ends)
        try:
            line.connect()
        except (NewConnectionError, ConnectTimeoutError) as error:
            fault = error
            line.close()
            continue
        with contextlib.closing(line):
            return _exchange(line, target, headers, body, ends)
    raise fault if isinstance(fault, NewConnectionError) else TimeoutError


def _connection(target, address, ends):
    """A line to the address that was checked; the certificate must be the name's."""
    seconds = min(CONNECT_SECONDS, _left(ends))
    if target.scheme == "http":
        return HTTPConnection(address, target.port, timeout=seconds)
    return HTTPSConnection(
        address,
        target.port,
        timeout=seconds,
        ssl_context=tls(),
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _left(ends):
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _exchange(line, target, headers, body, ends):
    """A receiver that sends a byte now and then would never run into the socket's own limit: a timer ends the line."""
    is_over = threading.Event()

    def hang_up():
        is_over.set()
        with contextlib.suppress(OSError):
            line.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_left(ends), hang_up)
    timer.daemon = True
    timer.start()
    try:
        line.sock.settimeout(_left(ends))
        line.request("POST", target.path, body=body, headers=headers, preload_content=False, decode_content=False)
        response, text = line.getresponse(), b""
        if is_over.is_set():
            raise TimeoutError  # headers that were cut off look like headers that end
        with contextlib.suppress(*NO_HTTP):  # the status says it; the rest of the answer is for people alone
            text = response.read(MOST_BYTES, decode_content=False)
    except (*NO_HTTP, AttributeError):
        if is_over.is_set():
            raise TimeoutError
        raise
    finally:
        timer.cancel()
    return {
        "status": response.status,
        "fault": _said(response.status),
        "text": printable(text),
        "wait_seconds": _asked_to_wait(response),
    }


def _said(status):
    if 300 <= status < 400:
        return f"It answered {status}; redirects are not followed."
    return "" if 200 <= status < 300 else f"It answered {status}."


def printable(body):
    """The first characters of an answer as people may see them: another's text, and maybe no text at all."""
    words = body[: SHOWN * 4].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in words).strip()[:SHOWN]


def _asked_to_wait(response):
    """`Retry-After` of a 429 or 503, in seconds: a number, or a day and time."""
    asked = response.headers.get("Retry-After", "") if response.status in (429, 503) else ""
    if asked.isascii() and asked.isdigit():
        return min(int(asked[:9]), 10**9)
    try:
        at = parsedate_to_datetime(asked)
        return max(0, int((at - timezone.now()).total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return 0
