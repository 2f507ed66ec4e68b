"""Headings that sort, and pages by key: what a list view hands to `{% table %}`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One heading. `sort` is the value of the query's `sort` for it (empty: cannot be sorted); `css` may be num, low
    (leaves first) or lower."""

    label: str
    sort: str = ""
    css: str = ""
    is_hidden: bool = False  # the word is for screen readers only, as over buttons


@dataclass(frozen=True)
class Heading:
    label: str
    css: str
    is_hidden: bool
    href: str = ""
    direction: str = ""  # "ascending" | "descending" | ""


@dataclass(frozen=True)
class Page:
    """One page of a list by key. `shown` is a sentence: "1 to 50 of 213 open flags"."""

    shown: str
    next_href: str = ""
    previous_href: str = ""


def counted(number, one, several=""):
    """`counted(1, "flag")` is "1 flag", `counted(1200, "delivery", "deliveries")` is "1,200 deliveries"."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def headings(columns, *, query, default=""):
    """Headings for `columns`, sorted as the query (a QueryDict) says: `sort=due` ascending, `sort=-due` descending.

    A click on the sorted column turns it round; every click starts again at the first page (`after` and `before` are
    dropped)."""
    current = query.get("sort", default)
    return [_heading(column, current, query) for column in columns]


def _heading(column, current, query):
    if not column.sort:
        return Heading(column.label, column.css, column.is_hidden)
    target = query.copy()
    for key in ("after", "before", "open"):
        target.pop(key, None)
    target["sort"] = f"-{column.sort}" if current == column.sort else column.sort
    directions = {column.sort: "ascending", f"-{column.sort}": "descending"}
    return Heading(column.label, column.css, column.is_hidden, f"?{target.urlencode()}", directions.get(current, ""))
