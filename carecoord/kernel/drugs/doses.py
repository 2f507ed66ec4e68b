"""The strength of a package by ingredient, as an integer: nanograms in one unit of what a claim's quantity counts.

A unit is one tablet, capsule, film, suppository, actuation; one millilitre of a liquid; one gram of a cream. Of a patch it is the
rate: nanograms an hour. What is written otherwise is refused and counted, never guessed.
"""

import csv
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path

from .forms import PATCH, group

_CORRECTIONS = Path(__file__).parent / "data" / "strength_corrections.csv"
_NANOGRAMS = {"ng": 1, "ug": 1_000, "mcg": 1_000, "mg": 1_000_000, "g": 1_000_000_000}
_HOURS = {"h": 1, "d": 24}
_UNIT = re.compile(r"(?P<mass>ng|ug|mcg|mg|g)/(?P<count>\d*\.?\d*)(?P<of>1|mL|L|g|h|d)", re.IGNORECASE)
_NUMBER = re.compile(r"\d*\.?\d+")


@dataclass(frozen=True)
class Refused:
    """Why a package has no strength: parts_do_not_match, odd_number, odd_unit, patch_without_rate, rate_without_patch."""

    why: str


def strengths(product) -> dict[str, int | Refused]:
    """Nanograms a unit by ingredient, in the order of the label. Numbers and units are parted by semicolons, like substances."""
    is_patch = group(product.dose_form, product.route) == PATCH
    numbers, units = _parts(product.strength), _parts(product.unit)
    if not len(numbers) == len(units) == len(product.ingredients):
        return dict.fromkeys(product.ingredients, Refused("parts_do_not_match"))
    written = dict(zip(product.ingredients, zip(numbers, units, strict=True), strict=True))
    if meant := corrections().get(product.ndc11):
        written[meant[0]] = meant[1:]
    return {name: nanograms(*each, is_patch) for name, each in written.items()}


@lru_cache(8_192)
def nanograms(number: str, unit: str, is_patch: bool) -> int | Refused:
    """'7.5', 'mg/15mL' -> 500000 (in a millilitre); '25', 'ug/h' of a patch -> 25000 (an hour)."""
    if not _NUMBER.fullmatch(number) or not Fraction(number):
        return Refused("odd_number")
    if not (found := _UNIT.fullmatch(unit)):
        return Refused("odd_unit")
    mass, count, of = found["mass"].lower(), found["count"], found["of"].lower()
    if (of == "1" and count) or count in {"0", "."}:  # 'mg/301' may be thirty of something
        return Refused("odd_unit")
    if (of in _HOURS) != is_patch:
        return Refused("patch_without_rate" if is_patch else "rate_without_patch")
    parts = Fraction(count or 1) * _HOURS.get(of, 1_000 if of == "l" else 1)
    return round(Fraction(number) * _NANOGRAMS[mass] / parts)


@cache
def corrections() -> dict[str, tuple[str, str, str]]:
    """NDC -> (ingredient, strength, unit) of packages that the directory writes wrongly."""
    with _CORRECTIONS.open(encoding="utf-8", newline="") as file:
        return {row["ndc11"]: (row["ingredient"], row["strength"], row["unit"]) for row in csv.DictReader(file)}


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";")] if text.strip() else []
