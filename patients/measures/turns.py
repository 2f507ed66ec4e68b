"""One at a time: passes that rewrite a payer's rows wait for each other, and other payers are not disturbed."""

from django.db import connection


def take_turn(*, payer_id: int, work: str) -> None:
    """Waits until no other transaction is at this work for this payer; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{work}:{payer_id}"])
