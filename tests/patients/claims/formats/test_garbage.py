"""Garbage in the place of one value, and files that are broken as a whole: for each format, what nobody meant to send.

A value: the record that holds it is rejected under its own number, and its neighbours are kept. A file: it is read, or refused
in words; nothing else ever comes out.
"""

import base64
import gzip
import io
import resource
import zipfile
import zlib
from random import Random

import pytest

from patients.claims.encoding import ENCODERS
from patients.claims.formats import FeedRefused, Good, open_feed

from ..test_sent_back import FILES, PLACES
from .reading import TODAY

TEXTS = [
    *(
        "1e5",
        "0x1F",
        "∞",
        "--5",
        "1/2",
        "½",
        "٣٣",
        "１２",
        "1_000",
        "1 000",
        "NULL",
        "None",
        "N/A",
        "#REF!",
        "=1+1",
        "@SUM(A1)",
    ),
    *(
        "'; drop table x;--",
        "<script>alert(1)</script>",
        "\u200e2025",
        "\ufeff2025",
        "\u2028",
        "\x1b[31m",
        "\x7f",
        "\x85",
    ),
    *(
        "9" * 6000,
        "0" * 6000,
        "x" * 70_000,
        " " * 5000,
        "\\",
        "\\N",
        "\\.",
        "%00",
        "../../etc/passwd",
        "${jndi:ldap://x}",
    ),
    *(
        "{{7*7}}",
        "true",
        "[]",
        "{}",
        '"',
        "'",
        "1970-01-01T00:00:00+99:00",
        "0000-00-00",
        "2025-W01-1",
        "2025-060",
        "2025-2-3",
    ),
    *(
        "31/12/2025",
        "Dec 31 2025",
        "infinity",
        "-infinity",
        "epoch",
        "now",
        "NaN",
        "-NaN",
        "1e400",
        "\t",
        "\x0b",
        "\x0c",
    ),
    *(
        "💉" * 30,
        "e\u0301" * 40,
        "\u202e",
        "\u2066x",
        "~",
        "^",
        "&",
        "*",
        ":",
        ";",
        "\\u0000",
        "\\ud800",
        "--",
        "/*",
        "\u00a0",
    ),
    *(
        "\u3000",
        "1899-12-31",
        "2101-01-01",
        "2147483648",
        "-2147483649",
        "9" * 20,
        "1." + "0" * 19 + "1",
        "+5",
        ".",
        "5.",
    ),
]
BYTES = [
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\xff",
    b"\x00",
    b"\xfe\xff",
    b"\x80" * 100,
    b"\xf4\x90\x80\x80",
    b"caf\xe9",
    b"PK\x03\x04",
]
VALUES = [*(text.encode() for text in TEXTS), *BYTES]
# Of a D.0 transaction the value alone is the garbage, not the id of its field as well.
KEPT = {"ncpdp_d0": b"E7"}
# What breaks the document or the transmission that holds the value, and not the value alone.
BREAKS = {"a bundle": {b'"', b"\x1b[31m"}, "ncpdp_d0": {b"x" * 70_000}}


def read(format, data):
    """(feed, good, bad), and every row as the database would get it."""
    feed = open_feed(format, io.BytesIO(data), today=TODAY, name="garbage")
    good, bad = [], []
    for outcome in feed:
        (good if isinstance(outcome, Good) else bad).append(outcome)
        if isinstance(outcome, Good):
            ENCODERS[outcome.kind or feed.kind].encode(outcome.row)[1].encode()
    return feed, good, bad


@pytest.mark.parametrize("place", [0, 9])
@pytest.mark.parametrize("name", FILES)
def test_one_value_of_garbage_costs_one_record(name, place):
    format, made, words = FILES[name]
    right = made(PLACES)
    told, wrong = (text.encode() for text in words[place])
    ((at,),) = ([one.number for one in read(format, right.replace(told, wrong))[2]],)
    others = [one.number for one in read(format, right)[1] if one.number != at]
    for value in VALUES:
        if value in BREAKS.get(name, ()):
            continue
        data = right.replace(told, KEPT.get(name, b"") + value)
        _, good, bad = read(format, data)
        assert {one.number for one in bad} <= {at}, value[:40]
        assert [one.number for one in good if one.number != at] == others, value[:40]


