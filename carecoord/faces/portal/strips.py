"""From what claims say to the shapes that the chart components draw."""

from datetime import date

from carecoord.faces.components.day_strip import DayStrip, Fill, Row, Span
from carecoord.faces.components.line_chart import LineChart, Point, Series
from patients.care import chart

STAYS = {"inpatient": "Hospital", "snf": "Nursing facility"}


def strip_of(medicine):
    """The DayStrip of a MedicineClass; None when its days cannot be counted."""
    explained, result = medicine.explained, medicine.explained["result"]
    if result["not_computed"] or not explained["strip"]:
        return None
    rows = {}
    for fill in explained["fills"]:
        rows.setdefault(fill["ingredient"], []).append(_fill(fill))
    value = f"PDC {medicine.percent}%" if medicine.percent is not None else ""
    days = f"{result['covered_days']} of {result['period_days']} days"
    return DayStrip(
        title=medicine.title,
        start=_day(result["index_day"]),
        end=_day(result["period_end_day"]),
        today=_day(explained["as_of"]),
        rows=tuple(Row(name.capitalize(), tuple(fills), _count(fills)) for name, fills in rows.items()),
        stays=tuple(_stay(stay) for stay in explained["stays"]),
        gaps=tuple(Span(_day(gap["from"]), _day(gap["to"])) for gap in explained["uncovered"]),
        last_day=None if medicine.is_secured else medicine.last_day,
        supply_ends=medicine.supply_ends_on,
        union_note=", ".join(filter(None, [value, days])),
    )


def days_left(medicine):
    """The sentence about the days that may still be missed."""
    left, goal = medicine.result.days_left, medicine.threshold_percent
    if medicine.why_not:
        return medicine.why_not
    if left is None:
        return ""
    if left < 0:
        return f"{goal}% cannot be reached this year: {_days(-left)} too many were missed."
    if medicine.is_secured:
        return f"{goal}% is reached, even if nothing more is filled this year."
    act = f" Act by {medicine.last_day:%-d %b %Y}." if medicine.last_day else ""
    return f"{_days(left)} may still be missed this year.{act}"


SOURCES = {True: "Measured here", False: "From payers' files"}


def blood_pressure(who, patient, target):
    """The LineChart of blood pressures with the band of a blood_pressure.Target, or None without any."""
    found = chart.measurements(who, patient=patient, codes=chart.BLOOD_PRESSURE)
    bands = {
        "Systolic": (target.low_systolic, target.systolic),
        "Diastolic": (target.low_diastolic, target.diastolic),
    }
    series = tuple(Series(name, _points(found[name]), *bands[name]) for name in bands if name in found)
    said = f"{target}, {target.why}"
    return _chart("Blood pressure", "mmHg", series, 40, 180, said, step=10) if series else None


def a1c(who, patient):
    """The LineChart of A1c values, or None without any."""
    found = chart.measurements(who, patient=patient, codes=chart.A1C)
    series = tuple(Series(name, _points(points), high=8) for name, points in found.items())
    return _chart("A1c", "%", series, 4, 12, "8.0 or below", step=1) if series else None


def _chart(title, unit, series, bottom, top, target, *, step):
    values = [point.value for one in series for point in one.points]
    low = min(bottom, int(min(values)) // step * step)
    high = max(top, (int(max(values)) // step + 1) * step)
    return LineChart(title, unit, series, low, high, target)


def _points(values):
    return tuple(Point(each.on, _short(each.value), SOURCES[each.is_ours]) for each in values)


def _short(value):
    """142, not 142.00 or 1.4E+2."""
    return value.to_integral() if value == value.to_integral() else value.normalize()


def _fill(fill):
    carried = fill["carried_days"] > 0
    return Fill(_day(fill["day"]), fill["days_supply"], _day(fill["starts_on"]), _day(fill["ends_on"]), carried)


def _stay(stay):
    first, after = _day(stay["admitted_on"]), _day(stay["discharged_on"])
    return Span(first, max(first, after), STAYS.get(stay["kind"], "Stay"))


def _count(fills):
    return f"{len(fills)} fill{'s' if len(fills) != 1 else ''}"


def _days(number):
    return f"{number} day" if number == 1 else f"{number} days"


def _day(text):
    return date.fromisoformat(text)
