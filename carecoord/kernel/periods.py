"""Days as integers, for facts and measures: day 0 is 1 January 1970, the same in PostgreSQL, DuckDB and Spark."""

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Of the days that people write down: room enough to count years from any of them."""


def day_number(day):
    """date -> int."""
    return (day - EPOCH).days


def date_of(number):
    """int -> date; None stays None."""
    return None if number is None else EPOCH + timedelta(days=number)


def year_of_days(year):
    """(first, last) day numbers of a calendar year, both inside it."""
    return day_number(date(year, 1, 1)), day_number(date(year, 12, 31))
