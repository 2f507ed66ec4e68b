"""Shapes: what one kind of file looks like, and how its header becomes a plan for its lines."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

from ...checks import Rejected, problem
from ...fields import FieldFault, Text
from ...records import Layout
from .outcome import FeedRefused
from .raw import COLUMNS


@dataclass(frozen=True, slots=True)
class In:
    """One column that a shape reads: its name in the header and the reader of its values (see `fields`). `checked`: the
    codes of the faults that `build` finds in it, beside those of the reader."""

    name: str
    read: object
    needed: bool = False
    checked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """What the sender of a file should know of one field. `faults`: every code that a reject may name for it."""

    name: str
    means: str
    type: str
    needed: bool = False
    example: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    """One kind of file of a format.

    `inputs` are read from every line, in this order, and handed to `build(values, seen)`, which returns the clean rows
    of the line (one or more tuples in the order of `layout`) or raises `checks.Rejected`. A column that the file lacks
    reads as empty. `needed_groups`: of each group, one column must be in the header. `known`: every documented column,
    for the drift report; `extras` are documented columns that nobody misses. `columns(today)`: for a kind that comes in
    great files, the same for many lines at once (reading/columns.py).
    """

    code: str
    layout: Layout
    inputs: tuple[In, ...]
    build: Callable
    known: tuple[str, ...] = ()
    extras: frozenset = frozenset()
    needed_groups: tuple[tuple[str, ...], ...] = ()
    columns: Callable | None = None


def careful_rows(shape, texts, seen):
    """The rows of one record, whose `texts` are in the order of the shape's inputs. Raises Rejected with every problem."""
    read, problems = [], []
    for one, text in zip(shape.inputs, texts, strict=True):
        try:
            read.append(one.read.careful(text))
        except FieldFault as fault:
            problems.append(problem(one.name, fault.code, f"{fault.message}."))
            read.append(one.read.careful(""))
    try:
        rows = shape.build(read, seen)
    except Rejected as rejected:
        faulty = {one.field for one in problems}
        raise Rejected(problems + [one for one in rejected.problems if one.field not in faulty])
    if problems:
        raise Rejected(problems)
    return rows


@dataclass(frozen=True, slots=True)
class Drift:
    """How a header differs from the documented one. Only names, no values."""

    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()

    def __bool__(self):
        return bool(self.missing or self.unknown or self.duplicated or self.reordered)


@dataclass(slots=True)
class Plan:
    """A shape laid over one header: which values to pick from a line, and with what to read them."""

    header: tuple[str, ...]
    shape: Shape
    pick: Callable = field(init=False)
    quick: tuple = field(init=False)
    pick_texts: Callable = field(init=False)
    longest_text: int = field(init=False)

    def __post_init__(self):
        place = {name: index for index, name in enumerate(self.header)}
        inputs = self.shape.inputs
        # The reader appends one empty value to every line: -1 points at it for the columns that the file lacks.
        self.pick = itemgetter(*(place.get(one.name, -1) for one in inputs))
        self.quick = tuple(one.read.quick for one in inputs)
        texts = [one for one in inputs if isinstance(one.read, Text)]
        # Twice the first: an itemgetter of one place would give a text instead of a tuple.
        self.pick_texts = itemgetter(*(place.get(one.name, -1) for one in [texts[0], *texts]))
        self.longest_text = min(one.read.longest for one in texts)


def check_header(header, shape, line):
    """Refuse a header that names a column twice or lacks what the shape needs."""
    twice = duplicated(header)
    if twice:
        raise FeedRefused("duplicate_column", f"The header names {', '.join(twice)} more than once.", line)
    have = set(header)
    lacking = [one.name for one in shape.inputs if one.needed and one.name not in have]
    lacking += [" or ".join(group) for group in shape.needed_groups if not have.intersection(group)]
    if lacking:
        raise FeedRefused("missing_column", f"A {shape.code} file needs the columns {', '.join(lacking)}.", line)


def duplicated(header):
    return tuple(sorted({name for name in header if header.count(name) > 1}))


def drift_of(header, shape):
    """Compare a header with the documented columns of its shape."""
    have, known = set(header), set(shape.known)
    place = {name: index for index, name in enumerate(shape.known)}
    ordered = [name for name in header if name in known and name not in shape.extras]
    in_order = _longest_run([place[name] for name in ordered])
    return Drift(
        missing=tuple(name for name in shape.known if name not in have and name not in shape.extras),
        unknown=tuple(name for name in header if name not in known and name.lower() not in COLUMNS),
        duplicated=duplicated(header),
        reordered=tuple(name for name in ordered if place[name] not in in_order),
    )


def _longest_run(places):
    """The longest increasing subsequence: the columns that kept their order; the others are those that moved."""
    ends, tails, before = [], [], {}
    for place in places:
        at = bisect_left(ends, place)
        before[place] = tails[at - 1] if at else None
        ends[at : at + 1] = [place]
        tails[at : at + 1] = [place]
    run, place = set(), tails[-1] if tails else None
    while place is not None:
        run.add(place)
        place = before[place]
    return run
