"""A file under a mapping: lines to records, and what the trailer says held against what was read."""

from collections import Counter
from functools import partial

from ...checks import Rejected, day_number, not_in_the_future, present, problem, supply
from ...fields import FieldFault
from ...records import PHARMACY_CLAIM
from ..reading.lines import LONGEST_LINE_BYTES, BadQuoting, TooLong, numbered, split_plain, split_quoted
from ..reading.outcome import FeedRefused
from ..reading.records import Record
from .mapping import FIELDS
from .values import reader_of

EMPTY = {"text": "", "texts": ()}
DEFAULTS = {column.name: EMPTY.get(column.type) for column in PHARMACY_CLAIM.columns}
COUNTED = (("days_supply", "no_days_supply"), ("quantity", "no_quantity"), ("pharmacy_ref", "no_pharmacy"))
COUNTED += (("prescriber_ref", "no_prescriber"), ("paid_on", "no_paid_date"), ("ndc", "no_ndc"))


class Cutter:
    """Cuts the lines of one file. `rows` of the mapping are built in `_build`; sums grow as they are."""

    def __init__(self, mapping, chunks):
        self.mapping, self.chunks = mapping, chunks
        self.names = {}
        self.before = {}  # the header record and the line of column names, as they stand in the file
        self.readers = {
            name: (place, reader_of(name, FIELDS[name], place, mapping.codes.get(name)))
            for name, place in mapping.columns.items()
        }
        self.sums, self.unsure, self.details, self.unknown = Counter(), set(), 0, 0
        self.has_header = self.has_trailer = False

    def __iter__(self):
        for chunk in self.chunks:
            if isinstance(chunk, TooLong):
                self._is_unsure()
                yield Record(chunk.number, b"", partial(_too_long))
                continue
            for number, raw in enumerate(chunk.body.split(b"\n"), chunk.number):
                raw = raw.removesuffix(b"\r")
                if raw.strip():
                    yield from self._line(number, raw)
        if "trailer" in self.mapping.kinds and not self.has_trailer:
            raise FeedRefused("truncated", "The file has no trailer. Send it again.")

    def _line(self, number, raw):
        mapping = self.mapping
        if self._begins_anew(raw):
            return
        if self.has_trailer:
            raise FeedRefused("after_trailer", "There are lines behind the trailer.", number)
        try:
            values = self._values(raw)
        except Rejected as rejected:
            self._is_unsure()
            yield self._record(number, raw, partial(_reject, rejected.problems))
            return
        kind = self._kind(values)
        if mapping.kinds.get("header") and not self.has_header and kind != "header":
            raise FeedRefused("no_header", "The file does not begin with its header record.", number)
        if kind == "header":
            if self.has_header:
                raise FeedRefused(
                    "second_header", "The file has a second header record: send one file at a time.", number
                )
            self.has_header, self.before["header"] = True, raw
        elif mapping.has_column_names and not self.names:
            self._take_names(values, number)
            self.before["names"] = raw
        elif kind == "trailer":
            self.has_trailer = True
            self._check_trailer(values, number)
        elif kind is None:
            says = "is that of no kind of line that the mapping knows."
            self.unknown += 1  # a claim or not: the trailer may count it or leave it out
            self.unsure |= set(self.mapping.trailer) - {"lines"}
            yield self._record(number, raw, partial(_reject, [problem("record", "unknown_record", says)]))
        else:
            self.details += 1
            yield self._record(number, raw, partial(self._build, values))

    def _record(self, number, raw, build):
        return Record(number, raw, build, sent=partial(self._alone, raw))

    def _alone(self, raw):
        """A file of one line: what stood before the lines, and a trailer that tells no totals."""
        word, place = self.mapping.kinds.get("trailer"), self.mapping.kind_at
        after = []
        if word:
            before = " " * (place.at - 1) if self.mapping.is_fixed else self.mapping.delimiter * (place.column - 1)
            after = [f"{before}{word}".encode(self.mapping.encoding)]
        return b"\n".join([*self.before.values(), raw, *after])

    def _begins_anew(self, raw):
        """Whether this is the header or the line of column names again: of files put one behind the other."""
        if self.has_trailer and raw in self.before.values():
            self.sums, self.unsure, self.details, self.unknown = Counter(), set(), 0, 0
            self.has_trailer = False
            return True
        return raw == self.before.get("names") or (
            raw == self.before.get("header") and "trailer" not in self.mapping.kinds
        )

    def _kind(self, values):
        if self.mapping.kind_at is None:
            return "detail"
        told = _at(values, self.mapping.kind_at, self.names).strip()
        return next((name for name, word in self.mapping.kinds.items() if word == told), None)

    def _values(self, raw):
        """The columns of a line; of a fixed one its text alone."""
        if len(raw) > LONGEST_LINE_BYTES:
            _too_long(None)
        try:
            text = raw.decode(self.mapping.encoding)
        except UnicodeDecodeError:
            raise Rejected([problem("line", "not_utf_8", "is not UTF-8.")])
        if self.mapping.is_fixed:
            return text
        try:
            return (split_quoted if self.mapping.is_quoted else split_plain)(text, self.mapping.delimiter)
        except BadQuoting as fault:
            raise Rejected([problem("line", fault.code, "has quotes that do not match up.")])

    def _take_names(self, values, number):
        names = [value.strip().upper() for value in values]
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise FeedRefused("duplicate_column", f"The file names {', '.join(sorted(twice))} more than once.", number)
        self.names = {name: place for place, name in enumerate(names)}
        places = [*(place for place, _ in self.readers.values()), *(self.mapping.leave_out[:1])]
        wanted = {place.column.upper() for place in places if isinstance(place.column, str)}
        if lacking := sorted(wanted - set(names)):
            raise FeedRefused("missing_column", f"The file lacks the columns {', '.join(lacking)}.", number)

    def _build(self, values, seen):
        if self.mapping.leave_out:
            place, left_out = self.mapping.leave_out
            if _at(values, place, self.names).strip() in left_out:
                self._read_sums(values)
                seen.notes["left_out_by_mapping"] += 1
                return []
        told, problems = dict(DEFAULTS), []
        width = len(values)
        if not self.mapping.is_fixed and self.names and width != len(self.names):
            self._is_unsure()
            raise Rejected(
                [problem("line", "column_count", f"has {width} columns, and the file has {len(self.names)}.")]
            )
        for name, (place, read) in self.readers.items():
            if place.value is not None:
                told[name] = place.value
                continue
            try:
                told[name] = read(_at(values, place, self.names).strip(" "))
            except FieldFault as fault:
                problems.append(problem(name, fault.code, f"{fault.message}."))
        self._read_sums(values)
        return [("pharmacy_claim", self._row(told, problems, seen))]

    def _row(self, told, problems, seen):
        quantity, paid = told["quantity"], told["paid_cents"]
        is_negative = (quantity is not None and quantity < 0) or (paid is not None and paid < 0)
        if not told["transaction"]:
            told["transaction"] = "B2" if self.mapping.negative_reverses and is_negative else "B1"
        is_reversal = told["transaction"] == "B2"
        faulty = {one.field for one in problems}
        for name in ("claim_id", "member_id", "filled_on"):
            if name not in faulty:
                present(problems, name, told[name])
        not_in_the_future(problems, "filled_on", told["filled_on"], seen.today)
        if quantity is not None and quantity < 0 and not is_reversal:
            problems.append(problem("quantity", "negative_quantity", "is negative on a line that is not a reversal."))
        told["days_supply"] = supply(problems, "days_supply", told["days_supply"], is_reversal=is_reversal)
        if is_reversal and self.mapping.acts_on == "original_claim_id" and not told["original_claim_id"]:
            present(problems, "original_claim_id", "")
        if problems:
            raise Rejected(problems)
        if is_reversal and self.mapping.acts_on != "original_claim_id":
            told["original_claim_id"] = told["claim_id"] if self.mapping.acts_on == "same_id" else ""
        told |= {"claim_line": 1, "is_reversal": is_reversal, "version": day_number(told["paid_on"])}
        told["source"] = f"ncpdp_history:{self.mapping.name}"[:60]
        if not is_reversal:
            for name, note in COUNTED:
                seen.notes[note] += told[name] in (None, "")
        return tuple(told[name] for name in PHARMACY_CLAIM.names)

    def _read_sums(self, values):
        """Adds to the sums that the trailer tells; an amount that cannot be read makes its sum unsure."""
        for name in self.mapping.trailer:
            if name == "lines" or name not in self.readers:
                continue
            place, read = self.readers[name]
            try:
                self.sums[name] += read(_at(values, place, self.names).strip(" ")) or 0
            except FieldFault:
                self.unsure.add(name)

    def _is_unsure(self):
        """A line that nobody can read: it counts as a claim, and no sum can be held against the trailer."""
        self.details += 1
        self.unsure |= set(self.mapping.trailer) - {"lines"}

    def _check_trailer(self, values, number):
        for name, place in self.mapping.trailer.items():
            read = reader_of(name, FIELDS.get(name, "int"), place, None, is_sum=True)
            try:
                told = read(_at(values, place, self.names).strip(" "))
            except FieldFault as fault:
                raise FeedRefused("bad_trailer", f"In the trailer {name} {fault.message}.", number)
            found = self.details if name == "lines" else self.sums[name]
            more = self.unknown if name == "lines" else 0
            if told is not None and name not in self.unsure and not found <= told <= found + more:
                says = f"The trailer says {_shown(name, told)} {name}, and the file has {_shown(name, found)}."
                raise FeedRefused("control_total", says, number)


def _shown(name, value):
    return f"{value / 100:,.2f}" if name.endswith("_cents") else f"{value:,}"


def _at(values, place, names):
    """The text at a place; '' for a line that is too short."""
    if place.at:
        return values[place.at - 1 : place.at - 1 + place.width]
    column = names.get(place.column.upper(), -1) if isinstance(place.column, str) else place.column - 1
    return values[column] if 0 <= column < len(values) else ""


def _too_long(seen):
    raise Rejected([problem("line", "line_too_long", f"is longer than {LONGEST_LINE_BYTES:,} bytes.")])


def _reject(problems, seen):
    raise Rejected(problems)


def cut(mapping, blocks):
    return iter(Cutter(mapping, numbered(blocks)))
