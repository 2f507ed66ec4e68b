"""How the client asks: one request at a time, sent again when that can help, and its answer read into the shapes."""

import http.client
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from email.message import Message
from functools import cache
from types import UnionType
from typing import IO, Any, BinaryIO, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

Body = bytes | BinaryIO
Stream = IO[bytes]
"""What is no JSON: read it, and close it."""
T = TypeVar("T")
READS = frozenset({"GET", "HEAD"})
BUSY = frozenset({429, 503})
UNKNOWN = frozenset({500, 502, 504})
"""Nobody knows whether the server had acted: it broke on the way, or who stands before it had no answer."""
BROKEN = (OSError, http.client.HTTPException)
"""The line broke. An HTTP error is an OSError too: it is handled first."""
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Answer(Generic[T]):
    """`body` is a shape, a stream, or None where there is none."""

    status: int
    headers: Message
    body: T


class Refused(Exception):
    """The server said no. `status` is HTTP's; the rest is from its problem details. `told` has the members that only some have."""

    def __init__(self, status: int, headers: Message, told: dict[str, Any], reason: str) -> None:
        self.status, self.headers, self.told = status, headers, told
        self.title = str(told.get("title") or told.get("error") or reason)
        self.detail = str(told.get("detail") or told.get("error_description") or "")
        super().__init__(f"{status} {self.title}. {self.detail}".strip())

    @property
    def code(self) -> str:
        """The last word of the problem's `type`, such as digest-mismatch; empty where the server named none."""
        return str(self.told.get("type", "")).rpartition("#")[2].removeprefix("problem-")

    @property
    def seconds(self) -> float | None:
        """What `Retry-After` says."""
        said = self.headers.get("Retry-After", "")
        return float(said) if said.isascii() and said.isdigit() else None


class NotChanged(Exception):
    """What `if_none_match` named is what the server still has."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The API redirects nowhere, and a token goes to nobody else."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Wire:
    """Requests to one server. A busy server is asked again after its `Retry-After`, else after a growing pause; a broken line only
    where asking twice is the same as asking once."""

    def __init__(self, base: str, *, timeout: float = 60, tries: int = 6, longest_pause: float = 60) -> None:
        address = urllib.parse.urlsplit(base)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in THIS_MACHINE):
            raise ValueError("The address must begin with https://.")
        self.address = f"{base.rstrip('/')}/api/v1"
        self.timeout, self.tries, self.longest_pause = timeout, tries, longest_pause
        self._opener = urllib.request.build_opener(_NoRedirects)

    def bearer(self) -> str:
        """A token. Without a key there is none, and what is open to everybody can be asked."""
        raise NotImplementedError

    def forget_token(self) -> None:
        """The server does not take the token any more."""

    def call(
        self,
        method: str,
        path: str,
        answers: Mapping[int, Any],
        *,
        slots: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        body: Body | None = None,
        media_type: str = "",
        is_open: bool = False,
    ) -> Answer[Any]:
        """One operation. `answers`: what the body is, by status. Raises Refused, NotChanged, and OSError when there is no answer."""
        quoted = {name: urllib.parse.quote(value, safe="") for name, value in (slots or {}).items()}
        asked = urllib.parse.urlencode(_said(query), errors="replace")
        address = self.address + path.format(**quoted) + (f"?{asked}" if asked else "")
        said = _said(headers)
        if form is not None:
            body = urllib.parse.urlencode(form).encode()
        elif body is not None:
            said |= {"Content-Type": media_type, "Content-Length": str(_length(body))}
        is_repeatable = method in READS or "Idempotency-Key" in said
        start = 0 if body is None or isinstance(body, bytes) else body.tell()
        renewals = 0
        for number in range(1, self.tries + 1):
            if body is not None and not isinstance(body, bytes):
                body.seek(start)
            bearer = {} if is_open else {"Authorization": f"Bearer {self.bearer()}"}
            try:
                return self._once(method, address, said | bearer, body, answers)
            except Refused as no:
                if no.status == 401 and not is_open and not renewals:
                    self.forget_token()
                    renewals += 1
                elif number == self.tries or not _may_ask_again(no, is_repeatable):
                    raise
                else:
                    self.pause(number, no.seconds)
            except BROKEN:
                if number == self.tries or not is_repeatable:
                    raise
                self.pause(number)
        raise Refused(401, Message(), {}, "The token was refused again")

    def pause(self, number: int, seconds: float | None = None) -> None:
        """Before the next try: as long as the server says, else 1, 2, 4... seconds, a part of them by chance."""
        growing = 2 ** (number - 1) * random.uniform(0.5, 1)  # noqa: S311 - so that many clients do not come back at once
        time.sleep(min(growing if seconds is None else seconds, self.longest_pause))

    def _once(
        self, method: str, address: str, headers: Mapping[str, str], body: Body | None, answers: Mapping[int, Any]
    ) -> Answer[Any]:
        request = urllib.request.Request(address, data=body, headers=dict(headers), method=method)  # noqa: S310
        try:
            answer = self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 304:
                    raise NotChanged(address) from error
                raise Refused(error.code, error.headers, _told(error), error.reason) from error
        kind = answers.get(answer.status)
        if kind is Stream:
            return Answer(answer.status, answer.headers, answer)
        with answer:
            if answer.status not in answers:
                raise Refused(answer.status, answer.headers, {}, "An answer that the document does not name")
            return Answer(answer.status, answer.headers, None if kind is None else read(kind, json.load(answer)))


def read(kind: Any, told: Any) -> Any:
    """JSON as a shape. What a server of a later version says beyond it is left out."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        known = {one.name: read(hints[one.name], told[one.name]) for one in fields(kind) if one.name in told}
        return kind(**known)
    if kind is datetime:
        return datetime.fromisoformat(told)
    origin, of = get_origin(kind), get_args(kind)
    if origin is list:
        return [read(of[0], one) for one in told]
    if origin is dict:
        return {name: read(of[1], one) for name, one in told.items()}
    if origin in (Union, UnionType):
        return None if told is None else read(of[0], told)
    return told


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _said(values: Mapping[str, object] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (values or {}).items() if value is not None}


def _length(body: Body) -> int:
    """Bytes from where a file stands to its end."""
    if isinstance(body, bytes):
        return len(body)
    start = body.tell()
    end = body.seek(0, 2)
    body.seek(start)
    return end - start


def _may_ask_again(no: Refused, is_repeatable: bool) -> bool:
    is_in_flight = no.status == 409 and no.seconds is not None
    return no.status in BUSY or is_in_flight or (no.status in UNKNOWN and is_repeatable)


def _told(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        told = json.load(error)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
