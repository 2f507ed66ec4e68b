"""Dice and dates. Every draw comes from a generator seeded with whole numbers, so that a seed fixes every byte."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

_DAYS_BEFORE, _DAYS_AFTER = 1_200, 800


def dice(seed, stream, number=0):
    """A generator of its own for each member and each file: what one draws does not move the others."""
    mixed = (seed * 1_000_003 + stream) * 1_000_000_007 + number
    return random.Random(mixed).random  # noqa: S311 - invented people need repeatable dice, not secrets


def below(roll, limit):
    """A whole number from 0 to limit - 1."""
    return int(roll() * limit)


def between(roll, low, high):
    """A whole number from low to high, both included."""
    return low + int(roll() * (high - low + 1))


def pick(roll, things):
    return things[int(roll() * len(things))]


def happens(roll, per_mille):
    return roll() * 1_000 < per_mille


@dataclass(frozen=True, slots=True)
class Window:
    """The measurement year. Days are whole numbers: 0 is 1 January of the year, -1 the day before.

    `iso[day]` is the date as text; a negative day finds its place from the list's end, as Python does it.
    """

    year: int
    as_of: date
    today: int
    last: int
    iso: list

    def born(self, age, days_after_birthday):
        """The birth date, as text, of somebody who is `age` years old on 1 January, `days_after_birthday` since."""
        new_year = date(self.year - age, 1, 1)
        return (new_year - timedelta(days=days_after_birthday)).isoformat()


def window(year, as_of=None):
    """Raises ValueError when `as_of` is not a day of the year."""
    if not 1950 <= year <= 2099:
        raise ValueError("The measurement year must lie between 1950 and 2099.")
    as_of = as_of or date(year, 12, 31)
    if as_of.year != year:
        raise ValueError(f"The as-of date must be a day of {year}.")
    start = date(year, 1, 1)
    days = [*range(_DAYS_AFTER), *range(-_DAYS_BEFORE, 0)]
    return Window(
        year=year,
        as_of=as_of,
        today=(as_of - start).days,
        last=(date(year, 12, 31) - start).days,
        iso=[(start + timedelta(days=day)).isoformat() for day in days],
    )
