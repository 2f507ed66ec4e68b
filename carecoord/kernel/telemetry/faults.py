"""An exception as it may be written down: what it is and where, never what it says.

Words of an exception quote what it was given: psycopg repeats the row in DETAIL and the value in its message, Python's own
errors the text that could not be read. So the type, PostgreSQL's code, table and constraint, and the places stay; words,
parameters and local variables go.
"""

import sys
import traceback

MOST_PLACES = 12


def described(error):
    """A dict for a log line."""
    chain, each = [], error
    while each is not None and len(chain) < 5 and each not in chain:
        chain.append(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    facts = {"error": " < ".join(type(each).__name__ for each in chain)}
    for each in chain:
        facts |= _of_the_database(each)
    facts["places"] = [
        f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-MOST_PLACES:]
    ]
    return facts


def _of_the_database(error):
    """SQLSTATE, table and constraint of a psycopg error: names of ours, never values."""
    diagnosis = getattr(error, "diag", None)
    if diagnosis is None:
        return {}
    found = {"sqlstate": diagnosis.sqlstate, "table": diagnosis.table_name, "constraint": diagnosis.constraint_name}
    return {name: value for name, value in found.items() if value}


def error_of(exc_info):
    """The exception of a log record's `exc_info` in any of its shapes, or None."""
    if exc_info is True:
        return sys.exc_info()[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    return exc_info[1] if exc_info else None
