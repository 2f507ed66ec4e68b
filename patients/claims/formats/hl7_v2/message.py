"""One message: its delimiters, its segments by name, its fields without escapes.

Cutting a message at its own delimiters is done here, with `str.split`, and by no library: those that there are build a tree of
every component, take what they cannot place without a word, or check a message against one version's tables and refuse what
the next version allows; and none names the field at fault.
"""

import re
from dataclasses import dataclass

from ...checks import Rejected, problem
from ...fields import FieldFault
from ...records import words

VERSIONS = frozenset(words("2.3 2.3.1 2.4 2.5 2.5.1"))
NEWER = frozenset(words("2.6 2.7 2.7.1 2.8 2.8.1 2.8.2 2.9"))  # these add at the end of what is read here
NAME = re.compile("[A-Z][A-Z0-9]{2}")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
NULL = '""'  # how a sender says that a value is to be deleted: nothing to read
MOST_SEGMENTS = 20_000


@dataclass(frozen=True, slots=True)
class Delimiters:
    """As MSH-1 and MSH-2 tell them."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str

    def unescaped(self, text):
        """The text that was meant. What is no escape of HL7 stays as it is; line breaks and highlights become blanks."""
        if self.escape not in text:
            return text
        parts = text.split(self.escape)
        plain, place = [parts[0]], 1
        while place < len(parts) - 1:
            meant = self._meant(parts[place])
            if meant is None:
                plain += [self.escape, parts[place]]
                place += 1
            else:
                plain += [meant, parts[place + 1]]
                place += 2
        if place < len(parts):
            plain += [self.escape, parts[place]]
        return "".join(plain)

    def _meant(self, word):
        named = {"F": self.field, "S": self.component, "T": self.subcomponent, "R": self.repetition, "E": self.escape}
        if word in named:
            return named[word]
        if word in ("H", "N"):
            return ""
        if word.startswith(".") and len(word) <= 8:
            return " "
        if word.startswith("X") and len(word) % 2 and len(word) < 200:
            try:
                return bytes.fromhex(word[1:]).decode("utf-8", "replace")
            except ValueError:
                return None
        return None


class Segment:
    """`ordinal` counts the segments of this name in the message, from 1."""

    __slots__ = ("cells", "delimiters", "name", "ordinal")

    def __init__(self, text, delimiters, ordinal):
        self.name = text[:3]
        self.ordinal = ordinal
        self.delimiters = delimiters
        cells = text.split(delimiters.field)
        self.cells = [delimiters.field, *cells] if self.name == "MSH" else cells
        if self.name == "MSH":
            self.cells[0:2] = ["MSH", delimiters.field]

    def raw(self, place):
        value = self.cells[place] if place < len(self.cells) else ""
        return "" if value.strip() == NULL else value

    def repetitions(self, place):
        """The repetitions of a field, each a list of components as texts."""
        value = self.raw(place)
        return [self._components(one) for one in value.split(self.delimiters.repetition)] if value else []

    def parts(self, place):
        """The components of the first repetition, at least one."""
        return (self.repetitions(place) or [[""]])[0]

    def text(self, place):
        """The first component of the first repetition."""
        return self.parts(place)[0]

    def _components(self, text):
        split = self.delimiters
        told = (one.split(split.subcomponent, 1)[0].strip() for one in text.split(split.component))
        return ["" if one == NULL else split.unescaped(one).strip() for one in told]

    def field(self, place):
        return f"{self.name}-{place}"

    def problem(self, place, code, message):
        """Says which of several segments it was."""
        nth = f"of {self.name} number {self.ordinal} " if self.ordinal > 1 else ""
        return problem(self.field(place), code, f"{nth}{message}")


class Checks:
    """Reads fields with the readers of `fields` and gathers what is wrong with them."""

    def __init__(self):
        self.problems = []

    def read(self, segment, place, reader, text):
        try:
            return reader.careful(text)
        except FieldFault as fault:
            self.wrong(segment, place, fault.code, f"{fault.message}.")
            return reader.careful("")

    def needed(self, segment, place, value):
        if value is None or value == "":
            faulty = {one.field for one in self.problems}
            if segment.field(place) not in faulty:
                self.wrong(segment, place, "missing", "is empty, and is needed.")
        return value

    def wrong(self, segment, place, code, message):
        self.problems.append(segment.problem(place, code, message))

    def end(self):
        if self.problems:
            raise Rejected(self.problems)


def parse(raw):
    """The segments of a message's bytes. Raises Rejected."""
    text = _text(raw)
    lines = text.split("\r")
    if len(lines) > MOST_SEGMENTS:
        raise Rejected([problem("message", "too_long", f"has more than {MOST_SEGMENTS:,} segments.")])
    delimiters = _delimiters(lines[0])
    counted, found = {}, []
    for line in lines:
        name = line.split(delimiters.field, 1)[0].rstrip(" ")
        if not NAME.fullmatch(name):
            says = "has a line that is no segment: line breaks inside a field are written as escapes."
            raise Rejected([problem("message", "bad_segment", says)])
        counted[name] = counted.get(name, 0) + 1
        found.append(Segment(line, delimiters, counted[name]))
    return found


def _text(raw):
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Rejected([problem(_place(raw, fault.start), "encoding", "is not UTF-8.")])
    control = CONTROLS.search(text)
    if control:
        place = _place(raw, len(text[: control.start()].encode()))
        raise Rejected([problem(place, "control_character", "contains NUL or another control character.")])
    return text


def _place(raw, at):
    """The name of the field in which a byte stands."""
    segment = raw[raw.rfind(b"\r", 0, at) + 1 : at]
    name, mark = segment[:3].decode("ascii", "replace"), raw[3:4]
    if not NAME.fullmatch(name) or not mark:
        return "message"
    return f"{name}-{segment.count(mark) + (name == 'MSH')}"


def _delimiters(line):
    marks = line[3:4], *line[4:9].split(line[3:4] or "|", 1)[0]
    says = ""
    if len(marks) < 5:
        says = "does not name four delimiters."
    elif len(set(marks)) < len(marks):
        says = "names a delimiter twice."
    elif any(not mark.isascii() or mark.isalnum() or not mark.isprintable() or mark == " " for mark in marks):
        says = "names a delimiter that is a letter, a digit or a blank."
    if says:
        raise Rejected([problem("MSH-2", "bad_delimiters", says)])
    return Delimiters(*marks[:5])
