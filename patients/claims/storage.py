"""The bytes of deliveries on disk, from `receive` until they are loaded. Names are random: nothing a client sent is in them."""

import hashlib
import os
import secrets
from dataclasses import dataclass

from django.conf import settings

CHUNK_BYTES = 1 << 20


class TooLarge(Exception):
    """The file is longer than this deployment takes. Says so to the sender."""


class CutOff(Exception):
    """The stream ended before the file did. Says so to the sender."""


@dataclass(frozen=True)
class Kept:
    """A file that was written to its end and is safe on disk."""

    name: str
    sha256: str
    size_bytes: int


def keep(stream, *, max_bytes, expected_bytes=None):
    """Writes a stream of bytes to disk, in constant memory, and waits until the disk has it.

    Raises TooLarge, and CutOff when the stream is shorter than the sender said: half a file is no file.
    """
    name = secrets.token_hex(16)
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while chunk := stream.read(CHUNK_BYTES):
                size += len(chunk)
                if size > max_bytes:
                    raise TooLarge(f"The file is longer than {max_bytes:,} bytes.")
                digest.update(chunk)
                file.write(chunk)
            if expected_bytes not in (None, size):
                raise CutOff(
                    f"The body ended after {size:,} of {expected_bytes:,} bytes. Nothing was kept: send it again."
                )
            file.flush()
            os.fsync(file.fileno())
        _fsync(path.parent)
    except BaseException:
        forget(name)
        raise
    return Kept(name=name, sha256=digest.hexdigest(), size_bytes=size)


def _fsync(folder):
    """Waits until the disk has the names in a folder, too: they must survive a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def is_kept(name):
    """Whether the bytes are there."""
    return path_of(name).is_file()


def keep_again(name):
    """The same bytes under a new name, without a copy. Returns the name; raises FileNotFoundError when they are gone."""
    again = secrets.token_hex(16)
    path = path_of(again)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.link(path_of(name), path)
    _fsync(path.parent)
    return again


def path_of(name):
    """Where the bytes lie: two letters spread the files over folders."""
    return settings.DELIVERIES / name[:2] / name


def forget(name):
    """Removes the bytes, if they are there."""
    path_of(name).unlink(missing_ok=True)
