"""Lines of business the slow way: the lines of every day of the year that is known."""

from datetime import date

from .history import History
from .pdc import days


def is_of_another_line(history: History, lines: set[str], year: int, as_of: date) -> bool:
    """Whether the member is covered on some day of the year, and on each such day by other lines alone."""
    known = days(date(year, 1, 1), min(date(year, 12, 31), as_of))
    told = {
        span.line
        for day in known
        for span in history.spans
        if span.starts <= day and (span.ends is None or day <= span.ends)
    }
    return bool(told) and not told & (lines | {"other"})
