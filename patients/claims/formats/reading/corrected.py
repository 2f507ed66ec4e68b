"""Rejected records that come back as they were downloaded: one JSON object a record, with its bytes, which were corrected."""

import base64
import binascii
import io
import json
import re

from .outcome import FeedRefused

LOOKS_SO = re.compile(rb'\s*\{\s*"line"\s*:\s*[0-9]{1,18}\s*,\s*"raw"\s*:')
LOOKED_AT = 200
BLOCK_BYTES = 1 << 18
LONGEST_OBJECT_BYTES = 16 << 20
SAYS = (
    "A record of this file of rejected records cannot be read, or comes without its bytes. Leave out or mend its line."
)


def unwrapped(stream):
    """The stream of the records themselves, when it is a file of corrections.write_ndjson; else the stream as it is."""
    if not (hasattr(stream, "seekable") and stream.seekable()):
        return stream
    place = stream.tell()
    start = stream.read(LOOKED_AT)
    stream.seek(place)
    return io.BufferedReader(_Records(stream)) if LOOKS_SO.match(start) else stream


class _Records(io.RawIOBase):
    """The bytes of each object's record, a line end behind each."""

    def __init__(self, stream):
        self._pieces, self._held = _bytes_of(stream), b""

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self._held:
            self._held = next(self._pieces, None)
            if self._held is None:
                self._held = b""
                return 0
        size = min(len(buffer), len(self._held))
        buffer[:size], self._held = self._held[:size], self._held[size:]
        return size


def _bytes_of(stream):
    number, held = 0, b""
    while block := stream.read(BLOCK_BYTES):
        *whole, held = (held + block).split(b"\n")
        for line in whole:
            number += 1
            yield _bytes(line, number)
        if len(held) > LONGEST_OBJECT_BYTES:
            raise FeedRefused("not_ndjson", SAYS, number + 1)
    yield _bytes(held, number + 1)


def _bytes(line, number):
    if not line.strip():
        return b""
    try:
        told = json.loads(line)
        text = told.get("raw")
        raw = base64.b64decode(told["raw_base64"], validate=True) if text is None else text.encode()
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, binascii.Error):
        raise FeedRefused("not_ndjson", SAYS, number)
    return raw.rstrip(b"\n") + b"\n"
