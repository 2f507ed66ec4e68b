"""Bytes in blocks: plain, gzip, zstd or zip (seen by the first bytes, one layer), within the caller's caps, in constant memory.

What a text file may be, for every format that reads text:
- UTF-8, with or without a byte order mark, which is not part of the text. UTF-16 is refused by name, with a mark (`utf_16`)
  and without one (its NUL bytes: `not_text`). Bytes that are not UTF-8 refuse a header and reject a record (`not_utf_8`).
- Lines end in LF or CRLF, also mixed, and the last one need not end. A bare CR ends no line: in a header it refuses the file
  (`line_ends`), in a record it rejects it. HL7 v2 alone, whose segments end in CR, takes all three.
- NUL and other control characters reject the record that holds them; a header that holds NUL refuses the file.
- Blank lines are no records, and they count in line numbers. A Ctrl-Z that ends the file is none of its text.
"""

from .containers import GZIP_MAGIC, SKIPPABLE, ZIP_MAGICS, ZSTD_MAGIC, gunzipped, unzipped, unzstd
from .outcome import FeedRefused

BLOCK_BYTES = 1 << 18
RATIO_FREE_BYTES = 4 << 20  # small repetitive files compress well and harm nobody: the ratio counts beyond this size
CONTAINERS = {GZIP_MAGIC: ("gzip", gunzipped), ZSTD_MAGIC: ("zstd", unzstd)}
CONTAINERS |= {magic: ("zip", unzipped) for magic in ZIP_MAGICS}
CONTAINERS |= {number.to_bytes(4, "little"): ("zstd", unzstd) for number in SKIPPABLE}  # as parallel zstd begins
CONTAINER_TYPES = ("application/gzip", "application/zstd", "application/zip")
HOW = "Send it plain, or compressed with gzip, zstd or zip."
FOREIGN = {
    b"\xff\xfe": ("utf_16", "The file is UTF-16. Send it as UTF-8."),
    b"\xfe\xff": ("utf_16", "The file is UTF-16. Send it as UTF-8."),
    b"BZh": ("bzip2", f"The file is bzip2-compressed. {HOW}"),
    b"\xfd7zXZ": ("xz", f"The file is xz-compressed. {HOW}"),
    b"7z\xbc\xaf": ("7z", f"The file is a 7z archive. {HOW}"),
    b"PAR1": ("parquet", "The file is a Parquet file. Send it as the format tuva_parquet, or send text."),
    b"%PDF": ("pdf", "The file is a PDF. Send delimited text."),
}
BOM = b"\xef\xbb\xbf"
CTRL_Z = b"\x1a"
TOLD = 6  # bytes that tell what a file is


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
    """Yield the expanded bytes. Raises FeedRefused for what is no text, or none within the caps; also late."""
    first = b""
    while len(first) < TOLD and (more := stream.read(BLOCK_BYTES)):
        first += more
    if not first:
        raise FeedRefused("empty_file", "The file is empty.")
    source = Replayed(first, stream)
    container, expand = _container_of(first) or ("", _plain)
    total, held = 0, b""
    for block in _told_at_once(expand(source)):
        if total == 0:
            block = _text_start(block, container)
        total += len(block)
        block = held + block
        held = CTRL_Z if block.endswith(CTRL_Z) else b""
        block = block.removesuffix(held)
        if total > max_bytes:
            raise FeedRefused("too_large", f"The file is larger than {max_bytes:,} bytes when expanded.")
        if total > RATIO_FREE_BYTES and total > ratio * source.taken:
            raise FeedRefused("too_compressed", f"The file expands to more than {ratio} times its size.")
        if block:
            yield block
    if total == 0:
        raise FeedRefused("empty_file", "The file is empty.")


def _plain(source):
    while block := source.read(BLOCK_BYTES):
        yield block


def _container_of(start):
    return next((told for magic, told in CONTAINERS.items() if start.startswith(magic)), None)


def _told_at_once(expanded):
    """The same bytes, of which the first block is long enough to be recognised."""
    first = b""
    for block in expanded:
        first += block
        if len(first) >= TOLD:
            break
    if first:
        yield first
    yield from expanded


def _text_start(block, container):
    if container and (inner := _container_of(block)):
        raise FeedRefused(f"{inner[0]}_nested", f"The {container} file holds a {inner[0]} file. Compress it once.")
    for magic, (code, message) in FOREIGN.items():
        if block.startswith(magic):
            raise FeedRefused(code, message)
    return block.removeprefix(BOM)
