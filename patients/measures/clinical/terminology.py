"""Value sets that the licensee brings, and what is known without them.

The file is delimited text with a header that names the columns `valueset_oid`, `title`, `code_system`, `code` (others are not
read), UTF-8. A value set is known by its identifier where `data/value_sets.csv` names it, else by its title; rows of one title are
one set, so that a grouping and its members agree. It is licensed by its owner (VSAC, SNOMED, AMA) and is never kept here.
`data/known_codes.csv` (public facts) and `data/deck_codes.csv` (what test decks reveal) have codes that stand in for a code system of
which the file has no code in the set.
"""

import csv
import io
from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

SNOMED, CPT, HCPCS, ICD10, ICD10PCS = "SNOMEDCT", "CPT", "HCPCS", "ICD10CM", "ICD10PCS"
LOINC, RXNORM, CVX = "LOINC", "RXNORM", "CVX"
WHOLE_SET = "VALUESET"  # system of a "code" that is the OID of a whole value set, as what was not done may name it
# Names of code systems as files and addresses have them, in letters and digits alone.
SYSTEMS = {"snomedct": SNOMED, "sct": SNOMED, "snomedctus": SNOMED, "cpt": CPT, "hcpcs": HCPCS, "hcpcs2": HCPCS}
SYSTEMS |= {
    "hcpcslevelii": HCPCS,
    "hcpcsreleasecodesets": HCPCS,
    "icd10cm": ICD10,
    "icd10pcs": ICD10PCS,
    "icd10": ICD10PCS,
}
SYSTEMS |= {"loinc": LOINC, "loincorg": LOINC, "rxnorm": RXNORM, "cvx": CVX}
COLUMNS = ("title", "code_system", "code")
DATA = Path(__file__).with_name("data")
KNOWN = (DATA / "known_codes.csv", DATA / "deck_codes.csv")
NAMED = DATA / "value_sets.csv"
LARGEST_FILE_BYTES = 256 << 20
PREFIX, NAME = "*", "~"
PAGE = 1000  # VSAC gives codes by the thousand: a set of just so many was cut


class BadValueSets(ValueError):
    """The file of value sets cannot be used; the sentence says why."""


def system_of(name):
    """The name of a code system here: `http://snomed.info/sct` and `SNOMED CT` are SNOMEDCT; an unknown one stays as it is."""
    last = name.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    short = "".join(char for char in last.casefold() if char.isalnum())
    return SYSTEMS.get(short, last)


@dataclass
class ValueSet:
    """`codes` are (system, code); `prefixes` the same with the start of a code; `names` words of drug names; `oids` its own names."""

    title: str
    oids: set = field(default_factory=set)
    codes: set = field(default_factory=set)
    prefixes: set = field(default_factory=set)
    names: set = field(default_factory=set)

    def add(self, system, code):
        if code.endswith(PREFIX):
            self.prefixes.add((system, code[:-1]))
        elif code.startswith(NAME):
            self.names.add((system, code[1:].casefold()))
        else:
            self.codes.add((system, code))

    def has(self, coding):
        if (coding.system, coding.code) in self.codes:
            return True
        if coding.system == WHOLE_SET:
            return coding.code in self.oids
        if any(coding.system == system and coding.code.startswith(start) for system, start in self.prefixes):
            return True
        return any(coding.system == system and _is_named(coding.display, name) for system, name in self.names)

    @property
    def systems(self):
        return {system for system, _ in (*self.codes, *self.prefixes, *self.names)}


def _is_named(display, words):
    """`dipyridamole -injection`: the name has these words, and none that stands behind a minus."""
    display = display.casefold()
    wanted = [word.replace("_", " ") for word in words.split()]
    return bool(display) and all((word[1:] not in display) if word[0] == "-" else (word in display) for word in wanted)


class Terms:
    """Value sets by title. `supposed` adds single codes to sets: what a difference is tried with."""

    def __init__(self, brought=(), cut=()):
        self.sets = {}
        for row in brought:
            self._add(*row)
        told = {title: found.systems for title, found in self.sets.items()}
        self.brought, self.systems = frozenset(told), frozenset().union(*told.values())
        for row in known():
            if row[2] not in told.get(row[0], ()):
                self._add(*row)
        self.cut, self.supposed = frozenset(cut), frozenset()

    def _add(self, title, oid, system, code):
        found = self.sets.setdefault(title, ValueSet(title))
        found.add(system, code)
        found.oids.add(oid)

    def supposing(self, *pairs):
        """The same with these (title, (system, code)) as well."""
        other = copy(self)
        other.supposed = frozenset(pairs)
        return other

    def has(self, title, coding):
        found = self.sets.get(title)
        return (found is not None and found.has(coding)) or (title, (coding.system, coding.code)) in self.supposed

    def may_lack(self, title, coding):
        """Whether the set could hold the code and the file cannot say so: it brings no such set, a set that was cut, or no code of
        that system in any set, as where a licence took them out; and no set knows the code."""
        lacks = title not in self.brought or title in self.cut or coding.system not in self.systems
        return lacks and not any(one.has(coding) for one in self.sets.values())


@cache
def titles():
    """Identifier of a value set -> the title under which definitions ask for it."""
    lines = (line for line in io.StringIO(NAMED.read_text("utf-8"), newline="") if not line.startswith("#"))
    return {row["oid"]: row["title"] for row in csv.DictReader(lines)}


@cache
def known():
    return tuple(row for path in KNOWN for row in _rows(path.read_text("utf-8"), path.name))


def load(path):
    """Terms of a licensee's file. Raises BadValueSets."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise BadValueSets(f"{path.name} is larger than {LARGEST_FILE_BYTES:,} bytes.")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadValueSets(f"{path.name} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        raise BadValueSets(f"{path.name} is not UTF-8.")
    rows = tuple(_rows(text, path.name))
    return Terms(rows, cut=_cut(text))


def _cut(text):
    """Titles of the sets of which the file holds one page."""
    lines = csv.DictReader(io.StringIO(text, newline=""))
    sizes = Counter((row["title"], _oid(row)) for row in lines)
    return {titles().get(oid, title) for (title, oid), size in sizes.items() if size == PAGE}


def _oid(row):
    """The identifier without the version that some files add behind a hyphen."""
    return (row.get("valueset_oid") or "").partition("-")[0]


def _rows(text, name):
    lines = (line for line in io.StringIO(text, newline="") if not line.startswith("#"))
    reader = csv.DictReader(lines)
    if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
        raise BadValueSets(f"{name} has no column {', '.join(missing)}.")
    try:
        for row in reader:
            title, system, code = (row[column] for column in COLUMNS)
            oid = _oid(row)
            if not (title and system and code):
                raise BadValueSets(f"{name}: row {reader.line_num} lacks its title, code system or code.")
            yield titles().get(oid, title), oid, system_of(system), code
    except csv.Error as error:
        raise BadValueSets(f"{name}: row {reader.line_num}: {error}.")
