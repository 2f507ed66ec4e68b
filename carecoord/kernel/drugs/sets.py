"""Drug sets: one CSV a set under sets/, by ingredient, with the exceptions that a name list cannot say.

Columns, all but the first optional; several values are parted by |. An empty cell takes the value of the row `*`, if there is one.

- ingredient: a plain name (ingredients.py). One that ends in * is how names begin: `influenza b virus*` is the antigen of every strain.
  A package counts for it once, however many of its substances begin so, and without a strength. Where the directory lists
  substances, the generic name adds whole names only.
- only_forms: groups of dose forms (forms.py) that count; a product of any other does not.
- not_routes: a product whose routes are all among these does not count.
- not_dose_forms: a product whose dose form, as the FDA writes it, holds these words does not count.
- not_names: label names that do not count, by how they begin. only_named: label or generic names must hold one of these words.
- not_with: a product that also holds one of these ingredients does not count.
- daily_mg: the least daily dose that counts, in mg, both ends included; after > the dose itself does not count.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from .forms import EVERY, group

FOLDER = Path(__file__).parent / "sets"
NANOGRAMS = 1_000_000  # in a milligram
ANY_END = "*"
_DILUTIONS = ("[hp_", "[kp_", "{kp_")  # homeopathic: the name of the ingredient, not the medicine


@dataclass(frozen=True)
class Entry:
    """One ingredient of a set, or how several begin, and the products that do not count although they hold it."""

    ingredient: str
    only_forms: frozenset[str] = frozenset()
    not_routes: frozenset[str] = frozenset()
    not_dose_forms: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()
    only_named: tuple[str, ...] = ()
    not_with: frozenset[str] = frozenset()
    least_daily_ng: int | None = None

    def counts(self, product) -> bool:
        """Whether a product that holds the ingredient counts (by name, ingredients, form and route). No route: it does."""
        routes = {part.strip() for part in product.route.split(";") if part.strip()}
        return (
            not (routes and routes <= self.not_routes)
            and (not self.only_forms or group(product.dose_form, product.route) in self.only_forms)
            and not any(words in product.dose_form for words in self.not_dose_forms)
            and self._is_named(product)
            and self.not_with.isdisjoint(product.ingredients)
            and not any(unit in product.unit for unit in _DILUTIONS)
        )

    def _is_named(self, product) -> bool:
        name, names = product.name.casefold(), f"{product.name} {product.generic_name}".casefold()
        return not any(name.startswith(word) for word in self.not_names) and (
            not self.only_named or any(word in names for word in self.only_named)
        )


class Label(NamedTuple):
    """What a set looks at in a product. Many packages share one."""

    name: str
    generic_name: str
    ingredients: tuple[str, ...]
    dose_form: str
    route: str
    unit: str


@dataclass(frozen=True)
class DrugSet:
    code: str
    entries: dict[str, Entry]  # by ingredient, with its * if it has one

    def members(self, product) -> list[str]:
        """The names in this set of what `product` holds and counts for it."""
        names = dict.fromkeys(name for substance in product.ingredients for name in named(substance))
        return [name for name in names if name in self.entries and self.entries[name].counts(product)]


def read(path: Path) -> DrugSet:
    """A set from its CSV; the code is the file's name.

    Raises ValueError for a form that is none, a dose that is no number, and a dose of what has no strength.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    usual = next((row for row in rows if row["ingredient"] == "*"), {})
    cells = [{name: value or usual.get(name, "") for name, value in row.items()} for row in rows if row is not usual]
    return DrugSet(path.stem, {row["ingredient"]: _entry(row) for row in cells})


@cache
def title(code: str) -> str:
    """What the set is, as its file says in the first line: 'statins, alone and combined'. It can stand in a sentence."""
    with (FOLDER / f"{code}.csv").open(encoding="utf-8") as file:
        words = file.readline().lstrip("# ").strip().rstrip(".")
    first = words.split(maxsplit=1)[0]
    return words if first.isupper() else words[0].lower() + words[1:]


def _entry(row: dict[str, str]) -> Entry:
    def values(name):
        return [part for part in row.get(name, "").split("|") if part]

    if unknown := set(values("only_forms")) - set(EVERY):
        raise ValueError(f"{row['ingredient']}: no such group of forms: {', '.join(sorted(unknown))}")
    if row["ingredient"].endswith(ANY_END) and row.get("daily_mg"):
        raise ValueError(f"{row['ingredient']}: no dose is known of names that begin so.")
    return Entry(
        ingredient=row["ingredient"],
        only_forms=frozenset(values("only_forms")),
        not_routes=frozenset(values("not_routes")),
        not_dose_forms=tuple(values("not_dose_forms")),
        not_names=tuple(name.casefold() for name in values("not_names")),
        only_named=tuple(name.casefold() for name in values("only_named")),
        not_with=frozenset(values("not_with")),
        least_daily_ng=_least(row.get("daily_mg", "")),
    )


def _least(text: str) -> int | None:
    """'40' -> 40 mg in nanograms; '>6' -> one nanogram more than 6 mg; '' -> None."""
    if not text:
        return None
    return int(Decimal(text.removeprefix(">")) * NANOGRAMS) + text.startswith(">")


@cache
def every() -> dict[str, DrugSet]:
    """All sets by code."""
    return {path.stem: read(path) for path in sorted(FOLDER.glob("*.csv"))}


@cache
def vaccines() -> tuple[str, ...]:
    """The sets of vaccines: given once, not taken from day to day."""
    return tuple(code for code in every() if code.startswith("vaccine_"))


@cache
def by_ingredient() -> dict[str, tuple[tuple[str, Entry], ...]]:
    """Ingredient, with its * if it has one -> (set code, entry) of every set that names it."""
    found: dict[str, list[tuple[str, Entry]]] = {}
    for code, drug_set in every().items():
        for name, entry in drug_set.entries.items():
            found.setdefault(name, []).append((code, entry))
    return {name: tuple(entries) for name, entries in found.items()}


@cache
def _beginnings() -> tuple[str, ...]:
    return tuple(sorted(name.removesuffix(ANY_END) for name in targets() if name.endswith(ANY_END)))


def named(substance: str) -> list[str]:
    """The names that sets have for an ingredient of a product: its own, and how it begins."""
    names = [substance] if substance in by_ingredient() else []
    if substance.startswith(_beginnings()):
        names += [begins + ANY_END for begins in _beginnings() if substance.startswith(begins)]
    return names


@lru_cache(4_096)
def counting(label: Label) -> dict[str, tuple[tuple[str, Entry], ...]]:
    """Name that sets have for an ingredient -> (set code, entry) of every set for which it counts in a product with that label."""
    names = dict.fromkeys(name for substance in label.ingredients for name in named(substance))
    found = {name: tuple(each for each in by_ingredient()[name] if each[1].counts(label)) for name in names}
    return {name: entries for name, entries in found.items() if entries}


@cache
def targets() -> frozenset[str]:
    """Every ingredient that any set names, with its * if it has one."""
    return frozenset(name for drug_set in every().values() for name in drug_set.entries)
