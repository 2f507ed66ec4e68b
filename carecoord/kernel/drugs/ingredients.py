"""From a substance as the FDA writes it to the name of the active ingredient that drug sets use."""

import re
from functools import cache, lru_cache
from pathlib import Path

# What must not stand alone: "POTASSIUM CHLORIDE" is not potassium's chloride salt of a drug, it is the drug.
_ELEMENTS = frozenset({
    "aluminum", "ammonium", "barium", "calcium", "choline", "ferric", "ferrous", "gold", "hydrogen", "isosorbide",
    "lithium", "magnesium", "nitrogen", "potassium", "silver", "sodium", "strontium", "zinc",
})  # fmt: skip
# One name for one thing: what the label says, and what the drug sets say.
_ALIASES = {
    "glibenclamide": "glyburide",
    "albuterol sulphate": "albuterol",
    "insulin beef": "insulin",
    "insulin pork": "insulin",
    "divalproex": "valproic acid",
    "valproate": "valproic acid",
    "gabapentin enacarbil": "gabapentin",
    "glycopyrronium": "glycopyrrolate",
    "paliperidone palmitate": "paliperidone",
    "aripiprazole lauroxil": "aripiprazole",
    "homatropine methylbromide": "homatropine",
    "prochlorperazine edisylate": "prochlorperazine",
    "esomeprazole strontium": "esomeprazole",
    "conjugated estrogens": "estrogens, conjugated",
    "vilanterol trifenatate": "vilanterol",
}
# FDA gives biologicals a suffix of four letters without a meaning: insulin glargine-yfgn is insulin glargine.
_BIOLOGICAL_SUFFIX = re.compile(r"-[a-z]{4}$")
_BIOLOGICALS = ("insulin ",)


@cache
def salt_words() -> tuple[tuple[str, ...], ...]:
    """The words of salts.txt, lower case, each as a tuple of words; longest first."""
    lines = (Path(__file__).parent / "salts.txt").read_text(encoding="utf-8").splitlines()
    words = (tuple(line.lower().split()) for line in lines if line and not line.startswith("#"))
    return tuple(sorted(words, key=len, reverse=True))


@cache
def ingredient(substance: str) -> str:
    """'LOSARTAN POTASSIUM' -> 'losartan'; 'POTASSIUM CHLORIDE' stays; empty stays empty."""
    words = substance.lower().split()
    while (shorter := _without_salt(words)) != words:
        words = shorter
    name = " ".join(words)
    if name.startswith(_BIOLOGICALS):
        name = _BIOLOGICAL_SUFFIX.sub("", name).removesuffix(" protamine")
    return _ALIASES.get(name, name)


def _without_salt(words: list[str]) -> list[str]:
    for salt in salt_words():
        rest = words[: -len(salt)]
        if tuple(words[-len(salt) :]) == salt and rest and rest[0] not in _ELEMENTS:
            return rest
    return words


_BETWEEN_INGREDIENTS = re.compile(r"\s*(?:;|,|/|\band\b|\(|\))\s*", re.IGNORECASE)


@lru_cache(4_096)  # the packages of a product come one after the other
def ingredients(substances: str, generic_name: str, targets: frozenset[str]) -> tuple[str, ...]:
    """The ingredients of a product, in the label's order, without doubles.

    `substances` is the FDA's list, parted by semicolons. It is empty for kits and wrong for a few products (three
    packages of benazepril name a dye), so an ingredient of our drug sets (`targets`) that only the generic name
    mentions is added; and when there is no substance at all, the generic name is all there is.
    """
    listed = [ingredient(part.strip()) for part in substances.split(";") if part.strip()]
    named = [ingredient(part) for part in _BETWEEN_INGREDIENTS.split(generic_name.strip()) if part]
    extra = [name for name in named if name in targets] if listed else named
    return tuple(dict.fromkeys(listed + extra))
