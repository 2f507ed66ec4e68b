"""Bytes to records: a resource a line, or the entries of a Bundle one by one. Nothing is held but the record that is open.

A document is anything else than a resource a line: a Bundle, an array of resources, a single resource over many lines, or
several of these one after the other. Its records are counted from 1, a Bundle's by its entries.
"""

import json
import re
from itertools import chain
from typing import NamedTuple

from ..reading.outcome import FeedRefused
from ..reading.strangers import name_of

LONGEST_RECORD_BYTES = 4 << 20
COARSE_BYTES = 1 << 16
BLANKS = b" \t\r\n"
# Up to the next bracket outside of strings. Group 1 is the last string before it: the name of what the bracket opens.
NEXT_BRACKET = re.compile(
    rb'[^"{}\[\]]*+(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"[^"{}\[\]]*+)*+([{}\[\]])',
    re.DOTALL,
)
BEFORE_OPEN_TEXT = re.compile(rb'[^"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"]*+)*+', re.DOTALL)
REST_OF_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
SCALAR = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,"]+|"', re.DOTALL)
CLOSES = {b"}": b"{", b"]": b"["}
DEEPEST_DOCUMENT = 100_000  # brackets that are open at once: what is deeper than a record may be is found there
ALL_READ = 0  # the level of entries, once the array of entries is closed


class Piece(NamedTuple):
    """A record as it stands in the file. `is_whole` is false for one beyond the limit, of which only the start is here."""

    number: int
    raw: bytes
    is_whole: bool = True


def pieces(blocks):
    """Yield the records of a file. Raises FeedRefused for what is no FHIR in JSON, or a document that is cut off."""
    blocks = _coarse(blocks)
    number, head = _head(blocks)
    blocks = chain([head], blocks)
    yield from by_line(blocks, number) if _is_by_line(head) else by_entry(blocks)


def _coarse(blocks):
    """Blocks of some size, whatever the size of those that come."""
    held, size = [], 0
    for block in blocks:
        held.append(block)
        size += len(block)
        if size >= COARSE_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _head(blocks):
    """The number of the first line that is not blank, and the bytes from there on, until a second one has begun."""
    number, head = 1, b""
    for block in blocks:
        if not head:
            start = len(block) - len(block.lstrip(BLANKS))
            number += block.count(b"\n", 0, start)
            block = block[start:]
        head += block
        if len(head) > LONGEST_RECORD_BYTES or head.partition(b"\n")[2].strip(BLANKS):
            break
    if not head:
        raise FeedRefused("empty_file", "The file holds nothing but blank lines.")
    return number, head


def _is_by_line(head):
    line, _, rest = head.partition(b"\n")
    line, follows = line.strip(BLANKS), rest.lstrip(BLANKS)[:1]
    if line[:1] == b"[":
        return False
    if line[:1] != b"{":
        if follows == b"{":
            return True
        says = name_of(line[:4096])
        raise FeedRefused("not_fhir", f"{says} The file does not begin like FHIR in JSON.".strip())
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return follows == b"{" and line[-1:] not in b"[{,:"
    return document.get("resourceType") != "Bundle"


def by_line(blocks, number):
    """Records of a file of lines, the first of which has this number."""
    carry, kept = b"", None
    for block in blocks:
        lines = (carry + block).split(b"\n")
        carry = lines.pop()
        for line in lines:
            if kept is not None:
                yield Piece(number, kept, False)
                kept = None
            elif line.strip(BLANKS):
                yield _piece(number, line)
            number += 1
        if len(carry) > LONGEST_RECORD_BYTES or kept is not None:
            kept, carry = carry[:LONGEST_RECORD_BYTES] if kept is None else kept, b""
    if kept is not None:
        yield Piece(number, kept, False)
    elif carry.strip(BLANKS):
        yield _piece(number, carry)


def _piece(number, line):
    return Piece(number, line[:LONGEST_RECORD_BYTES].removesuffix(b"\r"), len(line) <= LONGEST_RECORD_BYTES)


def by_entry(blocks):
    """Records of a document."""
    document = _Document()
    for block in blocks:
        yield from document.take(block)
    document.end()


