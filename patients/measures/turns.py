"""One at a time: passes that rewrite the same rows of a payer wait for each other, and others are not disturbed.

Evaluations take turns by stripes of patients: a delivery's touched members do not wait for a night's run over everybody,
only for the shard that is at them. Whoever works on the whole payer (retention) waits for all of them.
"""

from collections.abc import Collection

from django.db import connection

STRIPE_IDS = 10_000
"""So many consecutive patient ids share a stripe."""
STRIPES = 256
"""Then stripes begin anew: locks of one transaction are bounded, and PostgreSQL's table of locks is not full at any size."""


def take_turn(*, payer_id: int, work: str) -> None:
    """Waits until no other transaction is at this work for this payer; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{work}:{payer_id}"])


def take_turn_at(*, payer_id: int, work: str, stripes: Collection[int]) -> None:
    """Waits until nobody is at this work for all of the payer, or for these stripes of it; held until the transaction ends.

    Stripes are taken in order, so that two who want the same ones do not wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [f"{work}:{payer_id}"])
        names = [f"{work}:{payer_id}:{stripe}" for stripe in sorted(stripes)]
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(n, 0)) from unnest(%s::text[]) as n", [names])


def stripes_of(patient_ids: Collection[int]) -> set[int]:
    """The stripes that hold these patients."""
    return {patient_id // STRIPE_IDS % STRIPES for patient_id in patient_ids}


def stripes_between(first_id: int, last_id: int) -> set[int]:
    """The stripes of all ids of a range, both ends included."""
    first, last = first_id // STRIPE_IDS, last_id // STRIPE_IDS
    return {block % STRIPES for block in range(first, min(last, first + STRIPES - 1) + 1)}
