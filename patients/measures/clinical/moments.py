"""Times of FHIR and the questions that measures ask of them. All answers are certain ones: what may be otherwise is no.

A FHIR time may lack its clock, day or month; a year of 9999 means no end, and years outside 1850 to 2200 are refused. It is kept
as its first and last possible instant, in UTC, since the measures' day is that of the period's own clock (CQL 1.5, "DateTime" and
"Timezone Offset"). A period without an end goes on; one without a start began at an unknown time (FHIRHelpers, ToInterval).
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

FIRST = datetime(1, 1, 1)  # noqa: DTZ001 - all instants here are UTC without saying so
LAST = datetime.max  # noqa: DTZ901
YEARS = range(1850, 2201)
NO_END = "9999-"
SHAPE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)


class NotATime(ValueError):
    """The text is no time of FHIR."""


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A time: its first and its last possible instant, UTC."""

    low: datetime
    high: datetime

    @property
    def day(self):
        return self.low.date()


def moment(text):
    """A FHIR date, dateTime or instant -> Moment. Raises NotATime."""
    match = SHAPE.fullmatch(text)
    if not match:
        raise NotATime(text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if text.startswith(NO_END):
        return Moment(LAST, LAST)
    if int(year) not in YEARS:
        raise NotATime(text)
    try:
        if hour is None:
            return _days(int(year), month and int(month), day and int(day))
        micros = int((fraction or "0").ljust(6, "0")[:6])
        told = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros)  # noqa: DTZ001
        instant = told - _offset(zone)
    except (ValueError, OverflowError):
        raise NotATime(text)
    return Moment(instant, instant)


def _days(year, month, day):
    first = date(year, month or 1, day or 1)
    last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    return Moment(datetime.combine(first, time.min), datetime.combine(last, time.max))


def _offset(zone):
    if zone in (None, "Z"):
        return timedelta()
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    timezone(offset)  # raises ValueError beyond a day
    return -offset if zone[0] == "-" else offset


def of_day(day):
    return Moment(datetime.combine(day, time.min), datetime.combine(day, time.max))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: the first and last instant at which it may start, and at which it may end."""

    starts: Moment
    ends: Moment

    @property
    def latest(self):
        """Its end, or its start when it goes on."""
        return self.starts if self.ends.low == LAST else self.ends

    def __str__(self):
        """`2026-01-01 to 2026-03-31`: what stands in a trail."""
        first = "unknown" if self.starts.low == FIRST else self.starts.day.isoformat()
        if self.ends.low == LAST:
            return f"from {first} on"
        return first if self.starts == self.ends else f"{first} to {self.ends.day.isoformat()}"


def at(when):
    return Span(when, when)


def between(start, end):
    """Span of a Period: an absent end goes on, an absent start is unknown. Both absent: None."""
    if start is None and end is None:
        return None
    end = end or Moment(LAST, LAST)
    return Span(start or Moment(FIRST, end.high), end)


def days(first, last):
    """Span of whole days, both included."""
    return Span(of_day(first), of_day(last))


def overlaps(one, other):
    """Whether they share a day."""
    return bool(one and other) and _not_after(one.starts, other.ends) and _not_after(other.starts, one.ends)


def _not_after(start, end):
    return start.high.date() <= end.low.date()


def during(one, other):
    """Whether the one lies within the other, by day."""
    if one is None or other is None:
        return False
    return other.starts.high.date() <= one.starts.low.date() and one.ends.high.date() <= other.ends.low.date()


def within_instants(one, other):
    """As `during`, by the instant."""
    if one is None or other is None:
        return False
    return other.starts.low <= one.starts.low and one.ends.high <= other.ends.high


def overlaps_instants(one, other):
    """As `overlaps`, by the instant. Two times that are told alike are equal, however little they tell."""
    return bool(one and other) and _by(one.starts, other.ends) and _by(other.starts, one.ends)


def _by(start, end):
    return start == end or start.high <= end.low


def starts_during(one, other):
    return one is not None and one.starts.low != FIRST and during(at(one.starts), other)


def ends_during(one, other):
    return one is not None and one.ends.low != LAST and during(at(one.ends), other)


def starts_by(one, other):
    """Whether it starts on or before the last day of the other."""
    return one is not None and one.starts.high.date() <= other.ends.low.date()


def overlaps_before(one, other):
    """Whether it starts before the other and reaches into it."""
    return overlaps(one, other) and one.starts.high.date() < other.starts.low.date()


def years_between(born, day):
    """Completed years on that day: an age."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def months_later(day, count):
    """The same day so many months later, or the month's last when it is shorter."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
