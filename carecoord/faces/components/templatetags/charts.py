"""`{% load charts %}`: pictures drawn on the server, each with a text alternative and a table of the same data."""

from decimal import Decimal

from django import template

from .. import day_strip as strips
from .. import line_chart as lines
from ..scale import percent

register = template.Library()


@register.inclusion_tag("_components/day_strip.html")
def day_strip(strip, *, key=None, open=False, titled=True):
    """`{% day_strip strip %}`: a DayStrip or a mapping of its shape (see carecoord.faces.components.day_strip);
    open=True unfolds the table, titled=False leaves the title to a heading above."""
    return {"drawing": strips.draw(strip, key=key), "open": open, "titled": titled}


@register.inclusion_tag("_components/line_chart.html")
def line_chart(chart, *, key=None):
    """`{% line_chart chart %}`: a LineChart (see carecoord.faces.components.line_chart)."""
    return {"drawing": lines.draw(chart, key=key)}


@register.inclusion_tag("_components/pdc_bar.html")
def pdc_bar(value, *, threshold=80, bare=False, label="PDC"):
    """`{% pdc_bar 71 %}`: percent (0 to 100, int or Decimal) beside its threshold; bare=True leaves the words to the
    place where it stands."""
    shown = min(max(Decimal(value), Decimal(0)), Decimal(100))
    met = Decimal(value) >= threshold
    said = f"{label} {value}%, goal {threshold}%: {'met' if met else 'not met'}"
    parts = {"value": value, "threshold": threshold, "met": met, "bare": bare, "label": label, "said": said}
    return {**parts, "width": percent(shown, 100), "goal": percent(threshold, 100)}


@register.inclusion_tag("_components/legend_swatch.html")
def legend_swatch(name, key):
    """One entry of a day strip's legend; `key` is the drawing's, whose patterns it uses."""
    return {"name": name, "key": key, "word": LEGEND[name]}


LEGEND = {
    "fill": "Dispensed",
    "covered": "Covered",
    "carried": "Carried over",
    "future": "Supply ahead",
    "stay": "Hospital or facility",
    "gap": "Gap",
}
