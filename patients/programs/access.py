"""Access follows enrolment: the pharmacy at which a member is enrolled may see them, from that day, until it ends."""

from datetime import date, timedelta

from carecoord.kernel.audit import actions as audit
from patients.models import PatientAccess

from .models import Enrolment

FOUNDED_ON_CLAIMS = (PatientAccess.Reason.ENROLMENT, PatientAccess.Reason.ATTRIBUTION)
BATCH = 5_000


def follow(*, payer, as_of: date, by) -> dict[str, int]:
    """Makes the payer's open access rows agree with its enrolments in force, over all programmes; call it in an action.

    Access for care given is care's own, and is left alone. A row that began on the day on which it ends never held: it
    goes, and the trail says which pharmacy had it. Returns how many rows were opened and ended.
    """
    in_force = Enrolment.objects.filter(payer=payer, days__upper_inf=True).select_related("program")
    wanted = {(one.patient_id, one.pharmacy_id): one for one in in_force.order_by("-pk")}
    rows = PatientAccess.objects.filter(payer=payer, reason__in=FOUNDED_ON_CLAIMS, until=None)
    ended, held = [], set()
    for row in rows.select_for_update().order_by("pk"):
        key = (row.patient_id, row.pharmacy_id)
        (held.add(key) if key in wanted else ended.append(row))
    _end(ended, as_of, by)
    opened = [
        PatientAccess(
            payer=payer,
            patient_id=one.patient_id,
            pharmacy_id=one.pharmacy_id,
            reason=PatientAccess.Reason.ENROLMENT,
            sentence=f"Enrolled in {one.program.title}: {one.reason}",
            since=one.days.lower,
        )
        for key, one in wanted.items()
        if key not in held
    ]
    PatientAccess.objects.bulk_create(opened, batch_size=BATCH)
    return {"access_opened": len(opened), "access_ended": len(ended)}


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
