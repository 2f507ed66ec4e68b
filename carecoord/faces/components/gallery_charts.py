"""The pictures of the gallery: periods and readings of invented people; their numbers agree with each other."""

from datetime import date, timedelta
from decimal import Decimal

from .day_strip import DayStrip, Fill, Row, Span
from .line_chart import LineChart, Point, Series

TODAY = date(2026, 11, 24)


def late_strip():
    """Two ingredients of one class, an early refill, a stay, gaps, and little time left: as a mapping, the way
    `explain` gives it."""
    return {
        "title": "Hypertension (RAS antagonists)",
        "start": date(2026, 1, 12),
        "end": date(2026, 12, 31),
        "today": TODAY,
        "rows": [
            {
                "label": "Lisinopril",
                "note": "ended 9 Aug",
                "fills": [
                    _fill(date(2026, 1, 12), 90, date(2026, 1, 12)),
                    _fill(date(2026, 3, 30), 90, date(2026, 4, 12)),
                    _fill(date(2026, 7, 10), 30, date(2026, 7, 11)),
                ],
            },
            {
                "label": "Losartan",
                "note": "since 6 Oct",
                "fills": [
                    _fill(date(2026, 10, 6), 15, date(2026, 10, 6)),
                    _fill(date(2026, 10, 30), 30, date(2026, 10, 30)),
                ],
            },
        ],
        "stays": [{"from": date(2026, 11, 6), "to": date(2026, 11, 12), "label": "Hospital"}],
        "gaps": [
            {"from": date(2026, 8, 10), "to": date(2026, 10, 5)},
            {"from": date(2026, 10, 21), "to": date(2026, 10, 29)},
        ],
        "last_day": date(2026, 12, 3),
        "supply_ends": date(2026, 11, 28),
        "union_note": "PDC 79% to date, 4 days left",
    }


def _fill(on, days, starts):
    return {"on": on, "days": days, "starts": starts, "ends": starts + timedelta(days=days - 1), "carried": starts > on}


def covered_strip():
    """One ingredient, every refill early, never a gap: most of the carried-over supply lies ahead."""
    fills, covered_until = [], date(2025, 12, 31)
    for number in range(11):
        on = date(2026, 1, 5) + timedelta(days=28 * number)
        starts = max(on, covered_until + timedelta(days=1))
        covered_until = starts + timedelta(days=29)
        fills.append(Fill(on, 30, starts, covered_until, carried=starts > on))
    return DayStrip(
        start=date(2026, 1, 5),
        end=date(2026, 12, 31),
        today=date(2026, 11, 2),
        rows=(Row("Atorvastatin", tuple(fills), "11 fills"),),
        supply_ends=covered_until,
        title="Statins",
        union_note="no day missed",
    )


def short_strip():
    """A treatment period that has only begun: its last day and its today are close together."""
    return DayStrip(
        start=date(2026, 9, 20),
        end=date(2026, 12, 31),
        today=date(2026, 10, 6),
        rows=(Row("Metformin", (Fill(date(2026, 9, 20), 14, date(2026, 9, 20), date(2026, 10, 3)),)),),
        gaps=(Span(date(2026, 10, 4), date(2026, 10, 6)),),
        last_day=date(2026, 10, 21),
        supply_ends=date(2026, 10, 3),
        title="Diabetes medicines",
    )


def blood_pressure():
    days = [date(2026, 2, 3), date(2026, 4, 14), date(2026, 6, 20), date(2026, 9, 2), date(2026, 11, 13)]
    told = ("From payers' files",) * 3 + ("Measured here",) * 2
    upper = tuple(Point(*each) for each in zip(days, (158, 151, 144, 146, 134), told, strict=True))
    lower = tuple(Point(*each) for each in zip(days, (94, 92, 86, 88, 79), told, strict=True))
    return LineChart(
        "Blood pressure",
        "mmHg",
        (Series("Systolic", upper, 110, 140), Series("Diastolic", lower, 60, 90)),
        50,
        170,
        "below 140/90",
    )


def a1c():
    points = (
        Point(date(2026, 3, 1), Decimal("8.4")),
        Point(date(2026, 6, 5), Decimal("7.9")),
        Point(date(2026, 9, 10), Decimal("7.2")),
    )
    return LineChart("A1c", "%", (Series("A1c", points, high=Decimal("8.0")),), 5, 11, "8.0 or below")