def zipped(*names, data=b"", method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return out.getvalue()


def broken(data):
    """(what was done, the bytes)."""
    lines, random = data.split(b"\n"), Random(5)
    half, packed = len(data) // 2, gzip.compress(data)
    yield from (
        (f"cut at {at}", data[:at]) for at in (1, 7, 33, half, len(data) * 3 // 10, len(data) - 9, len(data) - 1)
    )
    for name, end in (
        ("CR", b"\r"),
        ("LF CR", b"\n\r"),
        ("CR CR LF", b"\r\r\n"),
        ("CR LF", b"\r\n"),
        ("blank", b"\n \n"),
    ):
        yield f"lines end in {name}", data.replace(b"\n", end)
    yield "twice", data + data
    yield "backwards", b"\n".join(lines[::-1])
    yield "shuffled", b"\n".join(random.sample(lines, len(lines)))
    yield "first line twice", lines[0] + b"\n" + data
    yield "indented", b"\n".join(b"  " + line for line in lines)
    yield "quoted", b"\n".join(b'"' + line + b'"' for line in lines)
    yield "a comma more", b"\n".join(line + b"," for line in lines)
    yield "a comma less", b"\n".join(line.rsplit(b",", 1)[0] for line in lines)
    for old, new in ((b",", b"\t"), (b",", b";"), (b'"', "“".encode()), (b"|", b"^")):
        yield f"{new!r} for {old!r}", data.replace(old, new)
    yield "lower case", data.lower()
    for code in ("utf-16-le", "utf-32", "utf-7", "cp500"):
        yield code, data.decode("latin-1").encode(code)
    for name, more in (("Ctrl-Z", b"\x1a"), ("NULs", b"\x00" * 512), ("mail", b"\r\n--\r\nSent from my phone")):
        yield f"{name} at the end", data + more
    for name, more in (("mark", b"\xef\xbb\xbf"), ("NULs", b"\x00" * 5000), ("long line", b"x" * 3_000_000)):
        yield f"{name} before", more + data
        yield f"{name} inside", data[:half] + more + data[half:]
    yield "multipart", b"--x\r\nContent-Disposition: form-data\r\n\r\n" + data + b"\r\n--x--"
    yield "base64", base64.b64encode(data)
    yield "zlib", zlib.compress(data)
    yield "gzip, checksum of zeros", packed[:-8] + bytes(4) + packed[-4:]
    yield "gzip, another size", packed[:-4] + b"\xff" * 4
    yield "gzip, then plain", packed + data
    yield "gzip twice", gzip.compress(packed)
    yield "gzip of nothing", gzip.compress(b"")
    yield "zip of a path", zipped("../../etc/passwd", data=data)
    yield "zip of gzip", zipped("a.gz", data=packed)
    yield "zip by bzip2", zipped("a", data=data, method=zipfile.ZIP_BZIP2)
    yield "zip of a folder", zipped("a/")
    yield "junk, then zip", b"junk" * 10 + zipped("a", data=data)
    yield "zstd, nothing but a frame to skip", b"\x50\x2a\x4d\x18\xff\xff\xff\xff"
    for text in (
        "<!DOCTYPE html><p>503",
        '<?xml version="1.0"?><a/>',
        "{}",
        "null",
        " ",
        "[" * 200_000,
        '{"a":' * 50_000,
    ):
        yield f"{text[:20]} for a file", text.encode()
    yield from ((f"a million of {one!r}", one * 1_000_000) for one in (b",", b'"', b"\n", b"\x1e", b"~", b"\x0b"))
    yield "every byte", bytes(range(256)) * 50
    yield "noise", random.randbytes(20_000)
    for raw in ("null", "null, raw_base64", '["x"]', '"\\ud800"', '"abc', "[" * 100_000):
        yield f"a rejected record of {raw[:20]}", b'{"line": 3, "raw": ' + raw.encode()


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_read_or_refused_in_words(name):
    format, made, _ = FILES[name]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for what, data in broken(made(PLACES)):
        try:
            feed, good, bad = read(format, data)
        except FeedRefused as refused:
            assert refused.code and refused.message.endswith("."), what
        else:
            assert feed.rejected == len(bad) and feed.records <= len(good) + len(bad), what
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 400 << 10
