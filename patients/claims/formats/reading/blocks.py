"""Bytes in blocks: plain or gzip (seen by its first bytes, one layer), within the caller's caps, in constant memory."""

import gzip
import zlib

from .outcome import FeedRefused

BLOCK_BYTES = 1 << 18
RATIO_FREE_BYTES = 4 << 20  # small repetitive files compress well and harm nobody: the ratio counts beyond this size
GZIP_MAGIC = b"\x1f\x8b"
FOREIGN = {
    b"PK\x03\x04": ("zip", "The file is a zip archive. Send the file itself, plain or gzip-compressed."),
    b"\xff\xfe": ("utf_16", "The file is UTF-16. Send it as UTF-8."),
    b"\xfe\xff": ("utf_16", "The file is UTF-16. Send it as UTF-8."),
    b"BZh": ("bzip2", "The file is bzip2-compressed. Send it plain or gzip-compressed."),
    b"PAR1": ("parquet", "The file is a Parquet file. Send delimited text."),
    b"%PDF": ("pdf", "The file is a PDF. Send delimited text."),
}


class Replayed:
    """A stream that gives back the bytes already looked at, and counts what was taken from it."""

    def __init__(self, first, stream):
        self.first = first
        self.stream = stream
        self.taken = 0

    def read(self, size=-1):
        if self.first:
            size = len(self.first) if size < 0 else size
            data, self.first = self.first[:size], self.first[size:]
        else:
            data = self.stream.read(size)
        self.taken += len(data)
        return data


def blocks(stream, *, max_bytes, ratio):
    """Yield the expanded bytes. Raises FeedRefused for what is not a plain or gzip text within the caps."""
    first = stream.read(BLOCK_BYTES)
    while 0 < len(first) < 4 and (more := stream.read(BLOCK_BYTES)):
        first += more
    if not first:
        raise FeedRefused("empty_file", "The file is empty.")
    source = Replayed(first, stream)
    expanded = _gunzipped(source) if first.startswith(GZIP_MAGIC) else iter(lambda: source.read(BLOCK_BYTES), b"")
    total = 0
    for block in expanded:
        if total == 0:
            block = _text_start(block, was_gzip=first.startswith(GZIP_MAGIC))
        total += len(block)
        if total > max_bytes:
            raise FeedRefused("too_large", f"The file is larger than {max_bytes:,} bytes when expanded.")
        if total > RATIO_FREE_BYTES and total > ratio * source.taken:
            raise FeedRefused("too_compressed", f"The file expands to more than {ratio} times its size.")
        yield block
    if total == 0:
        raise FeedRefused("empty_file", "The file is empty.")


def _gunzipped(source):
    try:
        with gzip.GzipFile(fileobj=source, mode="rb") as expanded:
            while block := expanded.read(BLOCK_BYTES):
                yield block
    except EOFError:
        raise FeedRefused("gzip_truncated", "The gzip file ends too early. Send it again.")
    except (gzip.BadGzipFile, zlib.error):
        raise FeedRefused("gzip_damaged", "The gzip file is damaged. Send it again.")


def _text_start(block, *, was_gzip):
    if was_gzip and block.startswith(GZIP_MAGIC):
        raise FeedRefused("gzip_nested", "The file is gzip-compressed twice. Compress it once.")
    for magic, (code, message) in FOREIGN.items():
        if block.startswith(magic):
            raise FeedRefused(code, message)
    return block.removeprefix(b"\xef\xbb\xbf")
