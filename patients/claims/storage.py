"""The bytes of deliveries on disk, from `receive` until they are loaded. Names are random: nothing a client sent is in them."""

import fcntl
import hashlib
import os
import secrets
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings

CHUNK_BYTES = 1 << 20


class TooLarge(Exception):
    """The file is longer than this deployment takes. Says so to the sender."""


class CutOff(Exception):
    """The stream ended before the file did. Says so to the sender."""


class DigestMismatch(Exception):
    """What came is not what the sender took the digest of. Says so to the sender."""


class Taken(Exception):
    """Somebody else holds the name."""


@dataclass(frozen=True)
class Kept:
    """A file that was written to its end and is safe on disk."""

    name: str
    sha256: str
    size_bytes: int


def keep(stream, *, max_bytes, expected_bytes=None, digests=None):
    """Writes a stream of bytes to disk, in constant memory, and waits until the disk has it.

    Raises TooLarge; CutOff when the stream is shorter than the sender said: half a file is no file; and DigestMismatch when it
    is not what `digests` ({name in hashlib: bytes}) say.
    """
    name = secrets.token_hex(16)
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digests, size = digests or {}, 0
    taken = {algorithm: hashlib.new(algorithm) for algorithm in {"sha256", *digests}}
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while chunk := stream.read(CHUNK_BYTES):
                size += len(chunk)
                if size > max_bytes:
                    raise TooLarge(f"The file is longer than {max_bytes:,} bytes.")
                for one in taken.values():
                    one.update(chunk)
                file.write(chunk)
            if expected_bytes not in (None, size):
                raise CutOff(
                    f"The body ended after {size:,} of {expected_bytes:,} bytes. Nothing was kept: send it again."
                )
            check_digests(digests, taken)
            file.flush()
            os.fsync(file.fileno())
        _sync(path.parent)
    except BaseException:
        forget(name)
        raise
    return Kept(name=name, sha256=taken["sha256"].hexdigest(), size_bytes=size)


def check_digests(said, taken):
    """Raises DigestMismatch unless what was taken is what was said. `taken`: hashlib's objects by name."""
    if wrong := [algorithm for algorithm, digest in said.items() if taken[algorithm].digest() != digest]:
        raise DigestMismatch(f"The body's {' and '.join(wrong)} is another than the request says. Nothing was kept.")


def is_kept(name):
    """Whether the bytes are there."""
    return path_of(name).is_file()


def keep_again(name):
    """The same bytes under a new name, without a copy. Returns the name; raises FileNotFoundError when they are gone."""
    again = secrets.token_hex(16)
    path = path_of(again)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.link(path_of(name), path)
    _sync(path.parent)
    return again


def path_of(name):
    """Where the bytes lie: two letters spread the files over folders."""
    return settings.DELIVERIES / name[:2] / name


def forget(name):
    """Removes the bytes, if they are there."""
    path_of(name).unlink(missing_ok=True)


def part_path(name):
    """Where a file lies that comes in parts: apart from the deliveries, which are never written to again."""
    return settings.DELIVERIES / "parts" / name


def begin_part():
    """An empty file for parts; returns its name."""
    name = secrets.token_hex(16)
    path = part_path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    _sync(path.parent)
    return name


def part_size(name):
    """How many bytes are there; None when the file is gone."""
    try:
        return part_path(name).stat().st_size
    except FileNotFoundError:
        return None


def append_part(name, stream, *, expected_bytes, digests=None):
    """Writes a stream behind what is there and waits until the disk has it; returns the new size. One writer at a time.

    Raises CutOff for a stream that ends too early, and what came of it stays; DigestMismatch, and nothing of it stays.
    """
    digests, came = digests or {}, 0
    taken = {algorithm: hashlib.new(algorithm) for algorithm in digests}
    with part_path(name).open("r+b") as file:
        start = file.seek(0, os.SEEK_END)
        try:
            while came < expected_bytes and (chunk := stream.read(min(CHUNK_BYTES, expected_bytes - came))):
                came += len(chunk)
                for one in taken.values():
                    one.update(chunk)
                file.write(chunk)
            if came == expected_bytes:
                check_digests(digests, taken)
        except DigestMismatch:
            file.truncate(start)
            raise
        finally:
            file.flush()
            os.fsync(file.fileno())
    if came < expected_bytes:
        raise CutOff(f"The body ended after {came:,} of {expected_bytes:,} bytes. They are kept: go on from there.")
    return start + came


def whole(name, *, digests=None):
    """The parts as one file (Kept), under a name of its own; the parts stay until they are forgotten. Raises DigestMismatch."""
    digests, size, kept = digests or {}, 0, secrets.token_hex(16)
    taken = {algorithm: hashlib.new(algorithm) for algorithm in {"sha256", *digests}}
    with part_path(name).open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            for one in taken.values():
                one.update(chunk)
    check_digests(digests, taken)
    path = path_of(kept)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.link(part_path(name), path)
    _sync(path.parent)
    return Kept(name=kept, sha256=taken["sha256"].hexdigest(), size_bytes=size)


def forget_part(name):
    """Removes the parts, if they are there."""
    part_path(name).unlink(missing_ok=True)


def forget_old_parts(before):
    """Removes parts that nobody has written to since `before` (seconds since 1970): of uploads that never began, too."""
    for path in settings.DELIVERIES.glob("parts/*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


def _sync(folder):
    """So that a new name survives a power cut, too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def scratch():
    """A file without a name beside the deliveries, for what is made to be sent; gone when it is closed."""
    settings.DELIVERIES.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tempfile.TemporaryFile(dir=settings.DELIVERIES)


@contextmanager
def alone(*words):
    """Holds a name on every machine that shares the folder, until the block ends. Raises Taken when it is held already.

    The kernel holds it for the open file: whatever ends the process frees the name at once.
    """
    folder = settings.DELIVERIES / "held"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / hashlib.sha256("\0".join(words).encode()).hexdigest()
    file = _locked(path)
    try:
        yield
    finally:
        path.unlink(
            missing_ok=True
        )  # before it is let go: whoever has opened it sees that it is no longer the name's file
        os.close(file)


def _locked(path):
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if path.stat().st_ino == os.fstat(file).st_ino:
                    return file
        except BlockingIOError as held:
            os.close(file)
            raise Taken from held
        except BaseException:
            os.close(file)
            raise
        os.close(file)
