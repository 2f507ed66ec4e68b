"""Reads about deliveries and claims: what was touched, what came to what, and claims as they stand."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum

from . import payments
from .models import Delivery, MedicalEvent, PharmacyEvent, Reject, Standing, TouchedPatient
from .records import DISPENSED, NOT_SOLD_AFTER_DAYS

COUNTS = ("lines", "loaded", "waiting", "repeated", "rejected", "conflicting")
WAITING, NOT_SOLD = "waiting", "not_sold"
CLAIM_KINDS = {
    "pharmacy": (PharmacyEvent, {"day": "filled_on", "code": "ndc", "amount": "quantity", "supply": "days_supply"}),
    "medical": (MedicalEvent, {"day": "starts_on", "code": "hcpcs", "amount": "units", "supply": None}),
}


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim line as it stands. `state`: paid, waiting (paid, but its member's eligibility has not come), denied (by the
    payer, as a remittance says), reversed, reversed_pending, or not_sold (a dispensing system's fill that nobody fetched in two
    weeks). `version` is that of the event that settled it; 0 where the feed states none."""

    claim_id: str
    claim_line: int
    member_id: str
    state: str
    version: int
    day: date
    code: str
    quantity: Decimal | None
    days_supply: int | None
    paid_cents: int | None
    in_conflict: bool


def is_key_used(*, client, idempotency_key):
    """Whether an idempotency key of this client made a delivery."""
    return Delivery.objects.filter(client=client, idempotency_key=idempotency_key).exists()


def touched_patients(delivery_id):
    """Ids of the patients that a delivery touched by coming or by leaving, in order."""
    found = TouchedPatient.objects.filter(delivery_id=delivery_id).order_by("patient_id")
    return list(found.values_list("patient_id", flat=True))


def claims_as_they_stand(*, payer, kind, today=None):
    """Yields ClaimLine in order of claim id and line, in constant memory. `kind`: pharmacy or medical."""
    lines = _lines(payer, *CLAIM_KINDS[kind], today or datetime.now(UTC).date())
    if kind != "medical":
        yield from lines
        return
    for line, decided, paid_cents in payments.joined(lines, payer=payer):
        state = line.state
        if decided is not None and state == Standing.PAID and decided.version >= line.version:
            state = decided.decision
        yield replace(line, state=state, paid_cents=paid_cents)


def _lines(payer, model, names, today):
    rows = (
        model.objects.filter(payer=payer, is_withdrawn=False)
        .exclude(standing=Standing.NONE)
        .order_by("record_id", "record_line")
        .annotate(day=F(names["day"]), code_given=F(names["code"]), amount=F(names["amount"]))
    )
    supply = [names["supply"], "source", "sold_on"] if names["supply"] else []
    fetched_by = today - timedelta(days=NOT_SOLD_AFTER_DAYS)
    columns = [
        "record_id",
        "record_line",
        "member_id",
        "patient_id",
        "standing",
        "settled_version",
        "day",
        "code_given",
    ]
    columns += ["amount", "paid_cents", "in_conflict", *supply]
    for row in rows.values_list(*columns).iterator(chunk_size=5_000):
        record_id, line, member_id, patient_id, standing, version, day, code, amount, paid, in_conflict = row[:11]
        state = WAITING if standing == Standing.PAID and patient_id is None else standing
        days, source, sold_on = row[11:] if supply else (None, "", None)
        if source == DISPENSED and standing == Standing.PAID and sold_on is None and day < fetched_by:
            state = NOT_SOLD
        yield ClaimLine(record_id, line, member_id, state, version, day, code, amount, days, paid, in_conflict)


def control_totals(delivery):
    """{kind: {"rows": n, "quantity" or "units": decimal as text, "paid_cents": n}} of what was not rejected, as the sender
    compares it with his own."""
    return {
        kind: {name: value if name in ("quantity", "units") else int(value) for name, value in sums.items()}
        for kind, sums in delivery.totals.items()
    }


def summary(deliveries, *, rejects_shown=20):
    """What deliveries came to, as the commands print it: counts over all, notes, each delivery, and some of the rejects."""
    found = Delivery.objects.filter(pk__in=[d.pk for d in deliveries])
    totals = found.aggregate(**{name: Sum(name) for name in COUNTS})
    notes = {}
    for delivery in found:
        for code, count in delivery.notes.items():
            notes[code] = notes.get(code, 0) + count
    files = {d.pk: d.file_name for d in found}
    rejects = Reject.objects.filter(delivery_id__in=list(files)).order_by("delivery_id", "line_number", "id")
    return {
        **{name: totals[name] or 0 for name in COUNTS},
        "notes": dict(sorted(notes.items())),
        "deliveries": [_told(d) for d in found.order_by("pk")],
        "rejects": [
            {
                "file": files[r.delivery_id],
                "line": r.line_number,
                "field": r.field,
                "code": r.code,
                "message": r.message,
            }
            for r in rejects[:rejects_shown]
        ],
    }


def _told(d):
    return {
        "id": str(d.public_id),
        "file": d.file_name,
        "format": d.format,
        "kind": d.kind,
        "state": d.state,
        "refusal": d.refusal,
        **{name: getattr(d, name) for name in COUNTS},
        "totals": control_totals(d),
        "drift": d.drift,
    }