class _Document:
    """A document on its way. `level` is the depth at which entries stand, None as long as none are seen."""

    def __init__(self):
        self.number = 0
        self.open = []
        self.level = None
        self.buffer = b""
        self.scanned = 0
        self.start = None  # where in the buffer the open record begins
        self.kept = None  # the start of a record that is too long
        self.is_in_text = False  # within a text that is too long to be held

    def take(self, block):
        self.buffer += block
        if self.is_in_text and not self._leave_text():
            return
        while match := NEXT_BRACKET.match(self.buffer, self.scanned):
            bracket, depth = match[2], len(self.open)
            if depth == 0 or depth == self.level:
                yield from self._between(self.buffer[self.scanned : match.start(2)], depth)
            if bracket in CLOSES:
                yield from self._close(bracket, match.end())
            else:
                self._open(match, bracket, depth)
            self.scanned = match.end()
        self._forget()

    def _between(self, text, depth):
        """What stands beside the records: nothing but commas, or else entries that are no objects."""
        text = text.strip(BLANKS) if depth == 0 else text.strip(BLANKS + b",")
        if text and depth == 0:
            raise _not_json("has text outside of its objects")
        for found in SCALAR.finditer(text):
            self.number += 1
            yield Piece(self.number, found[0])

    def _open(self, match, bracket, depth):
        place = match.start(2)
        if depth == 0:
            self.level, self.start = (None, place) if bracket == b"{" else (1, None)
        elif depth == 1 and bracket == b"[" and self.open[0] == b"{" and self._is_named(match, b"entry"):
            if self.level is not None:
                raise FeedRefused("duplicate_key", "The Bundle has two arrays named entry.")
            self.level, self.start, self.kept = 2, None, None
        elif depth == self.level:
            self.start = place
        self.open.append(bracket)
        if depth >= DEEPEST_DOCUMENT:
            raise FeedRefused("too_deep", f"The file is nested more than {DEEPEST_DOCUMENT:,} deep.")

    def _is_named(self, match, name):
        between = self.buffer[match.end(1) + 1 : match.start(2)] if match[1] is not None else b""
        return match[1] == name and between.strip(BLANKS) == b":"

    def _close(self, bracket, end):
        if not self.open or self.open.pop() != CLOSES[bracket]:
            raise _not_json("has a bracket that closes nothing")
        depth = len(self.open)
        is_single = depth == 0 and self.level is None
        if is_single or (self.level and depth == self.level):
            self.number += 1
            raw = self.buffer[self.start : end] if self.kept is None else self.kept
            yield Piece(self.number, raw, self.kept is None and len(raw) <= LONGEST_RECORD_BYTES)
            self.start = self.kept = None
        elif self.level and depth < self.level:
            self.level = ALL_READ

    def _forget(self):
        if self.start is not None and self.scanned - self.start > LONGEST_RECORD_BYTES:
            if self.kept is None:
                self.kept = self.buffer[self.start : self.start + LONGEST_RECORD_BYTES]
            self.start = self.scanned
        first = self.scanned if self.start is None else self.start
        self.buffer = self.buffer[first:]
        self.scanned -= first
        self.start = None if self.start is None else 0
        if len(self.buffer) - self.scanned > LONGEST_RECORD_BYTES:
            self._enter_text()

    def _enter_text(self):
        """A text beyond the limit: its record is too long, and nothing of it is held."""
        opens = BEFORE_OPEN_TEXT.match(self.buffer, self.scanned).end()
        if opens == len(self.buffer) or not self.open:
            raise _not_json("has no object, array or text where one belongs")
        if self.start is not None and self.kept is None:
            self.kept = self.buffer[self.start : self.start + LONGEST_RECORD_BYTES]
        self.is_in_text = True
        self._drop_text()

    def _drop_text(self):
        """Forget all of the buffer but an escape that is not whole yet."""
        escapes = len(self.buffer) - len(self.buffer.rstrip(b"\\"))
        self.buffer, self.scanned = b"\\" * (escapes % 2), 0

    def _leave_text(self):
        ends = REST_OF_TEXT.match(self.buffer)
        if not ends:
            self._drop_text()
            return False
        self.is_in_text, self.scanned = False, ends.end()
        self.start = None if self.start is None else self.scanned
        return True

    def end(self):
        rest = self.buffer[self.scanned :].strip(BLANKS)
        if self.open or self.is_in_text:
            raise FeedRefused("truncated", f"The file ends within its record {self.number + 1}. Send it again.")
        if rest:
            raise _not_json("has text after its end")


def _not_json(says):
    return FeedRefused("not_json", f"The file is not JSON: it {says}.")
