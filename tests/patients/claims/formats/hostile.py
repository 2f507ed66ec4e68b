"""`python -m tests.patients.claims.formats.hostile NAME` reads one hostile stream, made while it is read, and prints what came
of it and how much memory the process had at most (in KB)."""

import gzip
import io
import json
import re
import sys
from pathlib import Path

from patients.claims.formats import Bad, FeedRefused, open_feed

from .reading import TODAY

PHARMACY = b"claim_id,claim_line_number,member_id,dispensing_date,ndc_code,quantity,days_supply,plan\n"
FILL = b"C%d,1,M1,2025-03-01,00440509685,%s,30,%s\n"
PEOPLE = b"member_id,gender,birth_date,enrollment_start_date\n"
MEGABYTE = 1 << 20


class Made(io.RawIOBase):
    """A stream of pieces that exist only while they are read."""

    def __init__(self, pieces):
        self.pieces = iter(pieces)
        self.rest = b""

    def read(self, size=-1):
        while len(self.rest) < size and (piece := next(self.pieces, b"")):
            self.rest += piece
        data, self.rest = self.rest[:size], self.rest[size:]
        return data


def bomb():
    """Half a megabyte of gzip that is half a gigabyte of zeros."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        file.write(PHARMACY + FILL % (1, b"30", b""))
        for _ in range(512):
            file.write(b"0" * MEGABYTE)
    packed.seek(0)
    return packed


def one_line():
    """A gigabyte without a line end."""
    yield PHARMACY
    for _ in range(1024):
        yield b"x" * MEGABYTE
    yield b"\n" + FILL % (1, b"30", b"")


def long_lines():
    """Lines just beyond the limit, and lines just within it."""
    yield PHARMACY
    for number in range(1000):
        yield FILL % (number, b"30", b"x" * (70_000 if number % 2 else 60_000))


def long_words():
    """Different texts of 60 KB in a field that takes any word: nothing may remember them."""
    yield PEOPLE
    for number in range(3000):
        yield b"M%d,%d%s,1950-05-05,2025-01-01\n" % (number, number, b"w" * 60_000)


def padded():
    """Different numbers of days behind 60 KB of blanks."""
    yield PHARMACY
    for number in range(3000):
        yield FILL % (number, b" " * 60_000 + b"%d" % number, b"")


def digits():
    """Different numbers of 5,000 digits."""
    yield PHARMACY
    for number in range(10_000):
        yield FILL % (number, b"%d%s" % (number, b"9" * 5000), b"")


def open_quote():
    """A quote that opens on the first line of a large file and never closes."""
    yield PHARMACY
    yield FILL % (0, b"30", b'"open')
    for number in range(1, 60_000):
        yield FILL % (number, b"30", b"H1234-001")


def only_quotes():
    """Lines of nothing but quotes."""
    yield PHARMACY
    for _ in range(300):
        yield b'"' * 60_000 + b"\n"


def main(name):
    made = globals()[name]()
    stream = made if isinstance(made, io.BytesIO) else Made(made)
    told = {"good": 0, "bad": [], "refused": ""}
    try:
        feed = open_feed("tuva_csv", stream, today=TODAY)
        for one in feed:
            if isinstance(one, Bad):
                told["bad"] = (told["bad"] + [[one.number, one.problems[0].field, one.problems[0].code]])[:3]
            else:
                told["good"] += 1
        told["records"], told["rejected"] = feed.records, feed.rejected
    except FeedRefused as refusal:
        told["refused"] = refusal.code
    status = Path("/proc/self/status").read_text()  # ru_maxrss would begin with the parent's
    told["peak_kb"] = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
