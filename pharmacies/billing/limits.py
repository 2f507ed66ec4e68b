"""How often, with what, and for how many minutes a service is billed: dated rules as data (data/*.csv)."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from .reasons import read

EVERY_CONTRACT = "*"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `units` of the codes together in a calendar `per`."""

    contract: str
    codes: tuple[str, ...]
    units: int
    per: str
    since: date
    until: date | None

    def covers(self, day, other):
        """Whether both days lie in one period."""
        parts = {"day": 3, "month": 2, "year": 1}[self.per]
        return day.timetuple()[:parts] == other.timetuple()[:parts]


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Unit 1 needs `first` minutes beyond `after`, every further one `each` more; at most `most` units."""

    after: int
    first: int
    each: int
    most: int

    def minutes_for(self, units):
        return self.after + self.first + (units - 1) * self.each

    def units_in(self, minutes):
        """The most units that so many minutes carry."""
        beyond = minutes - self.after - self.first
        return min(1 + beyond // self.each, self.most) if beyond >= 0 else 0


@cache
def _limits():
    return tuple(
        Limit(
            contract=row["contract"],
            codes=tuple(row["codes"].split()),
            units=int(row["units"]),
            per=row["per"],
            since=date.fromisoformat(row["since"]),
            until=date.fromisoformat(row["until"]) if row["until"] else None,
        )
        for row in read("frequency_limits")
    )


def limits_on(contract, day):
    """The limits in force on the day: the contract's own rows, and the general ones for codes that it does not name."""
    in_force = [each for each in _limits() if each.since <= day and (each.until is None or day <= each.until)]
    own = [each for each in in_force if each.contract == contract]
    named = {code for each in own for code in each.codes}
    general = [each for each in in_force if each.contract == EVERY_CONTRACT and not named.intersection(each.codes)]
    return (*own, *general)


@cache
def addons():
    """Code -> the codes of which one has to stand beside it."""
    return {row["code"]: tuple(row["needs"].split()) for row in read("addons")}


@cache
def timed():
    """Code -> Timed."""
    numbers = ("after", "first", "each", "most")
    return {row["code"]: Timed(**{name: int(row[name]) for name in numbers}) for row in read("timed_units")}
