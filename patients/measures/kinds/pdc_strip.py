"""The day-by-day picture behind one PDC result: where each fill's supply went, and what every day of the period was.

Plain Python over the fills and stays of one patient. It takes the result's own dates from the SQL; a test on generated
histories holds its day counts against the SQL's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

COVERED, CARRIED, STAY, GAP = "covered", "carried", "stay", "gap"


@dataclass(frozen=True)
class FillFact:
    """One target ingredient of one fill. day: number since 1970-01-01. form: what the quantity counts, a group of drugs.forms."""

    event_id: int
    ndc: str
    product: str
    ingredient: str
    day: int
    days_supply: int | None
    pharmacy_id: int | None
    pharmacy_ref: str
    prescriber_ref: str
    quantity: Decimal | None
    form: str


@dataclass(frozen=True)
class Supplied:
    """A fill and the days that it supplies after carry-over: day numbers in order, stay days left out."""

    fill: FillFact
    days: tuple[int, ...]

    @property
    def carried(self) -> frozenset[int]:
        """Days of supply that lie outside fill date .. fill date + days supply - 1: they count by carry-over only."""
        return frozenset(day for day in self.days if day >= self.fill.day + self.fill.days_supply)


@dataclass(frozen=True)
class Run:
    """Days of one state in a row, first and last day included."""

    from_day: int
    last_day: int
    state: str

    @property
    def days(self) -> int:
        return self.last_day - self.from_day + 1


def supplied(fills: Iterable[FillFact], stay_days: frozenset[int]) -> list[Supplied]:
    """Fills with the days that they supply. Within an ingredient a fill starts when the last one is used up."""
    free_from: dict[str, int] = {}
    found = []
    for fill in sorted(fills, key=lambda one: (one.day, one.event_id, one.ingredient)):
        start = max(fill.day, free_from.get(fill.ingredient, fill.day))
        days = tuple(_next_days(start, fill.days_supply, stay_days))
        free_from[fill.ingredient] = days[-1] + 1
        found.append(Supplied(fill, days))
    return found


def _next_days(day: int, count: int, stay_days: frozenset[int]) -> Iterator[int]:
    while count:
        if day not in stay_days:
            yield day
            count -= 1
        day += 1


def strip(found: list[Supplied], stay_days: frozenset[int], *, index_day: int, seen_day: int) -> list[Run]:
    """What each day from index_day to seen_day was: stay, covered, carried (covered by carry-over only) or gap."""
    covered = {day for one in found for day in one.days}
    in_time = {day for one in found for day in one.days if day not in one.carried}

    def state(day: int) -> str:
        if day in stay_days:
            return STAY
        if day in in_time:
            return COVERED
        return CARRIED if day in covered else GAP

    runs: list[Run] = []
    for day in range(index_day, seen_day + 1):
        now = state(day)
        if runs and runs[-1].state == now:
            runs[-1] = Run(runs[-1].from_day, day, now)
        else:
            runs.append(Run(day, day, now))
    return runs
