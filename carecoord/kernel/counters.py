"""Numbers that the database gives out once each: sequences, which migrations make."""

from django.db import connection


def next_of(sequence):
    """The next number of a sequence; a transaction that rolls back leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(%s)", [sequence])
        return cursor.fetchone()[0]
