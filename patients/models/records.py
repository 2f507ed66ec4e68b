"""The records of one person. Of ids that are one person's, one record holds the person and the others are former ones.

`Member.merged_into` says so and nothing else does. What was documented under a former record stays there; whoever asks what is
known of a person asks for all of their records: `Patient.records` of one person, `records_now` of a payer's, `record_now` in a
query.
"""

from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from .people import Member


def records_now(*, payer=None, who=None):
    """{record: the one that holds its person now}, of the records that were merged into another: a payer's, or all that `who`
    may see."""
    found = Member.objects.filter(payer=payer) if payer else Member.objects.visible_to(who)
    found = found.exclude(merged_into=None)
    return dict(found.values_list("patient_id", "merged_into_id"))


def record_now():
    """The record that holds the person of a row with `payer` and `patient`, as an expression."""
    same = Member.objects.filter(payer=OuterRef("payer"), patient=OuterRef("patient"))
    return Coalesce(Subquery(same.values("merged_into")[:1]), F("patient_id"), output_field=BigIntegerField())


def all_records(people, *, payer):
    """Keys of all records of these people, given by one of them each."""
    now = records_now(payer=payer)
    people = {now.get(one, one) for one in people}
    return people | {former for former, record in now.items() if record in people}


def refs_of(who, ref):
    """Public ids of all records of the person with this one, as far as `who` may see them. Nobody's chart is opened for it."""
    members = Member.objects.visible_to(who)
    people = list(
        members.filter(patient__public_id=ref).values_list(Coalesce("merged_into_id", "patient_id"), flat=True)
    )
    of_them = members.filter(Q(patient__in=people) | Q(merged_into__in=people))
    return of_them.values_list("patient__public_id", flat=True)
