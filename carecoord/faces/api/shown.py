"""What the API shows of what it has."""

from django.urls import reverse

from carecoord.kernel.periods import date_of
from patients.claims.queries import control_totals
from patients.measures import definitions
from patients.measures.reasons import why_not

from . import digests

KINDS = {
    "pharmacyevent": "pharmacy_claim",
    "medicalevent": "medical_claim",
    "paymentevent": "claim_payment",
    "eligibilityevent": "eligibility",
    "clinicalevent": "clinical",
}


def delivery(delivery):
    """A delivery as it stands."""
    return {
        "id": str(delivery.public_id),
        "state": delivery.state,
        "format": delivery.format,
        "kind": delivery.kind,
        "file_name": delivery.file_name,
        "sha256": delivery.sha256,
        "content_digest": digests.written(delivery.sha256),
        "size_bytes": delivery.size_bytes,
        "received_at": delivery.received_at,
        "loaded_at": delivery.loaded_at,
        "refusal": delivery.refusal,
        "counts": {
            "lines": delivery.lines,
            "loaded": delivery.loaded,
            "waiting": delivery.waiting,
            "repeated": delivery.repeated,
            "rejected": delivery.rejected,
            "conflicting": delivery.conflicting,
        },
        "progress": {
            "stage": delivery.stage or delivery.state,
            "lines_so_far": max(delivery.lines, delivery.lines_so_far),
        },
        "totals": control_totals(delivery),
        "notes": delivery.notes,
        "drift": delivery.drift,
        "conflicts": reverse("api:conflicts", args=[delivery.public_id]),
        "rejects": reverse("api:rejects", args=[delivery.public_id]),
        "rejects_csv": reverse("api:rejects_csv", args=[delivery.public_id]),
        "rejects_ndjson": reverse("api:rejects_ndjson", args=[delivery.public_id]),
    }


def webhook(endpoint):
    """An endpoint, and how it goes there."""
    return {
        "id": str(endpoint.public_id),
        "url": endpoint.url,
        "types": endpoint.types,
        "state": endpoint.state,
        "off_because": endpoint.off_because,
        "last_success_at": endpoint.health.last_success_at,
        "failing_since": endpoint.health.failing_since,
        "messages": reverse("api:webhook_messages", args=[endpoint.public_id]),
    }


def message(message):
    """A message, and its tries, the oldest first."""
    return {
        "id": str(message.public_id),
        "webhook_id": message.webhook_id,
        "type": message.type,
        "created_at": message.created_at,
        "state": message.state,
        "next_try_at": message.next_try_at if message.state == message.State.WAITING else None,
        "body": message.body,
        "attempts": [
            {"at": each.at, "status": each.status, "milliseconds": each.milliseconds, "fault": each.fault}
            for each in sorted(message.attempts.all(), key=lambda each: each.pk)
        ],
    }


def conflict(row, model, others, deliveries):
    """A line that contradicts others. `others`: (key of the delivery, line); `deliveries` by key."""
    return {
        "line": row["line_number"],
        "kind": KINDS[model._meta.model_name],
        "others": [
            {"delivery": str(deliveries[at].public_id), "line": line} for at, line in others if at in deliveries
        ],
    }


def reject(reject):
    """One problem of a rejected record."""
    return {
        "line": reject.line_number,
        "field": reject.field,
        "code": reject.code,
        "message": reject.message,
        "digest": reject.digest,
    }


def patient(member, patient):
    """Whom a member id means."""
    return {
        "id": str(patient.public_id),
        "member_id": member.id_now,
        "results": reverse("api:results", args=[patient.public_id]),
    }


def result(row, patient):
    """A result in short; `explain` has what is behind it."""
    measure = definitions.find(row.measure)
    return {
        "measure": row.measure,
        "title": measure.title,
        "version": row.version,
        "year": row.year,
        "as_of": row.as_of,
        "is_counted": row.denominator,
        "is_met": measure.is_good(row) if row.denominator else None,
        "why_not": why_not(row),
        "value": measure.value_words(row),
        "covered_days": row.covered_days,
        "period_days": row.period_days,
        "days_left": row.days_left,
        "last_day": date_of(row.last_day),
        "explain": reverse("api:explain", args=[patient.public_id, row.measure]),
    }
