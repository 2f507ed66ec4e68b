"""A payer's members in ranges of patient ids: the pieces of a run over everybody, each a transaction of its own."""

from django.db import connection

from patients.models import Member

from .turns import STRIPE_IDS

MEMBERS = 20_000
"""About so many members a shard: its tables fit in memory, and a worker that dies loses half a minute's work."""


def cut(*, payer_id: int) -> list[tuple[int, int]]:
    """(first, last) patient ids, both included, without a hole from the payer's first member to its last; none without members.

    Borders lie where a stripe of turns.py begins, so that two shards do not wait for each other.
    """
    counted = _members_by_stripe(payer_id)
    if not counted:
        return []
    borders, among = [], 0
    for stripe, number in counted:
        if among >= MEMBERS:
            borders.append(stripe * STRIPE_IDS)
            among = 0
        among += number
    ends = Member.objects.filter(payer=payer_id).order_by("patient_id").values_list("patient_id", flat=True)
    first, last = ends.first(), ends.last()
    firsts = [first, *borders]
    return list(zip(firsts, [border - 1 for border in borders] + [last], strict=True))


def members_in(*, payer_id: int, first_id: int, last_id: int) -> list[int]:
    """The payer's patients of a range, in order."""
    found = Member.objects.filter(payer=payer_id, patient__gte=first_id, patient__lte=last_id)
    return list(found.order_by("patient_id").values_list("patient_id", flat=True))


def _members_by_stripe(payer_id: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient_id / %(size)s as stripe, count(*) from patients_member where payer_id = %(payer)s "
            "group by stripe order by stripe",
            {"size": STRIPE_IDS, "payer": payer_id},
        )
        return cursor.fetchall()
