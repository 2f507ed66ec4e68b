"""Access follows enrolment: the pharmacy at which a member is enrolled may see them, from that day, until it ends."""

from collections import defaultdict
from datetime import date, timedelta

from carecoord.kernel.audit import actions as audit
from patients.claims.identities import CALLED
from patients.models import Member, PatientAccess, records_now

from .models import Enrolment

FOUNDED_ON_CLAIMS = (PatientAccess.Reason.ENROLMENT, PatientAccess.Reason.ATTRIBUTION)
BATCH = 5_000


def follow(*, payer, as_of: date, by) -> dict[str, int]:
    """Makes the payer's open access rows agree with its enrolments in force, over all programmes; call it in an action.
    Whoever may see one record of a person may see all of them.

    Access for care given is care's own, and is left alone. A row that began on the day on which it ends never held: it
    goes, and the trail says which pharmacy had it. Returns how many rows were opened and ended.
    """
    wanted = _wanted(payer)
    rows = PatientAccess.objects.filter(payer=payer, reason__in=FOUNDED_ON_CLAIMS, until=None)
    ended, held = [], set()
    for row in rows.select_for_update().order_by("pk"):
        key = (row.patient_id, row.pharmacy_id)
        (held.add(key) if key in wanted else ended.append(row))
    _end(ended, as_of, by)
    opened = [
        PatientAccess(
            payer=payer,
            patient_id=patient_id,
            pharmacy_id=pharmacy_id,
            reason=PatientAccess.Reason.ENROLMENT,
            sentence=f"{called}Enrolled in {one.program.title}: {one.reason}",
            since=one.days.lower if not called else max(as_of, one.days.lower),
        )
        for (patient_id, pharmacy_id), (one, called) in wanted.items()
        if (patient_id, pharmacy_id) not in held
    ]
    PatientAccess.objects.bulk_create(opened, batch_size=BATCH)
    return {"access_opened": len(opened), "access_ended": len(ended)}


def _wanted(payer) -> dict[tuple[int, int], tuple[Enrolment, str]]:
    """(record, pharmacy) -> the enrolment that lets it be seen, and what tells that it is one of another record."""
    in_force = Enrolment.objects.filter(payer=payer, days__upper_inf=True).select_related("program")
    found = {(one.patient_id, one.pharmacy_id): (one, "") for one in in_force.order_by("-pk")}
    now, united = records_now(payer=payer), defaultdict(set)
    for record, holder in now.items():
        united[holder] |= {record, holder}
    rows = Member.objects.filter(payer=payer, patient__in={*now, *united})
    ids = dict(rows.values_list("patient_id", "member_id")) if now else {}
    for (patient_id, pharmacy_id), (one, _) in list(found.items()):
        for record in united.get(now.get(patient_id, patient_id), set()) - {patient_id}:
            found.setdefault((record, pharmacy_id), (one, CALLED.format(id=ids[patient_id])))
    return found


def _end(rows: list[PatientAccess], as_of: date, by) -> None:
    last = as_of - timedelta(days=1)
    for row in rows:
        if row.since > last:
            detail = {"pharmacy_id": row.pharmacy_id, "since": row.since.isoformat()}
            audit.record(event="access.withdrawn", by=by, target=row, detail=detail)
            row.delete()
            continue
        row.until = last
        row.save(update_fields=["until"])
