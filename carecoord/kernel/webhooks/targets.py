"""Which addresses a message may be sent to. An address is read strictly: what two readers could read differently is refused.

A host is a name, never a number; every address that the name has must be a public one, and the connection goes to the address that
was checked, so that a name cannot mean another machine a moment later.
"""

import ipaddress
import re
import socket
import threading
from dataclasses import dataclass

from django.conf import settings

HTTPS_PORT = 443
LONGEST_URL = 500
URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?",
    re.ASCII,
)
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
TOP = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
NOWHERE = {
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "arpa",
    "onion",
    "invalid",
}
"""Last parts of names that public name servers do not know."""
LOOPBACK = {"localhost", "127.0.0.1"}
OPEN_IPV6 = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
CLOSED = [
    ipaddress.ip_network(each)
    for each in ["168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20"]
]
"""What older versions of `ipaddress` take for public, and an address that a cloud keeps for its own machines."""
RESOLVE_SECONDS = 5


class BadTarget(Exception):
    """The address cannot be sent to; the sentence says why."""


@dataclass(frozen=True)
class Target:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_loopback(self):
        return self.host in LOOPBACK

    @property
    def authority(self):
        usual = HTTPS_PORT if self.scheme == "https" else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def parse(url):
    """The parts of an address. Raises BadTarget for one that is not plain https to a named host."""
    if len(url) > LONGEST_URL:
        raise BadTarget(f"The address is longer than {LONGEST_URL} characters.")
    found = URL.fullmatch(url)
    if not found:
        raise BadTarget(
            "Write an address such as https://hooks.example.com/carecoord, in ASCII, without a user name, a fragment or a number "
            "for a host."
        )
    host = parse_host(found["host"])
    is_https = found["scheme"] == "https"
    if not is_https and host not in LOOPBACK:
        raise BadTarget("The address must begin with https://.")
    port = int(found["port"]) if found["port"] else HTTPS_PORT if is_https else 80
    if not 1 <= port <= 65_535:
        raise BadTarget("The port is none.")
    return Target(found["scheme"], host, port, found["path"] or "/")


def parse_host(text):
    """A host's name in lower case. Raises BadTarget for numbers, single words, and names that only a local network knows."""
    host = text.lower()
    if host in LOOPBACK and settings.WEBHOOK_LOOPBACK:
        return host
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise BadTarget("That is no host name. Write it in ASCII, such as hooks.example.com or xn--bcher-kva.example.")
    if len(labels) < 2 or not TOP.fullmatch(labels[-1]) or labels[-1] in NOWHERE:
        raise BadTarget("Write the full public name of the host; numbers and names of a local network are refused.")
    return host


def addresses_of(target):
    """The addresses of the target's host, as text, in the order in which to try them. Raises BadTarget unless all are public."""
    found = _resolved(target.host, target.port)
    if not found:
        raise BadTarget("The host has no address.")
    for address in found:
        if not (is_public(address) or (target.is_loopback and settings.WEBHOOK_LOOPBACK and address.is_loopback)):
            raise BadTarget("The host's name leads to an address that is not public.")
    return [str(address) for address in found]


def is_public(address):
    """Whether an ipaddress is one that anybody on the internet may have."""
    if address.version == 6 and (address.ipv4_mapped or address in NAT64):
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified
    if is_special or any(address in network for network in CLOSED):
        return False
    return address.is_global and (address.version == 4 or address in OPEN_IPV6)


def _resolved(host, port):
    """The name server is asked in a thread of its own, since nothing else ends a question that is not answered."""
    told = {}

    def ask():
        try:
            told["answers"] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            told["fault"] = error

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(RESOLVE_SECONDS)
    if "answers" not in told:
        raise BadTarget("The host's name was not resolved." if told else "The name server did not answer in time.")
    return list(dict.fromkeys(ipaddress.ip_address(answer[4][0].partition("%")[0]) for answer in told["answers"]))
