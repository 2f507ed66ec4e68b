"""What goes over the line to a real server on this machine, and what comes of the answers that nobody should give."""

import contextlib
import datetime
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from carecoord.kernel.webhooks import sending, targets

from .receiver import listening


@pytest.fixture(autouse=True)
def this_machine(monkeypatch):
    monkeypatch.setattr(settings, "WEBHOOK_LOOPBACK", True)


def post(url, body="{}", **headers):
    return sending.post(targets.parse(url), headers=headers, body=body)


def test_a_message_is_posted_as_json_under_the_hosts_name():
    with listening() as receiver:
        answer = post(receiver.url + "?a=b", '{"type":"x"}', **{"webhook-id": "msg_1"})
    assert (answer.status, answer.fault, answer.was_taken) == (204, "", True)
    (got,) = receiver.got
    assert got.path == "/hook?a=b" and got.body == b'{"type":"x"}'
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}" and got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == "msg_1" and got.headers["user-agent"] == sending.AGENT


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status):
    with listening() as other, listening() as receiver:
        receiver.says(status, [("Location", other.url)])
        answer = post(receiver.url)
    assert answer.status == status and not answer.was_taken and "not followed" in answer.fault
    assert len(receiver.got) == 1 and other.got == []


def test_an_answer_is_cut_and_shown_as_text():
    with listening() as receiver:
        receiver.says(200, body=b"\x00<b>\xff\n" + b"x" * 10_000_000)
        answer = post(receiver.url)
    assert answer.was_taken and len(answer.text) == sending.SHOWN
    assert answer.text.startswith(
        "<b>\ufffd xxx"
    )  # NUL and line end are shown as nothing, and what is no UTF-8 as that


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [
        (429, "120", 120),
        (503, "7", 7),
        (503, "Fri, 31 Dec 1999 23:59:59 GMT", 0),
        (429, "-1", 0),
        (429, "soon", 0),
        (429, "9" * 400, 999_999_999),
        (429, "١٢", 0),
        (500, "120", 0),
        (200, "120", 0),
    ],
)
def test_retry_after(status, said, seconds):
    with listening() as receiver:
        receiver.says(status, [("Retry-After", said.encode().decode("latin-1"))])
        assert post(receiver.url).wait_seconds == seconds


def test_retry_after_as_a_day_and_time():
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
    with listening() as receiver:
        receiver.says(503, [("Retry-After", at.strftime("%a, %d %b %Y %H:%M:%S GMT"))])
        assert 290 <= post(receiver.url).wait_seconds <= 300


def drip(handler):
    """Headers that never end, a byte now and then."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(OSError):
        for number in range(200):
            handler.wfile.write(b"X-%d: y\r\n" % number if number < 90 else b"z")
            handler.wfile.flush()
            time.sleep(0.05)


def drip_body(handler):
    handler.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b"z")
            handler.wfile.flush()
            time.sleep(0.05)


def test_a_receiver_that_drips_holds_nobody_longer_than_the_limit(monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    with listening() as receiver:
        receiver.answer = drip
        answer = post(receiver.url)
        assert answer.status is None and "longer than ten seconds" in answer.fault and answer.milliseconds < 2_000
        receiver.answer = drip_body
        answer = post(receiver.url)
    assert answer.status == 202 and answer.milliseconds < 2_000  # it said that it took it


def test_a_receiver_that_says_nothing(monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with listening() as receiver:
        receiver.answer = lambda handler: time.sleep(1)
        answer = post(receiver.url)
    assert answer.status is None and "longer than ten seconds" in answer.fault and answer.milliseconds < 900


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 2xx OK\r\n\r\n",
        b"HTTP/1.1 -200 OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_a_fault(raw):
    with listening() as receiver:
        receiver.answer = lambda handler: handler.wfile.write(raw)
        answer = post(receiver.url)
    assert answer.status is None and answer.fault.startswith("No answer that HTTP knows") and len(answer.fault) <= 300


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answer = post(f"http://127.0.0.1:{port}/")
    assert answer.status is None and "refused" in answer.fault


def authority_and(host, folder):
    """A context that serves as `host`, and one that trusts whoever signed for it."""
    key, day = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + datetime.timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
    made = made.add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "all.pem").write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "all.pem")
    return serving, ssl.create_default_context(cafile=folder / "all.pem")


@pytest.fixture
def pinned(monkeypatch):
    """Whatever the name, the address that was checked is this machine's."""
    monkeypatch.setattr(targets, "addresses_of", lambda target: ["127.0.0.1"])


def test_the_certificate_must_be_the_names_though_the_line_goes_to_an_address(tmp_path, pinned, monkeypatch):
    serving, trusting = authority_and("hooks.example.com", tmp_path)
    with listening(tls=serving) as receiver:
        unknown = post(f"https://hooks.example.com:{receiver.port}/")
        assert unknown.status is None and "certificate" in unknown.fault
        monkeypatch.setattr(sending, "tls", lambda: trusting)
        assert post(f"https://hooks.example.com:{receiver.port}/").was_taken
        another = post(f"https://other.example.com:{receiver.port}/")
        assert another.status is None and "certificate" in another.fault.lower()
    assert [got.headers["host"] for got in receiver.got] == [f"hooks.example.com:{receiver.port}"]


def test_the_name_is_resolved_once(monkeypatch):
    """A name server that answers with another address the second time gains nothing."""
    asked = []

    def rebinding(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port))]

    lines = []

    def connect(line):
        lines.append((line.host, line.port))
        raise TimeoutError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(sending.HTTPSConnection, "connect", connect)
    post("https://rebind.example.com/")
    assert asked == ["rebind.example.com"] and lines == [("8.8.8.8", 443)]
