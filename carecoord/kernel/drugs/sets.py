"""Drug sets: one CSV a set under sets/, by ingredient, with the exceptions that a name list cannot say."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sets"


@dataclass(frozen=True)
class Entry:
    """One ingredient of a set and the products that do not count although they hold it."""

    ingredient: str
    not_routes: frozenset[str]
    not_names: tuple[str, ...]
    not_with: frozenset[str]

    def counts(self, product) -> bool:
        """Whether a product that holds the ingredient counts (by name, ingredients and route). No route: it does."""
        routes = {part.strip() for part in product.route.split(";") if part.strip()}
        name = product.name.casefold()
        return (
            not (routes and routes <= self.not_routes)
            and not any(name.startswith(word) for word in self.not_names)
            and self.not_with.isdisjoint(product.ingredients)
        )


@dataclass(frozen=True)
class DrugSet:
    code: str
    entries: dict[str, Entry]  # by ingredient

    def members(self, product) -> list[str]:
        """The ingredients of `product` that count for this set."""
        return [name for name in product.ingredients if name in self.entries and self.entries[name].counts(product)]


def read(path: Path) -> DrugSet:
    """A set from its CSV; the code is the file's name."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        entries = {
            row["ingredient"]: Entry(
                ingredient=row["ingredient"],
                not_routes=frozenset(_values(row["not_routes"])),
                not_names=tuple(name.casefold() for name in _values(row["not_names"])),
                not_with=frozenset(_values(row["not_with"])),
            )
            for row in rows
        }
    return DrugSet(path.stem, entries)


@cache
def title(code: str) -> str:
    """What the set is, as its file says in the first line: 'statins, alone and combined'. It can stand in a sentence."""
    with (FOLDER / f"{code}.csv").open(encoding="utf-8") as file:
        words = file.readline().lstrip("# ").strip().rstrip(".")
    first = words.split(maxsplit=1)[0]
    return words if first.isupper() else words[0].lower() + words[1:]


def _values(text: str) -> list[str]:
    return [part for part in text.split("|") if part]


@cache
def every() -> dict[str, DrugSet]:
    """All sets by code."""
    return {path.stem: read(path) for path in sorted(FOLDER.glob("*.csv"))}


@cache
def targets() -> frozenset[str]:
    """Every ingredient that any set names."""
    return frozenset(name for drug_set in every().values() for name in drug_set.entries)
