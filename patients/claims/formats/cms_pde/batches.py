"""A file of prescription drug events: a header, batches of details between their header and trailer, and a trailer.

Whatever does not add up refuses the whole file, with the line: a batch or a file trailer that counts otherwise than what
was read, a record out of sequence, a file that ends without its trailer. Another file may follow the trailer.
"""

from collections import Counter
from functools import partial
from itertools import chain

from ...checks import Problem, Rejected
from ...fields import COMPACT_DATE, FieldFault
from ..reading.lines import TooLong
from ..reading.outcome import FeedRefused
from ..reading.records import Record
from ..reading.strangers import FIXED_WIDTH, name_of
from .detail import Batch, build, plan_of
from .layout import RECORD_IDS, SAMPLE, SIZES, tell

FRAMES = ("HDR", "BHD", "BTR", "TLR")
LOOK_AHEAD = 500  # lines among which the first details are looked for
END_OF_FILE = b" \t\x1a"  # what may stand on the last line: some transfers add a Ctrl-Z
EXPECTED = "Expected are records of 512 or 1,000 characters: HDR, BHD, DET (or ACC, REJ, INF), BTR, TLR."
STAMP = (
    19  # CMS puts its day, time and report number (8 + 6 + 5 characters) into the frames of the files that it returns
)


def lines_of(chunks):
    """(number, bytes) of each line that is not blank; for one that is too long, a TooLong in place of the bytes."""
    for chunk in chunks:
        if isinstance(chunk, TooLong):
            yield chunk.number, chunk
            continue
        for number, line in enumerate(chunk.body.split(b"\n"), chunk.number):
            line = line.removesuffix(b"\r")
            if line.strip(END_OF_FILE):
                yield number, line


def cut(chunks):
    """The details of a file as Records; raises FeedRefused for a file that is not whole."""
    lines = lines_of(chunks)
    number, head = next(lines, (0, b""))
    if not head:
        raise FeedRefused("empty_file", "The file holds nothing but blank lines.")
    if isinstance(head, TooLong) or head[:3] != b"HDR":
        name = "" if isinstance(head, TooLong) else name_of(head)
        says = f"{'' if name == FIXED_WIDTH else name} The file does not begin with an HDR record. {EXPECTED}"
        raise FeedRefused("no_header", says.strip(), number)
    ahead, edition = _edition(head, lines, number)
    file = _File(number, _text(head, number), edition)
    for number, line in chain(ahead, lines):
        record = file.take(number, line)
        if record is not None:
            yield record
    file.finish(number)


def _edition(head, lines, number):
    """The lines looked at, and the edition that they tell: of records of one size, where most of them have it in full."""
    ahead, details, lengths = [], [], [len(head)]
    for at, line in lines:
        ahead.append((at, line))
        if not isinstance(line, TooLong):
            lengths.append(len(line))
            if line[:3].decode("latin-1") in RECORD_IDS:
                details.append(line.decode("latin-1"))
        if len(details) >= SAMPLE or len(ahead) >= LOOK_AHEAD:
            break
    whole = Counter(length for length in lengths if length in SIZES).most_common(1)
    short = (length for length in lengths if length <= SIZES[-1])
    longest = whole[0][0] if whole else max(short, default=SIZES[-1])
    if (edition := tell(details, longest)) is None:
        first = next((at for at, line in ahead if bytes(line[:3]) in map(str.encode, RECORD_IDS)), number)
        raise FeedRefused("unknown_layout", f"The details fit no layout of CMS that is known here. {EXPECTED}", first)
    return ahead, edition


def _text(line, number):
    if not line.isascii() or b"\x00" in line:
        raise FeedRefused("not_text", "A header or trailer record holds other than ASCII characters.", number)
    return line.decode()


