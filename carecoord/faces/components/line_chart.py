"""A simple line chart with a target band: blood pressure, A1c. Drawn on the server; `_components/line_chart.html`
writes it."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .scale import DayScale, day_and_month, full_date

TOP, PLOT_HEIGHT, AXIS_HEIGHT = 14, 132, 24
LEFT_PERCENT, RIGHT_PERCENT = 9, 90  # room for the values of the scale, and for the last value at its point
GRID_LINES = 4


@dataclass(frozen=True)
class Point:
    """`source`: who says so, where a chart tells two apart; the marks of the second source are hollow."""

    on: date
    value: Decimal | int
    source: str = ""


@dataclass(frozen=True)
class Series:
    """One line; at most two in a chart. `low` and `high` bound the target band (either may be None)."""

    label: str
    points: tuple[Point, ...]
    low: Decimal | int | None = None
    high: Decimal | int | None = None


@dataclass(frozen=True)
class LineChart:
    """`bottom` and `top` bound the scale, in `unit`."""

    title: str
    unit: str
    series: tuple[Series, ...]
    bottom: Decimal | int
    top: Decimal | int
    target: str = ""


@dataclass(frozen=True)
class Drawing:
    """x in percent, y in pixels."""

    key: str
    chart: LineChart
    height: int
    plot_bottom: int
    left: str
    right: str
    width: str
    grid: tuple[tuple[int, str], ...]
    bands: tuple[tuple[int, int], ...]  # (y, height)
    lines: tuple[tuple[int, str, int, str, int], ...]  # (series, x1, y1, x2, y2)
    points: tuple[tuple[int, str, int, str, bool], ...]  # (series, x, y, title, whether its mark is hollow)
    lasts: tuple[tuple[int, str, int, str], ...]  # (series, x, y, value)
    dates: tuple[tuple[str, str, str], ...]  # (x, anchor, text)
    sources: tuple[tuple[str, bool], ...]  # (source, whether its marks are hollow), in the order of their first days
    summary: tuple[str, ...]


def draw(chart, *, key=None):
    """The Drawing of a LineChart. Raises ValueError when there is no point, or the scale is empty."""
    days = [point.on for series in chart.series for point in series.points]
    if not days:
        raise ValueError("There is nothing to draw: no values.")
    if chart.top <= chart.bottom:
        raise ValueError("The top of a chart's scale must be above its bottom.")
    first, last = min(days), max(days)
    sources = _sources(chart)
    scale = DayScale(first, max(last, first + timedelta(days=1)), LEFT_PERCENT, RIGHT_PERCENT)
    placed = [
        [(scale.middle(p.on), _y(chart, p.value), p) for p in sorted(s.points, key=lambda p: p.on)]
        for s in chart.series
    ]
    return Drawing(
        key=key or secrets.token_hex(4),
        chart=chart,
        height=TOP + PLOT_HEIGHT + AXIS_HEIGHT,
        plot_bottom=TOP + PLOT_HEIGHT,
        left=f"{LEFT_PERCENT}%",
        right=f"{RIGHT_PERCENT}%",
        width=f"{RIGHT_PERCENT - LEFT_PERCENT}%",
        grid=_grid(chart),
        bands=tuple(
            _band(chart, series) for series in chart.series if series.low is not None or series.high is not None
        ),
        lines=tuple(
            (n, a[0], a[1], b[0], b[1]) for n, row in enumerate(placed) for a, b in zip(row, row[1:], strict=False)
        ),
        points=tuple(
            (n, x, y, _title(chart, p), dict(sources).get(p.source, False))
            for n, row in enumerate(placed)
            for x, y, p in row
        ),
        lasts=tuple((n, row[-1][0], row[-1][1] + 4, str(row[-1][2].value)) for n, row in enumerate(placed) if row),
        dates=_dates(scale, first, last),
        sources=sources,
        summary=tuple(_sentence(chart, series) for series in chart.series if series.points),
    )


def _sources(chart):
    """The first source is drawn full, every other one hollow; without sources all are full."""
    points = sorted((p for s in chart.series for p in s.points if p.source), key=lambda p: p.on)
    names = dict.fromkeys(p.source for p in points)
    return tuple((name, place > 0) for place, name in enumerate(names))


def _title(chart, point):
    said = f"{full_date(point.on)}: {point.value} {chart.unit}"
    return f"{said}, {point.source[0].lower()}{point.source[1:]}" if point.source else said


def _y(chart, value):
    part = (Decimal(value) - chart.bottom) / (Decimal(chart.top) - chart.bottom)
    return TOP + int(round(PLOT_HEIGHT * (1 - min(max(part, Decimal(0)), Decimal(1)))))


def _band(chart, series):
    high = _y(chart, series.high if series.high is not None else chart.top)
    low = _y(chart, series.low if series.low is not None else chart.bottom)
    return high, low - high


def _grid(chart):
    step = (Decimal(chart.top) - chart.bottom) / GRID_LINES
    values = [chart.bottom + step * number for number in range(GRID_LINES + 1)]
    return tuple((_y(chart, value), f"{value.normalize():f}") for value in map(Decimal, values))


def _dates(scale, first, last):
    if first == last:
        return ((scale.middle(first), "start", full_date(first)),)
    return ((f"{scale.left}%", "start", full_date(first)), (f"{scale.right}%", "end", full_date(last)))


def _sentence(chart, series):
    ordered = sorted(series.points, key=lambda point: point.on)
    last = ordered[-1]
    values = [point.value for point in ordered]
    count = len(values)
    said = f"{series.label}: {count} value{'s' if count != 1 else ''} from {min(values)} to {max(values)} {chart.unit}"
    where = f", {last.source[0].lower()}{last.source[1:]}" if last.source else ""
    return f"{said}, last {last.value} on {day_and_month(last.on)} {last.on.year}{where}."
