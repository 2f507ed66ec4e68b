"""Morphine milligram equivalents of one unit of an opioid, as integers. The factors and their days are data/mme_factors.csv."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from carecoord.kernel.periods import day_number

from .forms import PATCH
from .sets import NANOGRAMS

FILE = Path(__file__).parent / "data" / "mme_factors.csv"
FIRST_DAY, LAST_DAY = 0, 99_999  # open ends: 1970 and 2243
MOST_DAILY_NG = 10**11  # 100 grams
SCALE = 10_000
_IN_A_MILLIGRAM = {"mg": 1, "ug": 1_000, "ug/h": 1_000}


@dataclass(frozen=True)
class Factor:
    """MME of a milligram (of a patch: of a milligram an hour), times SCALE, for fills from first_day to last_day, both included.

    It holds for daily doses of the claim above over_daily_ng and up to most_daily_ng.
    """

    ingredient: str
    forms: frozenset[str]
    factor_e4: int
    first_day: int
    last_day: int
    over_daily_ng: int
    most_daily_ng: int
    standing: str

    def holds_for(self, form: str) -> bool:
        return form in self.forms if self.forms else form != PATCH

    def micro_mme(self, strength_ng: int) -> int:
        """Millionths of an MME in one unit of that strength."""
        return round(strength_ng * self.factor_e4 / SCALE)


@cache
def factors() -> dict[str, tuple[Factor, ...]]:
    """By ingredient, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        every = [_factor(row) for row in csv.DictReader(file)]
    return {one.ingredient: tuple(f for f in every if f.ingredient == one.ingredient) for one in every}


def of(ingredient: str, form: str, strength_ng: int | None) -> Iterator[tuple[Factor, int]]:
    """(factor, millionths of an MME a unit) of every factor that ever held; nothing when the strength is not known."""
    for one in factors().get(ingredient, ()):
        if strength_ng is not None and one.holds_for(form):
            yield one, one.micro_mme(strength_ng)


def _factor(row: dict[str, str]) -> Factor:
    def day(text, otherwise):
        return day_number(date.fromisoformat(text)) if text else otherwise

    def dose(text, otherwise):
        return int(Decimal(text) * NANOGRAMS) if text else otherwise

    return Factor(
        ingredient=row["ingredient"],
        forms=frozenset(part for part in row["forms"].split("|") if part),
        factor_e4=int(Decimal(row["factor"]) * SCALE * _IN_A_MILLIGRAM[row["per"]]),
        first_day=day(row["first_day"], FIRST_DAY),
        last_day=day(row["last_day"], LAST_DAY),
        over_daily_ng=dose(row["over_daily_mg"], 0),
        most_daily_ng=dose(row["most_daily_mg"], MOST_DAILY_NG),
        standing=row["standing"],
    )
