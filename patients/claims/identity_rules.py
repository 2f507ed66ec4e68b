"""Which of a payer's ids are one person's. A pure function of the ids, of what feeds say links them, and of people's rulings.

- a *cross-reference* (a span that says nothing but two ids: CCLF9, a prior id of an 834) unites them, whatever else differs:
  the payer says outright that an id was changed.
- an id that stands beside member ids as their `person_id` unites them only if nobody among them differs from another in birth
  date, sex, suffix or first name where both say it. Families that share a number, twins, and a newborn under the mother's
  number therefore stay apart, and claims under the shared number alone wait. A number of more than LARGEST_GROUP ids is a
  placeholder and unites nobody.
- a person's ruling that two ids are the same unites them. One that they are not removes what links them directly, and what
  links them through one shared number.

What is united is the closure of these links, so that the order of deliveries, and cycles, do not matter. The id of today is
one that no cross-reference names as former; of several the one whose cover began last, then that which ends last, then the
smallest. The record that holds the person is the oldest one: what was documented stays where it was.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from .formats.reading.family import NO_NAME, letters

LARGEST_GROUP = 20


@dataclass(frozen=True, slots=True)
class Known:
    """An id with eligibility of its own, what is said under it, and the number of its record."""

    id: str
    record: int
    born_on: date | None = None
    sex: str = ""
    first_name: str = ""
    suffix: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    """The last day of cover; date.max for cover without an end."""


@dataclass(frozen=True, slots=True)
class Link:
    """`other` stands beside `id` in eligibility in force. `is_reference`: the line says nothing else."""

    id: str
    other: str
    is_reference: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Ids of one person. `record` holds them now; `today` is the id of today; both None if no id has eligibility."""

    ids: frozenset
    record: int | None
    today: str | None


def differences(one, other):
    """What both say, and say differently: of born_on, sex, first_name, suffix. A newborn without a name is like nobody else."""
    compared = {
        "born_on": (one.born_on, other.born_on),
        "sex": (one.sex, other.sex),
        "first_name": (letters(one.first_name), letters(other.first_name)),
        "suffix": (letters(one.suffix), letters(other.suffix)),
    }
    unnamed = any(NO_NAME.fullmatch(name) for name in compared["first_name"])
    return [
        name
        for name, (ours, theirs) in compared.items()
        if ours and theirs and (ours != theirs or unnamed and name == "first_name")
    ]


def persons(known, links, same, different):
    """All persons among the ids, as a list of Person. `known`: Known by id; `same`, `different`: pairs (frozensets) of ids."""
    kept, shared = _links(links, different)
    groups = _Groups(
        {*known, *(end for link in links for end in (link.id, link.other)), *(id for p in same for id in p)}
    )
    for one, other in same:
        groups.unite(one, other)
    for link in kept:
        if link.is_reference:
            groups.unite(link.id, link.other)
    for number in [each for each in shared if _agree(shared[each], known, groups)]:
        for id in shared[number]:
            groups.unite(id, number, later=True)
    groups.settle()
    former = {link.other for link in kept if link.is_reference}
    return [_person(ids, known, former) for ids in groups.all()]


def _links(links, different):
    """(links that no ruling removes, {shared number: the ids that it may unite, itself among them})."""
    beside = defaultdict(set)
    for link in links:
        beside[link.other].add(link.id)
    parted = {number for number, ids in beside.items() if any(pair <= ids for pair in different)}
    kept = {link for link in links if link.other not in parted and frozenset((link.id, link.other)) not in different}
    shared = defaultdict(set)
    for link in kept:
        if not link.is_reference:
            shared[link.other] |= {link.id, link.other}
    return kept, shared


def _agree(ids, known, groups):
    found = [known[id] for id in ids if id in known]
    if len(ids) > LARGEST_GROUP:
        return False
    pairs = combinations(found, 2)
    return not any(groups.of(one.id) != groups.of(other.id) and differences(one, other) for one, other in pairs)


class _Groups:
    """Sets of ids that grow together. What is united `later` waits until `settle`, so that no look in between depends on it."""

    def __init__(self, ids):
        self.parent, self.waiting = {id: id for id in ids}, []

    def of(self, id):
        while self.parent[id] != id:
            self.parent[id] = self.parent[self.parent[id]]
            id = self.parent[id]
        return id

    def unite(self, one, other, later=False):
        if later:
            self.waiting.append((one, other))
        else:
            self.parent[self.of(one)] = self.of(other)

    def settle(self):
        for one, other in self.waiting:
            self.unite(one, other)

    def all(self):
        found = defaultdict(set)
        for id in self.parent:
            found[self.of(id)].add(id)
        return found.values()


def _person(ids, known, former):
    found = [known[id] for id in ids if id in known]
    if not found:
        return Person(frozenset(ids), None, None)
    newest = lambda one: (one.starts_on or date.min, one.ends_on or date.min)  # noqa: E731
    standing = [one for one in found if one.id not in former] or found
    best = max(map(newest, standing))
    today = min(one.id for one in standing if newest(one) == best)
    return Person(frozenset(ids), min(one.record for one in found), today)
