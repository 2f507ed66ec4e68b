"""For whoever receives messages: is it from CareCoord, is it fresh, and what does it say.

    def do_POST(self):  # of an http.server.BaseHTTPRequestHandler, or what a framework has instead
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            message = verify(body, self.headers, SECRET)
        except NotVerified:
            return self.send_error(401)
        if message.id not in seen:  # a message may come twice
            todo.put((message.type, message.data))  # and do the work later: the answer is awaited ten seconds
        self.send_response(204)
        self.end_headers()

It needs nothing but Python, and can be copied out of here. It does what Standard Webhooks says; so do that project's libraries.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOLERANCE_SECONDS = 5 * 60
LONGEST_TIMESTAMP = 15


class NotVerified(Exception):
    """The message is not to be trusted, or too old; the text is for your log, not for whoever sent it."""


@dataclass(frozen=True)
class Message:
    """`id` is the same when a message comes again. `timestamp`: when it happened, ISO 8601 in UTC."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


def verify(body: bytes, headers: Mapping[str, str], secret: str, *, now: float | None = None) -> Message:
    """The message, if one of its signatures was made with the secret. `body`: the bytes as they came, before any parsing.

    Raises NotVerified, and ValueError for a secret that is none."""
    named = {name.lower(): value for name, value in headers.items()}
    id, said, signatures = (named.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id and said and signatures):
        raise NotVerified("A header is missing.")
    if not (said.isascii() and said.isdigit() and len(said) <= LONGEST_TIMESTAMP):
        raise NotVerified("The timestamp is none.")
    if abs((time.time() if now is None else now) - int(said)) > TOLERANCE_SECONDS:
        raise NotVerified("The timestamp is too old or too new.")
    wanted = hmac.digest(_key(secret), f"{id}.{said}.".encode("utf-8", "surrogateescape") + body, hashlib.sha256)
    if not any(hmac.compare_digest(wanted, given) for given in _given(signatures)):
        raise NotVerified("No signature fits.")
    told = json.loads(body)
    return Message(id=id, type=told["type"], timestamp=told["timestamp"], data=told["data"])


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("The secret is none: it has whsec_ and 24 to 64 bytes in base64.")
    return key


def _given(signatures: str) -> list[bytes]:
    """The bytes of each signature of the first version; others are for others."""
    found = []
    for one in signatures.split(" "):
        version, _, text = one.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found
