"""Which buckets of the lake are not up to date."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from carecoord.kernel.jobs.models import Outbox
from patients.claims.models import TouchedPatient
from patients.claims.retention import TOUCHED_DAYS

from .manifest import BUCKET_IDS, OF_MEMBERS, Bucket

LONGEST_LOAD = timedelta(hours=6)
"""A load says whom it touched under the time at which it was at it, and is seen when it commits; none takes longer."""
TOPICS = ("patients.touched", "claims.grown")
_GIVEN = "{day} - date '1970-01-01'"
_DAYS = {
    "given_on": _GIVEN.format(day="given_on"),
    "measured_on": _GIVEN.format(day="measured_on"),
    "starts_on": "(starts_on - date '1970-01-01') + coalesce(ends_on - date '1970-01-01', 0)",
    "from_day": "from_day + to_day",
}
_COUNT = """select cast(patient_id / %(size)s as text), count(*), coalesce(sum({days}), 0)
    from {table} where payer_id = %(payer)s group by 1"""
_PEOPLE = """select cast(m.patient_id / %(size)s as text), count(*),
        sum(coalesce(p.born_on - date '1970-01-01', -1) + coalesce(p.died_on - date '1970-01-01', -1))
    from patients_member m join patients_patient p on p.id = m.patient_id where m.payer_id = %(payer)s group by 1"""


def seen(payer_id: int) -> dict[str, dict[str, list[int]]]:
    """Bucket number -> table -> [rows, sum of days], of every bucket with members: cheap, and shows what no delivery told."""
    found: dict[str, dict[str, list[int]]] = {}
    texts = {"patients_patient": _PEOPLE}
    for model, (_, day, *_) in OF_MEMBERS.items():
        table = model._meta.db_table
        texts[table] = _COUNT.format(days=_DAYS.get(day, day), table=table)
    with connection.cursor() as cursor:
        for table, text in texts.items():
            cursor.execute(text, {"size": BUCKET_IDS, "payer": payer_id})
            for number, rows, days in cursor.fetchall():
                found.setdefault(number, {})[table] = [rows, int(days)]
    return {number: tables for number, tables in found.items() if "patients_patient" in tables}


def due(payer, known: dict[str, Bucket], now: dict[str, dict], exported: datetime | None) -> set[str]:
    """The buckets that are to be written."""
    too_old = timezone.now() - timedelta(days=TOUCHED_DAYS.on(timezone.localdate()) - 1)
    if exported is None or exported < too_old or payer.is_sandbox:
        return set(now)
    differ = {number for number, tables in now.items() if number not in known or known[number].seen != tables}
    return differ | (touched(payer.pk, exported - LONGEST_LOAD) & now.keys())


def touched(payer_id: int, since: datetime) -> set[str]:
    """The buckets of members whom deliveries and rulings touched since then."""
    rows = Outbox.objects.filter(topic__in=TOPICS, payer_id=payer_id, created_at__gte=since)
    deliveries = {detail.get("delivery", subject) for subject, detail in rows.values_list("subject_id", "detail")}
    found = TouchedPatient.objects.filter(delivery__in=deliveries).values_list("patient_id", flat=True)
    return {str(patient_id // BUCKET_IDS) for patient_id in found.iterator()}
