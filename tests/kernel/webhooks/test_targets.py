"""Where messages may go: what is refused by its words, and what is refused by the address that its name has."""

import ipaddress
import socket
import threading

import pytest
from django.conf import settings

from carecoord.kernel.webhooks import targets

HOSTILE = """
http://hooks.example.com/
HTTP://hooks.example.com/
ftp://hooks.example.com/
file:///etc/passwd
gopher://hooks.example.com/
//hooks.example.com/
hooks.example.com/hook
javascript:alert(1)
https://
https:///hook
https:hooks.example.com
https://127.0.0.1/
https://localhost/
https://localhost.localdomain/
https://127.1/
https://127.0.1/
https://2130706433/
https://0x7f000001/
https://0x7f.0.0.1/
https://0x7f.1/
https://0177.0.0.1/
https://017700000001/
https://0/
https://0.0.0.0/
https://00000000.0/
https://169.254.169.254/latest/meta-data/
https://169.254.169.254./
https://0xa9fea9fe/
https://2852039166/
https://0251.0376.0251.0376/
https://10.0.0.8/
https://172.16.0.1/
https://192.168.1.1/
https://8.8.8.8/
https://[::]/
https://[::1]/
https://[::ffff:127.0.0.1]/
https://[::ffff:7f00:1]/
https://[0:0:0:0:0:ffff:a9fe:a9fe]/
https://[64:ff9b::7f00:1]/
https://[2002:7f00:1::]/
https://[fe80::1%25eth0]/
https://[fd00:ec2::254]/
https://[2606:4700::1111]/
https://user@hooks.example.com/
https://user:word@hooks.example.com/
https://hooks.example.com@127.0.0.1/
https://127.0.0.1#@hooks.example.com/
https://127.0.0.1?@hooks.example.com/
https://hooks.example.com\\@127.0.0.1/
https://127.0.0.1\\.hooks.example.com/
https://hooks.example.com%2f@127.0.0.1/
https://hooks.example.com%00.internal/
https://%6c%6f%63alhost/
https://hooks.example.com./
https://hooks.example.com../
https://.hooks.example.com/
https://hooks..example.com/
https://hooks_.example.com/
https://-hooks.example.com/
https://hooks-.example.com/
https://metadata/
https://metadata.google.internal/
https://printer.local/
https://router.lan/
https://db.corp/
https://x.localhost/
https://1.0.0.127.in-addr.arpa/
https://x.onion/
https://ⓛocalhost/
https://hooks。example。com/
https://１２７.0.0.1/
https://bücher.example.com/
https://hооks.example.com/
https://hooks.example.com:/
https://hooks.example.com:0/
https://hooks.example.com:65536/
https://hooks.example.com:443:443/
https://hooks.example.com:+443/
https://hooks.example.com:٤٤٣/
https://hooks.example.com:443@127.0.0.1/
https://hooks.example.com /
 https://hooks.example.com/
https://hooks.example.com/ hook
https://hooks.example.com/\tx
https://hooks.example.com/#part
https://hooks.example.com?x=1
https://hooks.example.com/a"b
https://hooks.example.com/<x>
https://hooks.example.com/é
https://example.1/
https://example.0x1/
https://a.b.c.127.0.0.1/
""".strip("\n").splitlines()
BROKEN = [
    "https://hooks.example.com/\nhost: x",
    "https://hooks.example.com/\r\nx: y",
    "https://hooks.example.com\r\n/",
    "https://hooks.example.com/\x00",
    "https://hooks.example.com/\u2028",
    f"https://{'a' * 64}.example.com/",
    f"https://{'a.' * 130}com/",
    f"https://hooks.example.com/{'x' * 500}",
    "",
]


@pytest.mark.parametrize("url", [url.replace("\\t", "\t") for url in HOSTILE] + BROKEN)
def test_an_address_that_two_readers_could_read_differently_is_refused(url):
    with pytest.raises(targets.BadTarget):
        targets.parse(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/"),
        ("https://Hooks.Example.COM/A?b=c&d=%20", "hooks.example.com", 443, "/A?b=c&d=%20"),
        ("https://hooks.example.com:8443/carecoord", "hooks.example.com", 8443, "/carecoord"),
        ("https://xn--bcher-kva.example.com/x@y", "xn--bcher-kva.example.com", 443, "/x@y"),
        ("https://a.io/", "a.io", 443, "/"),
    ],
)
def test_a_plain_https_address_is_taken(url, host, port, path):
    target = targets.parse(url)
    assert (target.scheme, target.host, target.port, target.path) == ("https", host, port, path)


def test_this_machine_is_a_target_for_a_demo_alone(monkeypatch):
    assert settings.WEBHOOK_LOOPBACK is False
    with pytest.raises(targets.BadTarget):
        targets.parse("http://127.0.0.1:8000/hook")
    monkeypatch.setattr(settings, "WEBHOOK_LOOPBACK", True)
    assert targets.parse("http://127.0.0.1:8000/hook").port == 8000
    assert targets.parse("http://localhost/hook").port == 80
    for other in ("http://hooks.example.com/", "http://127.0.0.2/", "http://10.0.0.1/", "http://[::1]/"):
        with pytest.raises(targets.BadTarget):
            targets.parse(other)


PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_a_private_network_is_not_public(address):
    assert targets.is_public(ipaddress.ip_address(address)) is False


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_is(address):
    assert targets.is_public(ipaddress.ip_address(address)) is True


def names(monkeypatch, **known):
    """A name server that knows these."""

    def asked(host, port, **_):
        if host not in known:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host].split()]

    monkeypatch.setattr(socket, "getaddrinfo", asked)


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("127.0.0.1.nip.io", "127.0.0.1"),
        ("169-254-169-254.sslip.io", "169.254.169.254"),
        ("localtest.me", "127.0.0.1"),
        ("mixed.example.com", "8.8.8.8 10.0.0.1"),
        ("six.example.com", "2606:4700::1111 ::1"),
        ("mapped.example.com", "::ffff:192.168.0.1"),
        ("linked.example.com", "fe80::1%eth0"),
        ("nothing.example.com", ""),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_refused(monkeypatch, host, addresses):
    names(monkeypatch, **{host: addresses})
    with pytest.raises(targets.BadTarget):
        targets.addresses_of(targets.parse(f"https://{host}/"))


def test_a_name_is_refused_that_nobody_knows_or_that_is_not_answered_in_time(monkeypatch):
    names(monkeypatch)
    with pytest.raises(targets.BadTarget, match="not resolved"):
        targets.addresses_of(targets.parse("https://nobody.example.com/"))
    monkeypatch.setattr(targets, "RESOLVE_SECONDS", 0.05)
    asked = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: asked.wait(5))
    with pytest.raises(targets.BadTarget, match="in time"):
        targets.addresses_of(targets.parse("https://slow.example.com/"))
    asked.set()


def test_all_addresses_of_a_public_name_are_tried_in_turn(monkeypatch):
    names(monkeypatch, **{"two.example.com": "8.8.8.8 1.1.1.1 8.8.8.8"})
    assert targets.addresses_of(targets.parse("https://two.example.com/")) == ["8.8.8.8", "1.1.1.1"]
