"""Records that are mappings of column names to values (JSON objects, rows of a Parquet file), read as lines of texts are.

Every value becomes the text that a CSV file would have, and goes to the shape's own readers: there is one set of rules. None
is empty. A number is written in plain digits, without zeros behind its point alone (`123.0` is `123`). True and false are
for columns of flags. A mapping, a list, or bytes are no value of a column.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from operator import call

from ...checks import Rejected, problem
from ...fields import BOOL, FLAG, FieldFault, Text
from .outcome import FeedRefused
from .shape import Drift, careful_rows

LONGEST_EXPONENT = 30  # beyond this a number is left as it was written, and its reader refuses it
MOST_NAMES = 100  # unknown columns that the drift report names
MOST_PLANS = 100
NAME = re.compile(r"[a-z0-9_. -]{1,60}")


class NoValue(ValueError):
    """The value is none that a column may have."""

    def __init__(self, code, message):
        super().__init__(code, message)
        self.code = code
        self.message = message


def number_text(text):
    """A number as JSON writes it -> plain digits: 1e2 -> 100, 30.0 -> 30."""
    if "e" in text or "E" in text:
        exponent = re.split("[eE]", text, maxsplit=1)[1]
        if len(text) > 2 * LONGEST_EXPONENT or len(exponent) > 3 or abs(int(exponent)) > LONGEST_EXPONENT:
            return text
        text = format(Decimal(text), "f")
    whole, _, decimals = text.partition(".")
    return text if decimals.strip("0") else whole


def text_of(value, *, is_flag):
    """The text of a value. Raises NoValue."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        if is_flag:
            return "true" if value else "false"
        raise NoValue("wrong_type", "is true or false, where a text or a number is needed.")
    if isinstance(value, (int, float, Decimal)):
        return number_text(str(value))
    if isinstance(value, datetime):
        is_day = not (value.hour or value.minute or value.second or value.microsecond)
        return value.strftime("%Y-%m-%d" if is_day else "%Y-%m-%d %H:%M:%S").zfill(10)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (dict, list, tuple)):
        raise NoValue("nested", "holds a list or an object, where one value is needed.")
    raise NoValue("wrong_type", "is neither a text nor a number.")


def shown(key):
    """A key as people may see it: what a sender writes there can be anything."""
    name = key.strip().lower()
    return name if NAME.fullmatch(name) else "line"


class Plan:
    """A shape laid over the keys of a record: which key each input of the shape is read from."""

    def __init__(self, shape, folded):
        self.shape = shape
        self.sources = tuple(folded.get(one.name) for one in shape.inputs)
        self.is_flag = tuple(one.read is BOOL or one.read is FLAG for one in shape.inputs)
        self.quick = tuple(one.read.quick for one in shape.inputs)
        self.longest_text = min(one.read.longest for one in shape.inputs if isinstance(one.read, Text))
        self.has_ssn = "social_security_number" in folded

    def rows(self, mapping, seen):
        """[(kind, row), ...] of one record. Raises Rejected."""
        texts, problems = [], []
        for place, source in enumerate(self.sources):
            value = None if source is None else mapping[source]
            if value is None:
                value = ""
            elif type(value) is not str:
                try:
                    value = text_of(value, is_flag=self.is_flag[place])
                except NoValue as fault:
                    problems.append(problem(self.shape.inputs[place].name, fault.code, fault.message))
                    value = ""
            texts.append(value)
        rows = None if problems else self._quickly(texts, seen)
        if rows is None:
            rows = self._carefully(texts, problems, seen)
        if self.has_ssn:
            seen.notes["social_security_column_ignored"] += 1
        return [(self.shape.layout.kind, row) for row in rows]

    def _quickly(self, texts, seen):
        """The rows of short, plain texts that nothing is wrong with; None for any other."""
        whole = "".join(texts)
        if not (whole.isascii() and whole.isprintable() and len(max(texts, key=len)) <= self.longest_text):
            return None
        try:
            return self.shape.build(list(map(call, self.quick, texts)), seen)
        except (FieldFault, Rejected):
            return None

    def _carefully(self, texts, problems, seen):
        try:
            rows = careful_rows(self.shape, texts, seen)
        except Rejected as rejected:
            faulty = {one.field for one in problems}
            raise Rejected(problems + [one for one in rejected.problems if one.field not in faulty])
        if problems:
            raise Rejected(problems)
        return rows


class Kinds:
    """What the kinds of a file's records are, seen from their keys, and how the keys differ from the documented columns.

    `recognise(names, number)` gives the Shape or raises FeedRefused. Keys are compared in lower case.
    """

    def __init__(self, recognise):
        self.recognise = recognise
        self.plans = {}
        self.seen = {}
        self.unknown = {}

    def rows(self, mapping, number, seen):
        """[(kind, row), ...] of one record. Raises Rejected."""
        return self.plan(tuple(mapping), number).rows(mapping, seen)

    def plan(self, keys, number):
        """The Plan of these keys. Raises Rejected for keys that are no record, or name a column twice."""
        plan = self.plans.get(keys)
        if plan is None:
            plan = self._new_plan(keys, number)
            if len(self.plans) >= MOST_PLANS:
                self.plans.clear()
            self.plans[keys] = plan
        return plan

    def _new_plan(self, keys, number):
        folded = {}
        for key in keys:
            name = key.strip().lower()
            if name in folded:
                raise Rejected([problem(shown(name), "duplicate_key", "is named more than once.")])
            folded[name] = key
        try:
            shape = self.recognise(tuple(folded), number)
        except FeedRefused:
            raise Rejected([problem("line", "unknown_kind", "has the columns of no kind that is read here.")])
        known = frozenset(shape.known)
        self.seen.setdefault(shape.code, (shape, set()))[1].update(known.intersection(folded))
        for name in folded:
            if name not in known and len(self.unknown) < MOST_NAMES:
                self.unknown[shown(name)] = None
        return Plan(shape, folded)

    @property
    def drift(self):
        """Documented columns that no record of its kind had, and columns that are not documented."""
        missing = {
            name: None
            for shape, have in self.seen.values()
            for name in shape.known
            if name not in have and name not in shape.extras
        }
        return Drift(missing=tuple(missing), unknown=tuple(self.unknown))
