"""The day strip: one therapeutic class over one treatment period, day by day, a row per ingredient and one for all
together.

`draw(strip)` turns what `explain` found into plain shapes that `_components/day_strip.html` writes as SVG and as a
table.
The strip decides nothing: coverage, carried-over days, stays, gaps and the last day come in as they were computed.
A day is drawn as *carried over* when it is covered only because an earlier supply was not used up:
it lies in a fill that was carried, and in no fill's own days counted from its dispensing.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .scale import DayScale, day_and_month, full_date

ONE_DAY = timedelta(days=1)
LABEL_PITCH = 16  # px between the lines of marker labels on top
ROW_PITCH = 40  # px from one row to the next: a line of text, then the bar
BAR_TOP, BAR_HEIGHT = 20, 13
AXIS_HEIGHT = 22
SHORTEST_LABELLED_GAP_DAYS = 12  # narrower gaps would not hold their number on a telephone
SHORTEST_LABELLED_MONTH_DAYS = 20


@dataclass(frozen=True)
class Fill:
    """One dispensing: `on` the day, `days` of supply, counted from `starts` to `ends` (both included) after
    carry-over."""

    on: date
    days: int
    starts: date
    ends: date
    carried: bool = False


@dataclass(frozen=True)
class Row:
    """One ingredient. `note` stands after its name, for instance "90 of 120 days"."""

    label: str
    fills: tuple[Fill, ...]
    note: str = ""


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last`, both included; `label` names a stay ("Hospital", "Nursing facility")."""

    first: date
    last: date
    label: str = ""

    @property
    def days(self):
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class DayStrip:
    """What `draw` takes. `title` names the class; `union_note` stands after the words "All together"."""

    start: date
    end: date
    today: date
    rows: tuple[Row, ...]
    stays: tuple[Span, ...] = ()
    gaps: tuple[Span, ...] = ()
    last_day: date | None = None
    supply_ends: date | None = None
    title: str = ""
    union_note: str = ""


@dataclass(frozen=True)
class Segment:
    kind: str  # covered | carried | future | future-carried
    x: str
    width: str
    title: str


@dataclass(frozen=True)
class Lane:
    label: str
    note: str
    top: int
    segments: tuple[Segment, ...]
    ticks: tuple[tuple[str, str], ...] = ()  # (x, title) of every dispensing
    gaps: tuple[tuple[str, str, str, str, str], ...] = ()  # (x, width, middle, number or "", title)

    @property
    def text_y(self):
        return self.top + 14

    @property
    def bar_y(self):
        return self.top + BAR_TOP

    @property
    def tick_y(self):
        return self.bar_y - 3

    @property
    def bar_bottom(self):
        return self.bar_y + BAR_HEIGHT


@dataclass(frozen=True)
class Marker:
    kind: str  # today | last | ends
    text: str
    x: str
    anchor: str  # start | end
    dx: int
    y: int

    @property
    def line_y(self):
        """The line starts beside its words."""
        return self.y - 10


@dataclass(frozen=True)
class Drawing:
    """Shapes for the template; all x and widths are percentages, all y are pixels."""

    key: str
    strip: DayStrip
    height: int
    axis_y: int
    lanes_top: int
    lanes: tuple[Lane, ...]
    stays: tuple[tuple[str, str, str], ...]  # (x, width, title)
    months: tuple[tuple[str, str, str], ...]  # (x of the first day, x of the middle, name or "")
    markers: tuple[Marker, ...]
    summary: tuple[str, ...]
    legend: tuple[str, ...]

    @property
    def lanes_height(self):
        return self.axis_y - self.lanes_top


def as_strip(source):
    """A DayStrip, from a DayStrip or from a mapping of the same shape, whose stays and gaps are {"from": date, "to":
    date}."""
    if isinstance(source, DayStrip):
        return source
    plain = dict(source)
    plain["rows"] = tuple(_as_row(row) for row in plain["rows"])
    plain["stays"] = tuple(_as_span(span) for span in plain.get("stays") or ())
    plain["gaps"] = tuple(_as_span(span) for span in plain.get("gaps") or ())
    return DayStrip(**plain)


def _as_row(row):
    if isinstance(row, Row):
        return row
    fills = tuple(fill if isinstance(fill, Fill) else Fill(**fill) for fill in row["fills"])
    return Row(label=row["label"], fills=fills, note=row.get("note", ""))


def _as_span(span):
    if isinstance(span, Mapping):
        return Span(span["from"], span["to"], span.get("label", ""))
    return span


def draw(source, *, key=None):
    """The Drawing of a strip. `key` makes its element ids unique on the page; without one it is drawn by lot.

    Raises ValueError when the period is empty or runs backwards."""
    strip = as_strip(source)
    if strip.end < strip.start:
        raise ValueError("The treatment period ends before it starts.")
    scale = DayScale(strip.start, strip.end)
    markers = _markers(strip, scale)
    lanes_top = LABEL_PITCH * len(markers) + 2
    lanes = _lanes(strip, scale, lanes_top)
    axis_y = lanes_top + ROW_PITCH * len(lanes)
    return Drawing(
        key=key or secrets.token_hex(4),
        strip=strip,
        height=axis_y + AXIS_HEIGHT,
        axis_y=axis_y,
        lanes_top=lanes_top,
        lanes=lanes,
        stays=tuple(
            (scale.x(s.first), scale.width(s.first, s.last), _span_text(s, s.label or "Stay"))
            for s in _seen(strip.stays, scale)
        ),
        months=tuple(_month(scale, first, last) for first, last in scale.months()),
        markers=markers,
        summary=_summary(strip),
        legend=_legend(strip, lanes),
    )


