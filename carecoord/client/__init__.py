"""A client of the feed API for a payer's own programs: a token by `private_key_jwt`, files sent once, and what became of them.

    client = Client("https://claims.example.org", "acme-1", Path("private.jwk.json").read_text())
    delivery = client.wait(client.deliver(Path("fills.csv"), format="tuva_csv"))
    for reject in client.rejects(delivery):
        print(reject.line, reject.field, reject.code, reject.message)

It needs joserfc for the signature and knows nothing of the server's code, so that it can be copied out of here.
"""

import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 240
EARLY_SECONDS = 60
"""A token is replaced this long before it ends."""
TRIES = 5
TRY_AGAIN = (429, 502, 503, 504)
LONGEST_PAUSE_SECONDS = 60
ENDED = frozenset({"loaded", "refused", "failed", "withdrawn"})
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Refused(Exception):
    """The server said no. `status` is HTTP's; `title` and `detail` are from its problem details."""

    def __init__(self, status: int, title: str, detail: str = "") -> None:
        super().__init__(f"{status} {title}. {detail}".strip())
        self.status, self.title, self.detail = status, title, detail


class NotEnded(Exception):
    """The delivery was still under way when the time was up."""


@dataclass(frozen=True)
class Counts:
    """Lines of the file; the last five add up to the first."""

    lines: int
    loaded: int
    waiting: int
    repeated: int
    rejected: int
    conflicting: int


@dataclass(frozen=True)
class Delivery:
    """A file that was sent. `state` is one of received, loading, loaded, refused, failed, withdrawn; `refusal` says why."""

    id: str
    state: str
    format: str
    kind: str
    file_name: str
    sha256: str
    refusal: str
    counts: Counts
    notes: dict[str, int]
    drift: dict[str, list[str]]


@dataclass(frozen=True)
class Reject:
    """One fault of one record. `digest`: sha256 of its bytes without the line end."""

    line: int
    field: str
    code: str
    message: str
    digest: str


class Client:
    """One system's way to the API. `key`: its private key as a JWK (JSON), EC on P-384 or RSA."""

    def __init__(self, base: str, client_id: str, key: str, *, timeout: float = 60) -> None:
        address = urllib.parse.urlsplit(base)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in THIS_MACHINE):
            raise ValueError("The address must begin with https://.")
        told = json.loads(key)
        self._key = (ECKey if told.get("kty") == "EC" else RSAKey).import_key(told)
        self._algorithm = "ES384" if told.get("kty") == "EC" else "RS384"
        self._base, self._client_id, self._timeout = base.rstrip("/"), client_id, timeout
        self._token, self._ends = "", 0.0

    def formats(self) -> dict[str, Any]:
        """The formats that can be sent, the fault codes and the notes."""
        return self._read("/api/v1/formats")

    def deliver(self, file: Path, *, format: str, key: str = "") -> Delivery:
        """Sends a file. Without `key` its sha256 is the Idempotency-Key: sent again, it is the same delivery."""
        with file.open("rb") as stream:
            key = key or hashlib.file_digest(stream, "sha256").hexdigest()
            asked = urllib.parse.urlencode({"format": format, "file_name": file.name})
            headers = {"Idempotency-Key": key, "Content-Type": "application/octet-stream"}
            headers["Content-Length"] = str(file.stat().st_size)
            return _delivery(self._ask("POST", f"/api/v1/deliveries?{asked}", headers=headers, body=stream))

    def delivery(self, id: str) -> Delivery:
        return _delivery(self._read(f"/api/v1/deliveries/{id}"))

    def wait(self, delivery: Delivery, *, seconds: float = 3600, every: float = 2) -> Delivery:
        """The delivery when it has ended. Raises NotEnded."""
        until = time.monotonic() + seconds
        while (now := self.delivery(delivery.id)).state not in ENDED:
            if time.monotonic() + every > until:
                raise NotEnded(f"The delivery {delivery.id} is {now.state} after {seconds:g} seconds.")
            time.sleep(every)
        return now

    def rejects(self, delivery: Delivery) -> Iterator[Reject]:
        """Every fault of every rejected record, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            asked = f"?{urllib.parse.urlencode({'cursor': cursor})}" if cursor else ""
            page = self._read(f"/api/v1/deliveries/{delivery.id}/rejects{asked}")
            yield from (Reject(**_known(Reject, one)) for one in page["results"])
            cursor = page["next"]

    def _read(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path)

    def _ask(
        self, method: str, path: str, *, headers: dict | None = None, body: BinaryIO | None = None
    ) -> dict[str, Any]:
        """Asks until there is an answer: a busy server and a broken line are tried again, a token that ended is replaced once."""
        renewed = False
        for number in range(1, TRIES + 1):
            try:
                return self._once(method, path, {**(headers or {}), "Authorization": f"Bearer {self._bearer()}"}, body)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == 401 and not renewed:
                        self._token, renewed = "", True
                    elif error.code not in TRY_AGAIN or number == TRIES:
                        raise _refused(error) from error
                    else:
                        time.sleep(_pause(error.headers.get("Retry-After"), number))
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if number == TRIES:
                    raise
                time.sleep(_pause(None, number))
        raise Refused(401, "Not signed in", "The token was refused again.")

    def _once(self, method: str, path: str, headers: dict, body: BinaryIO | None) -> dict[str, Any]:
        if body is not None:
            body.seek(0)
        request = urllib.request.Request(self._base + path, data=body, headers=headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310 - https, or this machine
            return json.load(answer)

    def _bearer(self) -> str:
        if not self._token or time.monotonic() > self._ends - EARLY_SECONDS:
            address = f"{self._base}/api/v1/token"
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._assertion(address),
            }
            request = urllib.request.Request(address, data=urllib.parse.urlencode(form).encode())  # noqa: S310
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                told = json.load(answer)
            self._token, self._ends = told["access_token"], time.monotonic() + told["expires_in"]
        return self._token

    def _assertion(self, audience: str) -> str:
        claims = {"iss": self._client_id, "sub": self._client_id, "aud": audience, "jti": uuid.uuid4().hex}
        claims |= {"exp": int(time.time()) + ASSERTION_SECONDS}
        head = {"alg": self._algorithm} | ({"kid": self._key.kid} if self._key.kid else {})
        return jwt.encode(head, claims, self._key, algorithms=[self._algorithm])


def _known(kind: type, told: dict[str, Any]) -> dict[str, Any]:
    """What a server of a later version says beyond this is left out."""
    return {one.name: told[one.name] for one in fields(kind)}


def _delivery(told: dict[str, Any]) -> Delivery:
    return Delivery(**_known(Delivery, told) | {"counts": Counts(**_known(Counts, told["counts"]))})


def _pause(asked: str | None, number: int) -> float:
    return min(float(asked) if asked and asked.isdigit() else 2.0**number, LONGEST_PAUSE_SECONDS)


def _refused(error: urllib.error.HTTPError) -> Refused:
    try:
        told = json.load(error)
    except ValueError:
        told = {}
    title = told.get("title") or told.get("error") or error.reason
    return Refused(error.code, str(title), str(told.get("detail") or told.get("error_description") or ""))