class _File:
    """What a file has come to so far: the open batch, and what was counted for the trailers."""

    def __init__(self, number, header, edition):
        self.plan = plan_of(edition)
        self._begin(number, header)

    def _begin(self, number, header):
        self.header = header
        self.sent_on = _day(header[19:27])
        self.is_production = header[27:31].strip() in ("", "PROD")
        self.batch = None
        self.batch_header = ""
        self.in_batch = self.details = self.batches = 0
        self.is_closed = False
        self.last = number

    def take(self, number, line):
        """A Record for a detail, None for a record of the frame."""
        kind = "" if isinstance(line, TooLong) else line[:3].decode("latin-1")
        if self.is_closed and kind != "HDR":
            raise FeedRefused("after_trailer", "A record follows the TLR record, which ends the file.", number)
        self.last = number
        if kind in FRAMES:
            getattr(self, f"_{kind.lower()}")(number, _text(line, number))
            return None
        if self.batch is None:
            raise FeedRefused("sequence", "A record stands outside a batch, before its BHD or after its BTR.", number)
        self.in_batch += 1
        if isinstance(line, TooLong):
            return Record(number, b"", _too_long, line.digest)
        frame = self.header, self.batch_header
        return Record(number, line, partial(_detail, line, self.plan, self.batch), sent=partial(_alone, line, *frame))

    def _hdr(self, number, line):
        if not self.is_closed:
            raise FeedRefused("sequence", "An HDR record stands inside the file.", number)
        if len(line) in SIZES and len(line) != self.plan.edition.size:
            raise FeedRefused("after_trailer", "A file of records of another length follows the TLR record.", number)
        self._begin(number, line)

    def _bhd(self, number, line):
        if self.batch is not None:
            raise FeedRefused("sequence", "A batch begins (BHD) before the one before it has ended (BTR).", number)
        contract, pbp = line[10:15].strip().upper(), line[15:18].strip().upper()
        if not (contract + pbp).isalnum():
            raise FeedRefused("batch", "The BHD record names no contract and plan.", number)
        self.batch = Batch(contract, pbp, self.sent_on, self.is_production)
        self.batch_header = line
        self.in_batch = 0
        self.batches += 1

    def _btr(self, number, line):
        if self.batch is None:
            raise FeedRefused("sequence", "A batch ends (BTR) that has not begun (BHD).", number)
        if (line[10:15].strip().upper(), line[15:18].strip().upper()) != self.batch[:2]:
            raise FeedRefused("batch", "The BTR record names another contract or plan than its BHD record.", number)
        (stated,) = _totals(line, 18, self.batch_header, 18, (7, 9), 1, number)
        _agree(stated, self.in_batch, "The batch trailer (BTR) states {} details; the batch has {}.", number)
        self.details += self.in_batch
        self.batch = None

    def _tlr(self, number, line):
        if self.batch is not None:
            raise FeedRefused("sequence", "The file ends (TLR) before its last batch has ended (BTR).", number)
        batches, details = _totals(line, 19, self.header, 31, (9, 7), 2, number)
        _agree(batches, self.batches, "The file trailer (TLR) states {} batches; the file has {}.", number)
        _agree(details, self.details, "The file trailer (TLR) states {} details; the file has {}.", number)
        self.is_closed = True

    def finish(self, number):
        if not self.is_closed:
            raise FeedRefused(
                "truncated", "The file ends without its TLR record: it is cut off. Send it again.", number
            )


def _alone(detail, header, batch_header):
    """A file of one detail: its own header and batch header, and trailers that count it."""
    size = max(len(header), len(batch_header))
    batch_trailer = f"BTR{batch_header[3:18]}{1:07}".ljust(size)
    trailer = f"TLR{header[3:19]}{1:09}{1:09}".ljust(size)
    return b"\n".join([header.encode(), batch_header.encode(), detail, batch_trailer.encode(), trailer.encode()])


def _day(text):
    try:
        return COMPACT_DATE[text]
    except FieldFault:
        return None


def _totals(line, at, opening, stamped_at, widths, count, number):
    """The first `count` totals of a trailer. In files that CMS returns they may stand behind the same day, time and report
    number as in the record that opened the batch or the file."""
    stamp = opening[stamped_at : stamped_at + STAMP]
    if stamp.strip() and line[at : at + STAMP] == stamp and _day(stamp[:8]) is not None:
        at += STAMP
    for width in widths:
        texts = [line[at + width * place : at + width * (place + 1)].strip() for place in range(count)]
        if all(text.isdigit() for text in texts):
            return [int(text) for text in texts]
    raise FeedRefused("control_total", "A trailer record does not state how many records came before it.", number)


def _agree(stated, found, says, number):
    if stated != found:
        raise FeedRefused("control_total", says.format(f"{stated:,}", f"{found:,}"), number)


def _too_long(seen):
    raise Rejected([Problem("line", "line_too_long", "line is too long for a record of this file.")])


def _detail(raw, plan, batch, seen):
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected([Problem("line", "encoding", "line is not UTF-8.")])
    if line[:3] not in RECORD_IDS:
        raise Rejected([Problem("RECORD ID", "unknown_record", f"RECORD ID is not one of {', '.join(RECORD_IDS)}.")])
    return build(line, plan, batch, seen)