def _seen(spans, scale):
    return [span for span in spans if span.first <= scale.end and span.last >= scale.start]


def _days(first, last):
    return (first + ONE_DAY * number for number in range((last - first).days + 1))


def _classes(strip, fills):
    """Map every covered day of the period to its kind of segment."""
    own = {day for fill in fills for day in _days(fill.on, fill.on + ONE_DAY * (fill.days - 1))}
    kinds = {}
    for fill in fills:
        for day in _days(max(fill.starts, strip.start), min(fill.ends, strip.end)):
            carried = fill.carried and day not in own
            if day > strip.today:
                kinds[day] = "future-carried" if carried else "future"
            else:
                kinds[day] = "carried" if carried else "covered"
    return kinds


SAYS = {
    "covered": "covered",
    "carried": "covered by carried-over supply",
    "future": "supply still ahead",
    "future-carried": "carried-over supply still ahead",
}


def _segments(strip, scale, fills):
    """Days of one kind that follow each other are one segment."""
    runs = []
    for day, kind in sorted(_classes(strip, fills).items()):
        if runs and runs[-1][0] == kind and day - runs[-1][2] == ONE_DAY:
            runs[-1][2] = day
        else:
            runs.append([kind, day, day])
    return tuple(_segment(scale, *run) for run in runs)


def _segment(scale, kind, first, last):
    return Segment(kind, scale.x(first), scale.width(first, last), _span_text(Span(first, last), SAYS[kind]))


def _span_text(span, words):
    unit = "day" if span.days == 1 else "days"
    return f"{day_and_month(span.first)} to {day_and_month(span.last)}: {words}, {span.days} {unit}"


def _lanes(strip, scale, top):
    lanes = []
    for row in strip.rows:
        ticks = tuple(
            (scale.middle(fill.on), f"Dispensed {full_date(fill.on)}, {fill.days} days")
            for fill in row.fills
            if scale.shows(fill.on)
        )
        lanes.append(Lane(row.label, row.note, top + ROW_PITCH * len(lanes), _segments(strip, scale, row.fills), ticks))
    fills = tuple(fill for row in strip.rows for fill in row.fills)
    gaps = tuple(_gap(scale, span) for span in _seen(strip.gaps, scale))
    label = "All together" if len(strip.rows) > 1 else "Covered days"
    lanes.append(Lane(label, strip.union_note, top + ROW_PITCH * len(lanes), _segments(strip, scale, fills), (), gaps))
    return tuple(lanes)


def _gap(scale, span):
    middle = scale.middle(span.first + (span.last - span.first) // 2)
    number = str(span.days) if span.days >= SHORTEST_LABELLED_GAP_DAYS else ""
    return scale.x(span.first), scale.width(span.first, span.last), middle, number, _span_text(span, "gap")


def _month(scale, first, last):
    long_enough = (last - first).days + 1 >= SHORTEST_LABELLED_MONTH_DAYS
    return scale.x(first), scale.middle(first + (last - first) // 2), f"{first:%b}" if long_enough else ""


def _markers(strip, scale):
    """Labels above the rows, one line each, so that they never meet: those at the right read towards the left, the
    rightmost on top."""
    wanted = [
        ("today", "Today, ", strip.today),
        ("ends", "Supply ends ", strip.supply_ends),
        ("last", "Act by ", strip.last_day),
    ]
    seen = [(kind, words, day) for kind, words, day in wanted if day and scale.shows(day)]
    right = sorted((m for m in seen if scale.number(m[2]) * 2 >= scale.days), key=lambda m: m[2], reverse=True)
    left = sorted((m for m in seen if scale.number(m[2]) * 2 < scale.days), key=lambda m: m[2])
    markers = []
    for side, anchor, dx in ((right, "end", -5), (left, "start", 5)):
        for kind, words, day in side:
            y = LABEL_PITCH * len(markers) + 12
            x = (
                scale.middle(day) if kind == "today" else scale.x(day + ONE_DAY)
            )  # the others are over when their day is
            markers.append(Marker(kind, f"{words}{day_and_month(day)}", x, anchor, dx, y))
    return tuple(markers)


def _summary(strip):
    """Sentences that say what the picture shows; the description for those who do not see it."""
    lines = [f"{full_date(strip.start)} to {full_date(strip.end)}, seen on {full_date(strip.today)}."]
    for row in strip.rows:
        carried = sum(1 for kind in _classes(strip, row.fills).values() if kind.endswith("carried"))
        extra = f", {carried} days carried over" if carried else ""
        lines.append(f"{row.label}: {len(row.fills)} fill{'s' if len(row.fills) != 1 else ''}{extra}.")
    if strip.gaps:
        listed = "; ".join(f"{day_and_month(g.first)} to {day_and_month(g.last)}" for g in strip.gaps)
        lines.append(f"Without supply: {listed}.")
    else:
        lines.append("No gaps.")
    lines.extend(
        f"{stay.label or 'Stay'}: {day_and_month(stay.first)} to {day_and_month(stay.last)}." for stay in strip.stays
    )
    if strip.supply_ends:
        lines.append(f"Supply ends {full_date(strip.supply_ends)}.")
    if strip.last_day:
        lines.append(f"Last day to act: {full_date(strip.last_day)}.")
    return tuple(lines)


def _legend(strip, lanes):
    kinds = {segment.kind for lane in lanes for segment in lane.segments}
    parts = [
        ("fill", any(lane.ticks for lane in lanes)),
        ("covered", "covered" in kinds),
        ("carried", bool(kinds & {"carried", "future-carried"})),
        ("future", "future" in kinds),
        ("stay", bool(strip.stays)),
        ("gap", bool(strip.gaps)),
    ]
    return tuple(name for name, is_there in parts if is_there)
