"""What a payer's system does with the API: sends files once, waits, and reads what became of them."""

import base64
import hashlib
import json
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from .operations import Operations
from .shapes import Conflict, Delivery, FormatCode, Reject, RejectedRecord, Upload
from .wire import BROKEN, Refused, read

ASSERTION_SECONDS = 240
EARLY_SECONDS = 60
"""A token is replaced this long before it ends."""
PART_BYTES = 32_000_000
"""Longer files go in parts of this size."""
LOOK_AGAIN_SECONDS = 2.0
ENDED = frozenset({"loaded", "refused", "failed", "withdrawn"})
CURED = frozenset({"cut-off", "digest-mismatch", "mismatching-upload-offset", "in-flight", "too-many-uploads"})
"""What is wrong with a part and not with the file: ask how much is there, and go on."""
T = TypeVar("T")


class NotEnded(Exception):
    """The delivery was still under way when the time was up."""


class Client(Operations):
    """One system's way to the API: every operation, and what takes several. `key`: its private key as a JWK (JSON), EC on P-384 or
    RSA. `timeout`, `tries`, `longest_pause`: see Wire."""

    def __init__(
        self, base: str, client_id: str, key: str, *, timeout: float = 60, tries: int = 6, longest_pause: float = 60
    ) -> None:
        super().__init__(base, timeout=timeout, tries=tries, longest_pause=longest_pause)
        told = json.loads(key)
        self._key = (ECKey if told.get("kty") == "EC" else RSAKey).import_key(told)
        self._algorithm = "ES384" if told.get("kty") == "EC" else "RS384"
        self._client_id, self._token, self._ends = client_id, "", 0.0

    def bearer(self) -> str:
        """The token; a new one when there is none, or it ends soon. It is asked for with a new assertion each time."""
        for number in range(1, self.tries + 1):
            if self._token and time.monotonic() < self._ends - EARLY_SECONDS:
                break
            try:
                token = self.create_token(client_assertion=self.assertion()).body
                self._token, self._ends = token.access_token, time.monotonic() + token.expires_in
            except BROKEN:
                if number == self.tries:
                    raise
                self.pause(number)
        return self._token

    def forget_token(self) -> None:
        self._token = ""

    def sign_out(self) -> None:
        """Ends the token at the server. The next request asks for another."""
        if self._token:
            self.revoke_token(token=self._token, client_assertion=self.assertion())
        self.forget_token()

    def assertion(self) -> str:
        """A signed statement of who asks (RFC 7523), good once."""
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": f"{self.address}/token",
            "exp": int(time.time()) + ASSERTION_SECONDS,
            "jti": uuid.uuid4().hex,
        }
        head = {"alg": self._algorithm} | ({"kid": self._key.kid} if self._key.kid else {})
        return jwt.encode(head, claims, self._key, algorithms=[self._algorithm])

    def deliver(self, file: Path, *, format: FormatCode, key: str = "", part_bytes: int = PART_BYTES) -> Delivery:
        """Sends a file, a large one in parts. Without `key` its sha256 is the Idempotency-Key: sent again, it is the same delivery."""
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
            key = key or digest.hexdigest()
            if file.stat().st_size > part_bytes:
                upload = self.begin(file, format=format, key=key, part_bytes=part_bytes)
                return self.go_on(upload.id, file, part_bytes=part_bytes)
            stream.seek(0)
            sent = self.create_delivery(
                stream,
                format=format,
                file_name=file.name,
                idempotency_key=key,
                content_digest=_written(digest.digest()),
            )
        return _of(Delivery, sent.body)

    def begin(self, file: Path, *, format: FormatCode, key: str, part_bytes: int = PART_BYTES) -> Upload:
        """Sends the first part of a file. Keep the upload's id: `go_on` sends the rest, from this program or the next."""
        with file.open("rb") as stream:
            part = stream.read(part_bytes)
        sent = self.create_delivery(
            part,
            format=format,
            file_name=file.name,
            idempotency_key=key,
            content_digest=_written(hashlib.sha256(part).digest()),
            upload_complete="?0",
            upload_length=file.stat().st_size,
        )
        return _of(Upload, sent.body)

    def go_on(self, upload_id: str, file: Path, *, part_bytes: int = PART_BYTES) -> Delivery:
        """Sends what the server does not have yet of a file that was begun. Raises Refused; OSError after `tries` without a byte more."""
        with file.open("rb") as stream:
            whole = _written(hashlib.file_digest(stream, "sha256").digest())
            failures, reached = 0, -1
            while True:
                offset = int(self.get_upload_offset(upload_id).headers["Upload-Offset"])
                failures = 0 if offset > reached else failures
                reached = max(reached, offset)
                try:
                    done = self._part(upload_id, stream, offset, part_bytes, whole)
                    if done is not None:
                        return done
                except Refused as no:
                    if no.code not in CURED and no.status < 500:
                        raise
                    failures = self._after(failures, no)
                except BROKEN as broken:
                    failures = self._after(failures, broken)

    def _part(self, upload_id: str, stream: BinaryIO, offset: int, part_bytes: int, whole: str) -> Delivery | None:
        stream.seek(offset)
        part = stream.read(part_bytes)
        is_last = not stream.read(1)
        return self.append_part(
            upload_id,
            part,
            upload_offset=offset,
            upload_complete="?1" if is_last else "?0",
            content_digest=_written(hashlib.sha256(part).digest()),
            repr_digest=whole if is_last else None,
        ).body

    def _after(self, failures: int, error: Exception) -> int:
        if failures + 1 >= self.tries:
            raise error
        self.pause(failures + 1)
        return failures + 1

    def wait(self, delivery: Delivery, *, seconds: float = 3600) -> Delivery:
        """The delivery when it has ended, asked for as often as the server says. Raises NotEnded."""
        until = time.monotonic() + seconds
        while (answer := self.get_delivery(delivery.id)).body.state not in ENDED:
            pause = float(answer.headers.get("Retry-After") or LOOK_AGAIN_SECONDS)
            if time.monotonic() + pause > until:
                raise NotEnded(f"The delivery {delivery.id} is {answer.body.state} after {seconds:g} seconds.")
            time.sleep(pause)
        return answer.body

    def deliveries(self) -> Iterator[Delivery]:
        """Every delivery, newest first, page by page."""
        page = self.list_deliveries().body
        yield from page.results
        while page.next is not None:
            page = self.list_deliveries(cursor=page.next).body
            yield from page.results

    def rejects(self, delivery: Delivery) -> Iterator[Reject]:
        """Every fault of every rejected record, page by page."""
        page = self.list_rejects(delivery.id).body
        yield from page.results
        while page.next is not None:
            page = self.list_rejects(delivery.id, cursor=page.next).body
            yield from page.results

    def conflicts(self, delivery: Delivery) -> Iterator[Conflict]:
        """Every line that contradicts others, page by page."""
        page = self.list_conflicts(delivery.id).body
        yield from page.results
        while page.next is not None:
            page = self.list_conflicts(delivery.id, cursor=page.next).body
            yield from page.results

    def rejected_records(self, delivery: Delivery) -> Iterator[RejectedRecord]:
        """The rejected records as they were sent, with what is wrong with each. They are patient data."""
        with self.download_rejected_records(delivery.id).body as stream:
            for line in stream:
                yield read(RejectedRecord, json.loads(line))

    def save_rejected_lines(self, delivery: Delivery, file: Path) -> None:
        """The rejected lines in the file's own layout with the column `error`: correct them and deliver that file."""
        with self.download_rejected_lines(delivery.id).body as stream, file.open("wb") as out:
            shutil.copyfileobj(stream, out)


def _written(digest: bytes) -> str:
    """As RFC 9530 writes a sha-256."""
    return f"sha-256=:{base64.b64encode(digest).decode()}:"


def _of(kind: type[T], body: object) -> T:
    if not isinstance(body, kind):
        raise TypeError(f"The server answered with {type(body).__name__} instead of {kind.__name__}.")
    return body
