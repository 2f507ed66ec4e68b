"""The web server's port: free ones are found and claimed, taken ones are reported."""

import contextlib
import errno
import socket
import sys

from .home import CannotStart

TRIES = 100
_claims = {}  # port -> the socket whose being bound is the claim


class PortTaken(CannotStart):
    """The port that was asked for is in use, or none near it is free."""


def choose_port(wanted=8000, *, host="127.0.0.1", strict=False):
    """A free port for `host`: the wanted one or, unless strict, the next free one. Raises PortTaken.

    It stays claimed for this process until `release_port`: another CareCoord that starts at the same moment takes the
    next one, although the web server itself only binds it later (and would share it: it sets SO_REUSEPORT).
    """
    for port in [wanted] if strict else range(wanted, min(wanted + TRIES, 65_536)):
        if _claim(port):
            if _is_free(host, port):
                return port
            release_port(port)
    if strict:
        raise PortTaken(f"Port {wanted} is taken by another program. Stop that program, or choose another --port.")
    raise PortTaken(f"No port from {wanted} on is free on {host}. Choose one with --port.")


def release_port(port):
    """Give a claim up."""
    if claim := _claims.pop(port, None):
        claim.close()


def _claim(port):
    """An abstract socket (Linux) vanishes with its process, also on kill -9. Elsewhere there is no claim."""
    if not sys.platform.startswith("linux"):
        return True
    if port in _claims:
        return False
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0carecoord-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims[port] = claim
    return True


def _is_free(host, port):
    """Bound without SO_REUSEPORT, so that a server which would share its port counts as there.

    `localhost` is two addresses, and a browser may try ::1 first: another program must not answer there for us.
    """
    is_local = host in {"127.0.0.1", "localhost", "0.0.0.0", ""}  # noqa: S104 - compared, not bound
    addresses = ["127.0.0.1" if host == "localhost" else host] + (["::1"] if is_local else [])
    return all(_can_bind(address, port) for address in addresses)


def _can_bind(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        probe = socket.socket(family)
    except OSError:
        return True  # a machine without IPv6
    with contextlib.closing(probe):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL and address == "::1":
                return True
            if error.errno == errno.EADDRINUSE:
                return False
            raise CannotStart(f"Port {port} on {address} cannot be used: {error.strerror}.") from error
    return True


def answers(host, port):
    """Whether a server accepts connections there."""
    address = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "localhost": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False
