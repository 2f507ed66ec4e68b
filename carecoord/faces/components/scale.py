"""Places on a chart. Across, everything is a percentage with two decimals, so that text keeps its size when a chart
gets narrow;
down, everything is whole pixels. Decimal and int only: the same input gives the same picture on every machine.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

HUNDREDTH = Decimal("0.01")


def percent(part, whole):
    """`part` of `whole` as a string for an SVG attribute: "33.33%". Raises ValueError for an empty whole."""
    if whole <= 0:
        raise ValueError("A chart needs at least one day or unit to draw on.")
    return f"{(Decimal(part) * 100 / Decimal(whole)).quantize(HUNDREDTH)}%"


def day_and_month(day):
    """A date as a pharmacist says it: "3 Dec"."""
    return f"{day.day} {day:%b}"


def full_date(day):
    return f"{day.day} {day:%b %Y}"


@dataclass(frozen=True)
class DayScale:
    """Days from `start` to `end` (both drawn) onto the width of a chart, between `left` and `right` percent."""

    start: date
    end: date
    left: int = 0
    right: int = 100

    @property
    def days(self):
        return (self.end - self.start).days + 1

    def number(self, day):
        """Days from the first drawn day; the scale's ends hold back what lies outside."""
        return min(max((day - self.start).days, 0), self.days)

    def _place(self, number, offset):
        drawn = Decimal(self.right - self.left) * Decimal(number) / Decimal(self.days)
        return f"{(drawn + offset).quantize(HUNDREDTH)}%"

    def x(self, day):
        """Where the day begins."""
        return self._place(self.number(day), self.left)

    def middle(self, day):
        """The middle of a day: where a point of that day is drawn."""
        return self._place(Decimal(self.number(day)) + Decimal("0.5"), self.left)

    def width(self, first, last):
        """How wide the days from `first` to `last` are, both included; outside of the scale counts nothing."""
        return self._place(max(self.number(last + timedelta(days=1)) - self.number(first), 0), 0)

    def shows(self, day):
        return self.start <= day <= self.end

    def months(self):
        """Yield (first drawn day, last drawn day) of every month on the scale."""
        first = self.start
        while first <= self.end:
            following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
            yield first, min(following - timedelta(days=1), self.end)
            first = following
