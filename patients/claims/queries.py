"""Reads about deliveries and claims: what was touched, what came to what, and claims as they stand."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum

from . import payments, substance_use
from .models import Delivery, MedicalEvent, PaymentEvent, PharmacyEvent, Reject, Standing, TouchedPatient
from .records import DISPENSED, NOT_SOLD_AFTER_DAYS

COUNTS = ("lines", "loaded", "waiting", "repeated", "rejected", "conflicting")
WAITING, NOT_SOLD = "waiting", "not_sold"
CLAIM_KINDS = {
    "pharmacy": (PharmacyEvent, {"day": "filled_on", "code": "ndc", "amount": "quantity", "supply": "days_supply"}),
    "medical": (MedicalEvent, {"day": "starts_on", "code": "hcpcs", "amount": "units"}),
}
MEDICAL = ("number_of", "billing_ref", "paid_on", "allowed_cents")


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim line as it stands. `state`: paid, waiting (paid, but its member's eligibility has not come), denied (by the payer, as
    a remittance says), reversed, reversed_pending, or not_sold (a dispensing system's fill that nobody fetched in two weeks).
    `version` is that of the event that settled it; 0 where the feed states none. Of medical claims also: `provider`, whose number
    `claim_id` is, or who bills; and what the payer decided (payments.py)."""

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
    provider: str = ""
    paid_on: date | None = None
    allowed_cents: int | None = None
    patient_cents: int | None = None
    adjustments: tuple = ()
    remarks: tuple = ()


def is_key_used(*, client, idempotency_key):
    """Whether an idempotency key of this client made a delivery."""
    return Delivery.objects.filter(client=client, idempotency_key=idempotency_key).exists()


def touched_patients(delivery_id):
    """Ids of the patients that a delivery touched by coming or by leaving, in order."""
    found = TouchedPatient.objects.filter(delivery_id=delivery_id).order_by("patient_id")
    return list(found.values_list("patient_id", flat=True))


def claims_as_they_stand(*, payer, kind, today=None):
    """Yields ClaimLine in order of claim id and line, in constant memory. `kind`: pharmacy or medical."""
    model, names = CLAIM_KINDS[kind]
    lines = _lines(model.objects.filter(payer=payer), names, today or datetime.now(UTC).date())
    yield from lines if kind != "medical" else _decided(lines, PaymentEvent.objects.filter(payer=payer))


def medical_claims_of(patient, *, visible_to, most):
    """(ClaimLine of a patient's newest `most` lines of medical claims, newest first, whether there are more). Claims that tell of the
    use of substances are for those alone who may see it."""
    mine = MedicalEvent.objects.visible_to(visible_to).filter(patient__in=patient.records, is_withdrawn=False)
    mine = substance_use.claims_for(visible_to, mine)
    newest = (
        mine.exclude(standing=Standing.NONE)
        .order_by("-starts_on", "-pk")
        .values_list("payer_id", "record_id")[: most + 1]
    )
    by_payer, found = {}, []
    for payer_id, record_id in newest:
        by_payer.setdefault(payer_id, set()).add(record_id)
    for payer_id, records in by_payer.items():
        lines = _lines(mine.filter(payer_id=payer_id, record_id__in=records), CLAIM_KINDS["medical"][1], None)
        paid = PaymentEvent.objects.visible_to(visible_to).filter(payer_id=payer_id, of_record__in=records)
        found += _decided(lines, paid)
    found.sort(key=lambda one: one.day, reverse=True)
    return found[:most], len(newest) > most


def _decided(lines, paid):
    for line, decided, known in payments.joined(lines, paid):
        claim_id = line.claim_id.removesuffix(f"|{line.provider}") if line.provider else line.claim_id
        yield replace(line, claim_id=claim_id, **(_as_decided(line, decided, known) if decided else {}))


def _as_decided(line, decided, known):
    """What payments say of a line, by name. Amounts and days of its own go before theirs."""
    paid = line.paid_cents
    if paid is None:
        paid = decided.of_line(decided.paid, line.claim_line, known) or 0
    if decided.version < line.version:
        return {"paid_cents": paid}
    of_line = lambda told: decided.of_line(told, line.claim_line, known)  # noqa: E731
    return {
        "paid_cents": paid,
        "state": decided.decision if line.state == Standing.PAID else line.state,
        "paid_on": line.paid_on or decided.paid_on,
        "allowed_cents": of_line(decided.allowed) if line.allowed_cents is None else line.allowed_cents,
        "patient_cents": decided.patient if line.claim_line == known[0] else None,
        "adjustments": tuple(of_line(decided.adjustments) or ()),
        "remarks": tuple(dict.fromkeys(of_line(decided.remarks) or ())),
    }


def _lines(events, names, today):
    rows = (
        events.filter(is_withdrawn=False)
        .exclude(standing=Standing.NONE)
        .order_by("record_id", "record_line")
        .annotate(day=F(names["day"]), code_given=F(names["code"]), amount=F(names["amount"]))
    )
    is_medical = events.model is MedicalEvent
    more = [*MEDICAL] if is_medical else [names["supply"], "source", "sold_on"]
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
    columns += ["amount", "paid_cents", "in_conflict", *more]
    for row in rows.values_list(*columns).iterator(chunk_size=5_000):
        record_id, line, member_id, patient_id, standing, version, day, code, amount, paid, in_conflict = row[:11]
        state = WAITING if standing == Standing.PAID and patient_id is None else standing
        if is_medical:
            told = (None, paid, in_conflict, row[11] or row[12], *row[13:])
        else:
            days, source, sold_on = row[11:]
            told = (days, paid, in_conflict)
            is_unsold = source == DISPENSED and standing == Standing.PAID and sold_on is None
            if is_unsold and day < today - timedelta(days=NOT_SOLD_AFTER_DAYS):
                state = NOT_SOLD
        yield ClaimLine(record_id, line, member_id, state, version, day, code, amount, *told)


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
