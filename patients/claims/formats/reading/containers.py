"""gzip, zstd and zip, expanded in bounded steps. Each takes a `blocks.Replayed` and raises FeedRefused for what is damaged.

No step gives more than a few megabytes, whatever the bytes say, so that the caller's caps act in time.
"""

import io
import struct
import zipfile
import zlib

import zstandard

from .outcome import FeedRefused

STEP_BYTES = 1 << 18
GZIP_STEP_BYTES = 1 << 14  # what is left behind a member is copied: small, so that a million tiny members cost little
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

ZSTD_STEP_BYTES = 512  # a run of one byte takes 4 bytes for 128 KB: this many give 16 MB at most
ZSTD_HEADER_BYTES = 18
LARGEST_WINDOW_BYTES = 128 << 20
SKIPPABLE = range(0x184D2A50, 0x184D2A60)  # magic numbers of frames that hold no data: RFC 8878, 3.1.2

ZIP_READ_BYTES = 1 << 20  # a table of contents beyond this size lists thousands of files
ZIP_END = b"PK\x05\x06"
ZIP_END_BYTES = 22
ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ZIP_ENCRYPTED = 0x1
OF_DAMAGE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, struct.error)


class _Outside(OSError):
    """A place outside the file."""


OF_DAMAGE += (ValueError, OverflowError, _Outside)


def _refused(kind, code, what):
    return FeedRefused(f"{kind}_{code}", f"The {kind} file {what}. Send it again.")


def gunzipped(source):
    """The bytes of every member, one after the other. Zeros behind the last one are padding; anything else is refused."""
    data = source.read(GZIP_STEP_BYTES)
    while data:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not data:
                raise _refused("gzip", "truncated", "ends too early")
            try:
                block = member.decompress(data, STEP_BYTES)
            except zlib.error:
                raise _refused("gzip", "damaged", "is damaged")
            data = member.unconsumed_tail or (b"" if member.eof else source.read(GZIP_STEP_BYTES))
            if block:
                yield block
        data = _next_member(member.unused_data, source)


def _next_member(data, source):
    data = data.lstrip(b"\x00")
    while len(data) < len(GZIP_MAGIC) and (more := source.read(GZIP_STEP_BYTES)):
        data = (data + more).lstrip(b"\x00")
    if data and not data.startswith(GZIP_MAGIC):
        raise _refused("gzip", "trailing", "has bytes behind its end that are no gzip")
    return data


def unzstd(source):
    """The bytes of every frame, one after the other. A frame that asks for a window beyond 128 MiB is refused unread."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW_BYTES)
    data, place = source.read(STEP_BYTES), 0
    while place < len(data):
        if len(data) - place < ZSTD_HEADER_BYTES:
            data, place = _at_least(ZSTD_HEADER_BYTES, data[place:], source), 0
        _check_frame(data[place : place + ZSTD_HEADER_BYTES])
        frame = decompressor.decompressobj()
        while not frame.eof:
            if place >= len(data):
                data, place = source.read(STEP_BYTES), 0
            step = data[place : place + ZSTD_STEP_BYTES]
            if not step:
                raise _refused("zstd", "truncated", "ends too early")
            try:
                block = frame.decompress(step)
            except zstandard.ZstdError:
                raise _refused("zstd", "damaged", "is damaged")
            place += len(step)
            if block:
                yield block
        place -= len(frame.unused_data)
        if place >= len(data):
            data, place = source.read(STEP_BYTES), 0


def _at_least(size, data, source):
    while len(data) < size and (more := source.read(STEP_BYTES)):
        data += more
    return data


def _check_frame(data):
    if int.from_bytes(data[:4], "little") in SKIPPABLE:
        return
    if not data.startswith(ZSTD_MAGIC):
        raise _refused("zstd", "trailing", "has bytes behind its end that are no zstd")
    try:
        window = zstandard.get_frame_parameters(data[:ZSTD_HEADER_BYTES]).window_size
    except zstandard.ZstdError:
        raise _refused("zstd", "truncated" if len(data) < ZSTD_HEADER_BYTES else "damaged", "is cut off or damaged")
    if window > LARGEST_WINDOW_BYTES:
        says = (
            f"The zstd file needs a window of more than {LARGEST_WINDOW_BYTES >> 20} MiB. Compress it without --long."
        )
        raise FeedRefused("zstd_window", says)


class _Archive(io.RawIOBase):
    """A zip file as `zipfile` reads it: no read beyond a cap, no place outside the file. `taken` counts bytes read."""

    def __init__(self, stream, size):
        self.stream, self.size, self.taken = stream, size, 0

    def seekable(self):
        return True

    def tell(self):
        return self.stream.tell()

    def seek(self, place, whence=io.SEEK_SET):
        place += {io.SEEK_SET: 0, io.SEEK_CUR: self.stream.tell(), io.SEEK_END: self.size}[whence]
        if not 0 <= place <= self.size:
            raise _Outside(place)
        return self.stream.seek(place)

    def read(self, size=-1):
        size = self.size - self.stream.tell() if size is None or size < 0 else size
        if size > ZIP_READ_BYTES:
            raise _several()
        data = b""
        while len(data) < size and (more := self.stream.read(size - len(data))):
            data += more
        self.taken += len(data)
        return data


def _several(count="thousands of"):
    says = f"The zip archive holds {count} files. Send each file as a delivery of its own, plain or compressed."
    return FeedRefused("zip_several", says)


def unzipped(source):
    """The bytes of the one file in the archive; its name is not looked at. Folders and the Mac's companions do not count."""
    stream = source.stream
    if not (hasattr(stream, "seekable") and stream.seekable()):
        raise FeedRefused("zip_stream", "A zip archive cannot be read from a stream. Send the file plain, or as gzip.")
    size = stream.seek(0, io.SEEK_END)
    try:
        archive = _Archive(stream, size)
        _check_end(archive)
        with zipfile.ZipFile(archive) as opened:
            member = _only_member(opened.infolist())
            archive.taken = 0
            with opened.open(member) as file:
                while block := file.read(STEP_BYTES):
                    source.taken = archive.taken
                    yield block
    except OF_DAMAGE:
        raise _refused("zip", "damaged", "is damaged or cut off")


def _check_end(archive):
    """The record that ends an archive must end the file."""
    archive.seek(max(0, archive.size - ZIP_END_BYTES - 0xFFFF))
    tail = archive.read()
    at = tail.rfind(ZIP_END)
    if at < 0 or len(tail) - at < ZIP_END_BYTES:
        raise _refused("zip", "truncated", "ends too early")
    if at + ZIP_END_BYTES + int.from_bytes(tail[at + 20 : at + 22], "little") != len(tail):
        raise _refused("zip", "trailing", "has bytes behind its end, or is cut off")


def _only_member(listed):
    names = {member.filename for member in listed}
    if "[Content_Types].xml" in names:
        raise FeedRefused("xlsx", "The file is an Office document. Save the sheet as CSV in UTF-8 and send that.")
    members = [one for one in listed if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    if not members:
        raise FeedRefused("empty_file", "The zip archive holds no file.")
    if len(members) > 1:
        raise _several(f"{len(members):,}")
    if members[0].flag_bits & ZIP_ENCRYPTED:
        says = "The file in the zip archive is encrypted. Send it without a password: the connection is encrypted."
        raise FeedRefused("zip_encrypted", says)
    if members[0].compress_type not in ZIP_METHODS:
        raise FeedRefused("zip_method", "The zip archive is compressed in an unusual way. Use deflate, or send gzip.")
    return members[0]
