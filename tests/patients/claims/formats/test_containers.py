"""gzip, zstd and zip: what is in them is read, what is wrong with them is named, and no bomb goes off."""

import gzip
import io
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
import zstandard

from patients.claims.formats import FeedRefused, open_feed
from patients.claims.formats.reading.blocks import blocks

from .reading import TODAY, lines, read
from .test_refusals import FILE, HEADER, ROW

LONG = lines(HEADER, *(f"C{number}{ROW[2:]}" for number in range(5000)))


def zipped(*members, method=zipfile.ZIP_DEFLATED, **more):
    """A zip archive of (name, bytes)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data, **more)
    return out.getvalue()


class Pipe(io.RawIOBase):
    """A stream that cannot seek, as a zip writer and a reader may have it."""

    def __init__(self, data=b""):
        self.inner = io.BytesIO(data)

    def write(self, data):
        return self.inner.write(data)

    def read(self, size=-1):
        return self.inner.read(size)

    def seekable(self):
        return False


def zipped_to_a_pipe(data, *, is_large=False):
    """As `zip -` writes: sizes stand behind the data, in a data descriptor."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("feed.csv", "w", force_zip64=is_large) as file:
            file.write(data)
    return pipe.inner.getvalue()


def zstd(data, **how):
    return zstandard.ZstdCompressor(**how).compress(data)


def zstd_without_size(data):
    return zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress(data)


SKIPPABLE_FRAME = struct.pack("<II", 0x184D2A53, 5) + b"index"
GOOD = {
    "gzip": gzip.compress(FILE),
    "gzip with a mark": gzip.compress(b"\xef\xbb\xbf" + FILE),
    "gzip, three members": gzip.compress(FILE[:10]) + gzip.compress(b"") + gzip.compress(FILE[10:]),
    "gzip, padded": gzip.compress(FILE) + b"\x00" * 40_000,
    "zstd": zstd(FILE),
    "zstd, no size, checksum": zstd_without_size(FILE),
    "zstd with a mark": zstd(b"\xef\xbb\xbf" + FILE),
    "zstd, three frames": zstd(FILE[:1]) + zstd(b"") + SKIPPABLE_FRAME + zstd(FILE[1:]),
    "zip": zipped(("feed.csv", FILE)),
    "zip, stored": zipped(("feed.csv", FILE), method=zipfile.ZIP_STORED),
    "zip, a name that leads elsewhere": zipped(("../../etc/passwd", FILE)),
    "zip, in a folder, by a Mac": zipped(("feed/", b""), ("feed/a.csv", FILE), ("__MACOSX/feed/._a.csv", b"\x00\x05")),
    "zip, written to a pipe": zipped_to_a_pipe(FILE),
    "zip64, written to a pipe": zipped_to_a_pipe(FILE, is_large=True),
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_what_is_inside_is_read(data):
    _, good, bad = read("tuva_csv", data)
    assert ([row["claim_id"] for row in good], bad) == (["C1", "C1"], [])


@pytest.mark.parametrize("pack", [gzip.compress, zstd, zstd_without_size, lambda data: zipped(("a", data))])
def test_long_files_come_out_whole(pack):
    data = pack(LONG)
    assert b"".join(blocks(io.BytesIO(data), max_bytes=1 << 30, ratio=100)) == LONG


def encrypted():
    """Flags of the local header and of the table of contents say encrypted."""
    data = bytearray(zipped(("feed.csv", FILE)))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def wide_window():
    """A frame that wants 1 GiB: its window descriptor is changed by hand (RFC 8878, 3.1.1.1.2)."""
    data = bytearray(zstandard.ZstdCompressor(write_content_size=False).compress(LONG))
    assert not data[4] & 0x20
    data[5] = 20 << 3
    return bytes(data)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


BAD = [
    (gzip.compress(FILE)[:-1], "gzip_truncated"),
    (gzip.compress(FILE) + gzip.compress(FILE)[:12], "gzip_truncated"),
    (gzip.compress(FILE) + b"PK and more", "gzip_trailing"),
    (flipped(gzip.compress(FILE), 30), "gzip_damaged"),
    (gzip.compress(zstd(FILE)), "zstd_nested"),
    (gzip.compress(b""), "empty_file"),
    (zstd(LONG)[:-1], "zstd_truncated"),
    (zstd(FILE)[:7], "zstd_truncated"),
    (zstd(FILE) + zstd(FILE)[:6], "zstd_truncated"),
    (zstd(FILE) + b"junk", "zstd_trailing"),
    (flipped(zstd_without_size(FILE), -1 % len(zstd_without_size(FILE))), "zstd_damaged"),
    (wide_window(), "zstd_window"),
    (zstd(zipped(("a", FILE))), "zip_nested"),
    (zstd(b""), "empty_file"),
    (zipped(("a.csv", FILE), ("b.csv", FILE)), "zip_several"),
    (zipped(*((f"{number}.csv", b"") for number in range(10_000))), "zip_several"),
    (zipped(*((f"{number}".zfill(200), b"") for number in range(10_000))), "zip_several"),
    (zipped(("[Content_Types].xml", FILE), ("xl/workbook.xml", FILE)), "xlsx"),
    (zipped(), "empty_file"),
    (zipped(("feed/", b"")), "empty_file"),
    (zipped(("empty.csv", b"")), "empty_file"),
    (zipped(("a.csv", FILE), method=zipfile.ZIP_LZMA), "zip_method"),
    (zipped(("a.csv.gz", gzip.compress(FILE))), "gzip_nested"),
    (zipped(("a.zip", zipped(("a.csv", FILE)))), "zip_nested"),
    (encrypted(), "zip_encrypted"),
    (zipped(("a.csv", LONG))[:-30], "zip_truncated"),
    (zipped(("a.csv", LONG))[:-2], "zip_truncated"),
    (zipped(("a.csv", FILE)) + b"junk", "zip_trailing"),
    (flipped(zipped(("a.csv", FILE)), 60), "zip_damaged"),
    (flipped(zipped(("a.csv", FILE), method=zipfile.ZIP_STORED), 60), "zip_damaged"),
    (b"BZh91AY" + FILE, "bzip2"),
    (b"\xfd7zXZ\x00" + FILE, "xz"),
    (zipped(("a.csv", FILE.decode().encode("utf-16"))), "utf_16"),
]


@pytest.mark.parametrize(("data", "code"), BAD, ids=[f"{at}-{code}" for at, (_, code) in enumerate(BAD)])
def test_what_is_wrong_is_named(data, code):
    with pytest.raises(FeedRefused) as refused:
        read("tuva_csv", data)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


def test_a_zip_archive_that_comes_as_a_stream_is_refused_in_words():
    with pytest.raises(FeedRefused, match="cannot be read from a stream") as refused:
        open_feed("tuva_csv", Pipe(zipped(("a.csv", FILE))), today=TODAY)
    assert refused.value.code == "zip_stream"


@pytest.mark.parametrize("pack", [gzip.compress, zstd, lambda data: zipped(("a.csv", data))])
def test_the_cap_on_size_holds_for_what_is_expanded(pack):
    with pytest.raises(FeedRefused) as refused:
        read("tuva_csv", pack(FILE), max_bytes=len(FILE) - 1)
    assert refused.value.code == "too_large"
    assert len(read("tuva_csv", pack(FILE), max_bytes=len(FILE))[1]) == 2


TEN_GIGABYTES = 10_000
MEGABYTE = b"\n" * 1_000_000


def deflated_bomb():
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = pack.compress(MEGABYTE) + pack.flush(zlib.Z_FULL_FLUSH)
    return once * TEN_GIGABYTES + pack.flush()


def zip_bomb():
    """Written by hand, since zipfile would compress all of it: header, deflated data, table of contents with zip64 sizes."""
    data, size = deflated_bomb(), TEN_GIGABYTES * len(MEGABYTE)
    common = struct.pack("<HHHHHI", 45, 0, 8, 0, 0, 0)
    local = b"PK\x03\x04" + common + struct.pack("<IIHH", len(data), 0xFFFFFFFF, 1, 0) + b"a"
    extra = struct.pack("<HHQ", 1, 8, size)
    entry = (
        b"PK\x01\x02"
        + struct.pack("<H", 45)
        + common
        + struct.pack("<IIHHHHHII", len(data), 0xFFFFFFFF, 1, 12, 0, 0, 0, 0, 0)
    )
    entry += b"a" + extra
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local) + len(data), 0)
    return local + data + entry + end


