"""Rows that many tests begin with, written again by the statements that wrote them first."""

import pickle
from datetime import timedelta

from django.db import connection
from django.utils import timezone

AS_GOOD_AS_NEW = timedelta(minutes=1)
"""Rows say when they were made: older ones are not told again, nor any from another day or later than a travelled clock."""

_kept = {}


def again(make):
    """What `make()` returns, its rows written. Ids are those of the last time, objects are a test's own."""
    then, day, objects, statements = _kept.get(make, (None, None, None, None))
    now, today = timezone.now(), timezone.localdate()
    if then is None or today != day or not timedelta() <= now - then <= AS_GOOD_AS_NEW:
        return _anew(make, now, today)
    with connection.connection.cursor() as cursor:
        cursor.execute(statements)
    return pickle.loads(objects)


def _anew(make, now, today):
    statements = []

    def note(execute, sql, params, many, context):
        statements.append(connection.ops.compose_sql(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        made = make()
    _kept[make] = now, today, pickle.dumps(made), ";".join(statements)
    return made
