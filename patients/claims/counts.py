"""A delivery's counts, from the rows that stand: each line in exactly one of loaded, waiting, repeated, conflicting,
rejected. A line of several rows is what its worst row is.

*conflicting*: its key came before with other words (the first to come counts as loaded; both are shown as in conflict).
Once a person has ruled, both count as loaded, like a version and the one that overtakes it: both are kept, one stands.
*waiting*: its member's eligibility has not come. *repeated*: it adds nothing to what the set says already.
"""

from django.db import connection

from .models import Delivery
from .tables import tables_of

OWN = """
    select e.line_number, e.in_conflict and exists (
               select from {table} f
                where f.payer_id = e.payer_id and f.record_id = e.record_id and f.record_line = e.record_line
                  and f.version is not distinct from e.version and f.action = e.action and f.in_conflict and not f.is_withdrawn {other}
                  and f.id < e.id) as is_conflicting,
           e.patient_id is null and {waits} as is_waiting
      from {table} e
     where e.delivery_id = %(delivery)s and e.payer_id = (select %(payer)s::bigint) and not e.is_withdrawn
"""
COUNT = """
with own as (
    select line_number, bool_or(is_conflicting) as is_conflicting, bool_or(is_waiting) as is_waiting
      from ({own}) each group by line_number
), again as (
    select distinct r.line_number from claims_repeat r
     where r.delivery_id = %(delivery)s and r.line_number not in (select line_number from own)
)
select count(*) filter (where not is_conflicting and not is_waiting), count(*) filter (where not is_conflicting and is_waiting),
       count(*) filter (where is_conflicting), (select count(*) from again)
  from own
"""
OTHER_STATEMENT = "and (f.statement <> e.statement or e.statement = '')"


class NotAccountedFor(Exception):
    """The counts of a delivery do not add up to its lines: the load is rolled back and a person must look."""


def recount(delivery):
    """Writes loaded, waiting, conflicting and repeated. Raises NotAccountedFor when a line is missing or counted twice."""
    own = {
        table.name: OWN.format(
            table=table.name,
            other=OTHER_STATEMENT if table.is_eligibility else "",
            waits="false" if table.is_payment else "true",
        )
        for table in tables_of(delivery.kinds)
    }
    if own:
        with connection.cursor() as cursor:
            sql = COUNT.format(own=" union all ".join(own.values()))
            cursor.execute(sql, {"delivery": delivery.pk, "payer": delivery.payer_id})
            delivery.loaded, delivery.waiting, delivery.conflicting, delivery.repeated = cursor.fetchone()
    found = delivery.loaded + delivery.waiting + delivery.conflicting + delivery.repeated + delivery.rejected
    if found != delivery.lines:
        raise NotAccountedFor(f"Delivery {delivery.pk}: {delivery.lines} lines, {found} accounted for.")


def recount_others(delivery_ids, *, but=None):
    """Counts again what a load or a withdrawal changed in other deliveries."""
    for delivery in (
        Delivery.objects.filter(pk__in=delivery_ids, state=Delivery.State.LOADED).exclude(pk=but).order_by("pk")
    ):
        recount(delivery)
        delivery.save(update_fields=["loaded", "waiting", "conflicting", "repeated"])