BOMBS = {
    "gzip": lambda: gzip.compress(MEGABYTE) * TEN_GIGABYTES,
    "zstd": lambda: zstd(MEGABYTE) * TEN_GIGABYTES,
    "zip": zip_bomb,
}
DEFUSE = """
import sys, time
from patients.claims.formats.reading.blocks import blocks
from patients.claims.formats import FeedRefused
path, max_bytes, ratio = sys.argv[1:]
begun, total = time.monotonic(), 0
try:
    with open(path, "rb") as stream:
        for block in blocks(stream, max_bytes=int(max_bytes), ratio=int(ratio)):
            total += len(block)
except FeedRefused as refusal:
    peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(refusal.code, total, int(peak) // 1024, time.monotonic() - begun)
"""


@pytest.mark.parametrize(("cap", "code"), [((20 << 30, 100), "too_compressed"), ((300 << 20, 10**6), "too_large")])
@pytest.mark.parametrize("kind", BOMBS)
def test_ten_gigabytes_of_blank_lines_end_early_in_little_memory(kind, cap, code, tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[kind]())
    told = subprocess.run(
        [sys.executable, "-c", DEFUSE, str(path), *map(str, cap)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[4],
    )
    found, total, megabytes, seconds = told.stdout.split()
    assert found == code, told.stdout
    assert int(total) <= 300 << 20
    assert int(megabytes) < 200
    assert float(seconds) < 20


def test_a_ctrl_z_at_the_end_is_none_of_the_text():
    assert b"".join(blocks(io.BytesIO(b"a,b\n\x1a1,2\n\x1a"), max_bytes=100, ratio=100)) == b"a,b\n\x1a1,2\n"
    pieces = Pieces([b"a,b\n1,", b"2\x1a", b"3\n", b"\x1a"])
    assert b"".join(blocks(pieces, max_bytes=100, ratio=100)) == b"a,b\n1,2\x1a3\n"


class Pieces:
    def __init__(self, pieces):
        self.pieces = list(pieces)

    def read(self, size=-1):
        return self.pieces.pop(0) if self.pieces else b""


def test_parallel_zstd_begins_with_a_frame_to_skip():
    data = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + zstandard.compress(b"a,b\n1,2\n")
    assert b"".join(blocks(io.BytesIO(data + data), max_bytes=100, ratio=100)) == b"a,b\n1,2\n" * 2
